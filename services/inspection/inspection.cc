#include "services/inspection/inspection.h"

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "storage/base/status.h"
#include "suyuan/v1/inspection.pb.h"

namespace suyuan::inspection {
namespace {

using domain::Context;
using domain::World;
using rpc::Recorded;

// `whole`: its result too where it does not count yet.
v1::Sampling MessageOf(const domain::SamplingState& state, bool whole) {
  v1::Sampling sampling;
  sampling.set_name(state.stream());
  *sampling.mutable_claim() = state.claim;
  sampling.set_party(state.party);
  sampling.set_sampler(state.member);
  sampling.set_lab(state.lab);
  const bool counts = state.issued() || domain::CountsAtOnce(state.result_claim);
  if (!state.resulted() || !(whole || counts)) return sampling;
  sampling.set_result(state.result);
  *sampling.mutable_result_claim() = state.result_claim;
  sampling.set_analyst(state.analyst);
  sampling.set_result_sequence(static_cast<int64_t>(state.result_sequence));
  if (!state.issued()) return sampling;
  sampling.set_signatory(state.signatory);
  *sampling.mutable_issue_time() = domain::StampOf(state.issue_time);
  return sampling;
}

class Inspection final : public rpc::Module {
 public:
  explicit Inspection(store::Store* store);
  std::vector<const rpc::Handlers*> services() const override { return {&handlers_}; }

 private:
  absl::StatusOr<v1::Sampling> GetSampling(const domain::Caller& caller,
                                           const std::string& name) const;
  store::Store* const store_;
  rpc::Handlers handlers_;
};

absl::StatusOr<v1::Sampling> Inspection::GetSampling(const domain::Caller& caller,
                                                     const std::string& name) const {
  ASSIGN_OR_RETURN(const auto state, store_->Find<domain::SamplingState>(name));
  if (state == nullptr) return domain::NotFound(name);
  const std::string asker = caller.party.name();
  if (asker == state->party || asker == state->lab || domain::SeesLedger(caller)) {
    return MessageOf(*state, true);
  }
  ASSIGN_OR_RETURN(const auto batch, store_->Find<domain::BatchState>(state->claim.batch()));
  if (batch == nullptr) return domain::NotFound(name);
  if (asker == batch->party) return MessageOf(*state, false);
  ASSIGN_OR_RETURN(const auto party, store_->Find<domain::PartyState>(batch->party));
  if (party == nullptr || !domain::Supervises(caller, party->claim.region_code())) {
    return domain::NotFound(name);
  }
  return MessageOf(*state, true);
}

Inspection::Inspection(store::Store* store)
    : store_(store),
      handlers_(
          v1::PlaceHoldRequest::descriptor()->file()->FindServiceByName("InspectionService")) {
  handlers_.Command<v1::RecordSamplingRequest, v1::RecordSamplingResponse>(
      "RecordSampling",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideSampling(world, context, request.sampling());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_sampling(recorded.events[0].sample_taken().sampling());
      });
  handlers_.Command<v1::RecordResultRequest, v1::RecordResultResponse>(
      "RecordResult",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideResult(world, context, request.result());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_result(recorded.events[0].result_recorded().result());
        // The hold a bad result places stands in the same record.
        if (recorded.events.size() > 1) {
          response->set_hold(recorded.events[1].hold_placed().hold());
        }
      });
  handlers_.Command<v1::IssueResultRequest, v1::IssueResultResponse>(
      "IssueResult",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideIssue(world, context, request.issuance());
      },
      [](const auto&, const Recorded&, auto*) {});
  handlers_.Query<v1::GetSamplingRequest, v1::Sampling>(
      "GetSampling", [this](const rpc::Call& call, const v1::GetSamplingRequest& request) {
        return GetSampling(*call.caller, request.name());
      });
  handlers_.Command<v1::PlaceHoldRequest, v1::PlaceHoldResponse>(
      "PlaceHold",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideHold(world, context, request.hold());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_hold(recorded.events[0].hold_placed().hold());
      });
  handlers_.Command<v1::ReleaseHoldRequest, v1::ReleaseHoldResponse>(
      "ReleaseHold",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRelease(world, context, request.release());
      },
      [](const auto&, const Recorded&, auto*) {});
}

}  // namespace

std::unique_ptr<rpc::Module> MakeInspection(const rpc::Host& host) {
  return std::make_unique<Inspection>(host.store);
}

}  // namespace suyuan::inspection
