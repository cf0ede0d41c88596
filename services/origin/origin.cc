#include "services/origin/origin.h"

#include <algorithm>
#include <set>
#include <string>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "storage/base/status.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::origin {
namespace {

using domain::Context;
using domain::World;
using rpc::Recorded;

// `holds`: those that stand.
v1::Batch MessageOf(const domain::BatchState& state, const std::set<std::string>& holds) {
  v1::Batch batch;
  batch.set_name(state.stream());
  batch.set_product(state.product);
  batch.set_party(state.party);
  batch.set_kind(state.kind);
  *batch.mutable_quantity() = state.quantity;
  batch.set_grade(state.grade);
  *batch.mutable_record_time() = domain::StampOf(state.record_time);
  batch.mutable_holds()->Assign(holds.begin(), holds.end());
  std::set<std::string> released;
  for (const domain::BatchState::Release& release : state.releases) {
    if (!holds.contains(release.hold)) released.insert(release.hold);
  }
  batch.mutable_released_holds()->Assign(released.begin(), released.end());
  batch.mutable_recalls()->Assign(state.recalls.begin(), state.recalls.end());
  batch.set_verdict(state.verdict);
  batch.set_sequence(static_cast<int64_t>(state.sequence));
  batch.set_verdict_sequence(static_cast<int64_t>(state.verdict_sequence));
  return batch;
}

class Origin final : public rpc::Module {
 public:
  explicit Origin(const rpc::Host& host);
  std::vector<const rpc::Handlers*> services() const override { return {&handlers_}; }

 private:
  absl::StatusOr<v1::Batch> GetBatch(const domain::Caller& caller, const std::string& name) const;
  absl::StatusOr<bool> Supervised(const domain::Caller& caller,
                                  const domain::BatchState& batch) const;
  absl::StatusOr<bool> Holds(const std::string& party, const std::string& batch) const;
  const rpc::Host host_;
  rpc::Handlers handlers_;
};

Origin::Origin(const rpc::Host& host)
    : host_(host), handlers_(v1::Batch::descriptor()->file()->FindServiceByName("OriginService")) {
  handlers_.Command<v1::RegisterHarvestRequest, v1::RegisterHarvestResponse>(
      "RegisterHarvest",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideHarvest(world, context, request.harvest());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_batch(recorded.events[0].batch_harvested().batch());
      });
  handlers_.Command<v1::RegisterHarvestsRequest, v1::RegisterHarvestsResponse>(
      "RegisterHarvests",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideHarvests(world, context, request.harvests());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        for (const event::v1::Event& event : recorded.events) {
          response->add_batches(event.batch_harvested().batch());
        }
      });
  handlers_.Command<v1::SplitBatchRequest, v1::SplitBatchResponse>(
      "SplitBatch",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideSplit(world, context, request.split());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        for (const event::v1::DerivedBatch& output : recorded.events[0].batch_split().outputs()) {
          response->add_batches(output.batch());
        }
      });
  handlers_.Command<v1::MergeBatchesRequest, v1::MergeBatchesResponse>(
      "MergeBatches",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideMerge(world, context, request.merge());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_batch(recorded.events[0].batches_merged().output().batch());
      });
  handlers_.Command<v1::RecordLossRequest, v1::RecordLossResponse>(
      "RecordLoss",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideLoss(world, context, request.loss());
      },
      [](const auto&, const Recorded&, auto*) {});
  handlers_.Query<v1::GetBatchRequest, v1::Batch>(
      "GetBatch", [this](const rpc::Call& call, const v1::GetBatchRequest& request) {
        return GetBatch(*call.caller, request.name());
      });
}

absl::StatusOr<v1::Batch> Origin::GetBatch(const domain::Caller& caller,
                                           const std::string& name) const {
  ASSIGN_OR_RETURN(const auto state, host_.store->Find<domain::BatchState>(name));
  const std::string& party = caller.party.name();
  bool known =
      state != nullptr && (party == state->party || party == state->maker ||
                           caller.Is(claim::v1::PARTY_ROLE_LAB) || domain::SeesLedger(caller));
  if (state != nullptr && !known && caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) {
    ASSIGN_OR_RETURN(known, Supervised(caller, *state));
  }
  if (!known) {
    // Also of what is not there, so that both answers take as long.
    ASSIGN_OR_RETURN(const bool holds, Holds(party, name));
    if (state == nullptr || !holds) return domain::NotFound(name);
  }
  ASSIGN_OR_RETURN(const auto holds, host_.store->Read({}, [&](World& world) {
    return domain::StandingHolds(world, *state);
  }));
  return MessageOf(*state, holds);
}

// Of a party in the regulator's jurisdiction, or in scope of a recall of his that is open.
absl::StatusOr<bool> Origin::Supervised(const domain::Caller& caller,
                                        const domain::BatchState& batch) const {
  ASSIGN_OR_RETURN(const auto party, host_.store->Find<domain::PartyState>(batch.party));
  if (party != nullptr && domain::Supervises(caller, party->claim.region_code())) return true;
  for (const std::string& name : batch.recalls) {
    ASSIGN_OR_RETURN(const auto recall, host_.store->Find<domain::RecallState>(name));
    if (recall == nullptr || recall->party != caller.party.name()) continue;
    ASSIGN_OR_RETURN(const bool open, host_.store->Read({}, [&](World& world) {
      return domain::RecallIsOpen(world, *recall);
    }));
    if (open) return true;
  }
  return false;
}

// No stream says who holds a batch: the trace view does, brought up to the log as it stands.
absl::StatusOr<bool> Origin::Holds(const std::string& party, const std::string& batch) const {
  ASSIGN_OR_RETURN(const ledger::TreeHead head, host_.log->GetTreeHead());
  v1::StreamScopeRequest request;
  request.add_batches(batch);
  request.set_min_sequence(static_cast<int64_t>(head.size) - 1);
  bool holds = false, seen = false;
  const absl::Status status = host_.router->AskStream<v1::TraceNode>(
      "/suyuan.v1.TraceService/StreamScope", request, [&](const v1::TraceNode& root) {
        seen = true;
        const auto& all = root.holdings();
        holds = std::any_of(all.begin(), all.end(),
                            [&](const v1::Holding& holding) { return holding.party() == party; });
        return absl::CancelledError("the root comes first");
      });
  if (!status.ok() && !seen) return status;
  return holds;
}

}  // namespace

std::unique_ptr<rpc::Module> MakeOrigin(const rpc::Host& host) {
  return std::make_unique<Origin>(host);
}

}  // namespace suyuan::origin
