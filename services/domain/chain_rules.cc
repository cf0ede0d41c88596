#include "services/domain/chain_rules.h"

#include <algorithm>

#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {

absl::Status NotFound(const std::string& resource) {
  return Error(v1::REASON_NOT_FOUND, {{"resource", resource}});
}

absl::Status CheckReach(World& world, const Context& context, const std::string& party,
                        const std::string& resource) {
  if (!context.caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const PartyState* state, world.Find<PartyState>(party));
  const bool reaches = state != nullptr && Reaches(context.caller, state->claim.region_code());
  return reaches ? absl::OkStatus() : NotFound(resource);
}

absl::StatusOr<const SiteState*> GetOwnSite(World& world, const Context& context,
                                            const std::string& site) {
  ASSIGN_OR_RETURN(const SiteState* state, Get<SiteState>(world, site));
  if (state->party != context.caller.party.name()) return Error(v1::REASON_NOT_IN_POSSESSION);
  return state;
}

absl::StatusOr<const BatchState*> GetMovableBatch(World& world, const std::string& batch,
                                                  const std::string& site) {
  const std::string holding = HoldingStream(batch, site);
  RETURN_IF_ERROR(world.Want({batch, holding}));
  ASSIGN_OR_RETURN(const HoldingState* held, world.Find<HoldingState>(holding));
  if (held == nullptr) return Error(v1::REASON_NOT_IN_POSSESSION, {{"batch", batch}});
  return GetFreeBatch(world, batch);
}

absl::StatusOr<std::set<std::string>> StandingHolds(World& world, const BatchState& batch) {
  std::set<std::string> standing = batch.holds;
  std::vector<std::string> keys;
  for (const BatchState::Release& release : batch.releases) keys.push_back(release.key);
  RETURN_IF_ERROR(world.Want(keys));
  for (const BatchState::Release& release : batch.releases) {
    ASSIGN_OR_RETURN(const v1::Standing worth,
                     FindStanding(world, release.key, release.record_time));
    if (worth == v1::STANDING_DISPUTED) standing.insert(release.hold);
  }
  return standing;
}

absl::StatusOr<bool> RecallIsOpen(World& world, const RecallState& recall) {
  if (!recall.closed) return true;
  ASSIGN_OR_RETURN(const v1::Standing worth,
                   FindStanding(world, recall.close_key, recall.close_time));
  return worth == v1::STANDING_DISPUTED;
}

// With the keys that closed them, all at once.
absl::Status WantRecalls(World& world, const std::vector<std::string>& recalls) {
  RETURN_IF_ERROR(world.Want(recalls));
  std::vector<std::string> keys;
  for (const std::string& recall : recalls) {
    ASSIGN_OR_RETURN(const RecallState* state, world.Find<RecallState>(recall));
    if (state != nullptr && !state->close_key.empty()) keys.push_back(state->close_key);
  }
  return world.Want(keys);
}

absl::StatusOr<const BatchState*> GetFreeBatch(World& world, const std::string& batch) {
  ASSIGN_OR_RETURN(const BatchState* state, Get<BatchState>(world, batch));
  RETURN_IF_ERROR(WantRecalls(world, state->recalls));
  for (const std::string& recall : state->recalls) {
    ASSIGN_OR_RETURN(const RecallState* opened, Get<RecallState>(world, recall));
    ASSIGN_OR_RETURN(const bool open, RecallIsOpen(world, *opened));
    if (open) return Error(v1::REASON_BATCH_RECALLED, {{"batch", batch}});
  }
  ASSIGN_OR_RETURN(const std::set<std::string> holds, StandingHolds(world, *state));
  if (!holds.empty()) return Error(v1::REASON_BATCH_ON_HOLD, {{"batch", batch}});
  ASSIGN_OR_RETURN(const RecallBrakeState* brake,
                   world.Find<RecallBrakeState>(RecallBrakeStream(state->product)));
  if (brake != nullptr && !brake->recalls.empty()) return Error(v1::REASON_BUSY);
  return state;
}

absl::Status WantMovements(World& world, const std::vector<std::string>& batches,
                           const std::string& site) {
  std::vector<std::string> streams = batches;
  for (const std::string& batch : batches) streams.push_back(HoldingStream(batch, site));
  RETURN_IF_ERROR(world.Want(streams));
  streams.clear();
  std::vector<std::string> recalls;
  for (const std::string& batch : batches) {
    ASSIGN_OR_RETURN(const BatchState* state, world.Find<BatchState>(batch));
    if (state == nullptr) continue;
    recalls.insert(recalls.end(), state->recalls.begin(), state->recalls.end());
    for (const BatchState::Release& release : state->releases) streams.push_back(release.key);
    streams.push_back(RecallBrakeStream(state->product));
  }
  streams.insert(streams.end(), recalls.begin(), recalls.end());
  RETURN_IF_ERROR(world.Want(streams));
  return WantRecalls(world, recalls);
}

absl::Status Take(World& world, const std::string& batch, const std::string& site,
                  const Amount& amount) {
  const std::string stream = HoldingStream(batch, site);
  ASSIGN_OR_RETURN(const HoldingState* holding, world.Find<HoldingState>(stream));
  if (holding == nullptr) return Error(v1::REASON_NOT_IN_POSSESSION, {{"batch", batch}});
  if (holding->unit != amount.unit) return Error(v1::REASON_WRONG_UNIT);
  if (holding->available < amount.value) {
    return Error(v1::REASON_INSUFFICIENT_QUANTITY,
                 {{"batch", batch},
                  {"available", FormatAmount({holding->available, holding->unit}, false)},
                  {"needed", FormatAmount(amount, false)}});
  }
  world.Write(stream);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> LabelBudget(const BatchState& batch, const ProductState& product,
                                    int64_t transformed) {
  const int64_t content = product.claim.net_content().amount();
  if (content <= 0 && batch.quantity.unit() != claim::v1::UNIT_PIECE) {
    return Error(v1::REASON_NO_NET_CONTENT);
  }
  const int64_t left = batch.quantity.amount() - transformed;
  const int64_t packs = content <= 0 ? left : left / content;
  return packs + (packs * 2 + 99) / 100;
}

absl::Status TakeApart(World& world, const BatchState& batch, const std::string& site,
                       const Amount& amount) {
  RETURN_IF_ERROR(Take(world, batch.stream(), site, amount));
  const std::string stream = LabelBudgetStream(batch.stream());
  ASSIGN_OR_RETURN(const LabelBudgetState* used, world.Find<LabelBudgetState>(stream));
  if (used != nullptr && used->live > 0) {
    ASSIGN_OR_RETURN(const ProductState* product, Get<ProductState>(world, batch.product));
    ASSIGN_OR_RETURN(const int64_t budget,
                     LabelBudget(batch, *product, used->transformed + amount.value));
    if (used->live > budget) return Error(v1::REASON_LABELS_LIVE, {{"batch", batch.stream()}});
  }
  world.Write(stream);
  return absl::OkStatus();
}

absl::Status Begin(World& world, const std::string& stream) {
  // An id is a hash of the request that makes the thing: standing already means repeated.
  ASSIGN_OR_RETURN(const StreamState* state, world.Find<StreamState>(stream));
  if (state != nullptr) return Error(v1::REASON_ALREADY_EXISTS, {{"resource", stream}});
  world.Write(stream);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> BeginBatches(World& world, Context& context, int count,
                                                      const std::string& site) {
  std::vector<std::string> batches, streams;
  for (int i = 0; i < count; ++i) {
    batches.push_back(context.NewId<BatchId>().name());
    streams.push_back(batches.back());
    streams.push_back(HoldingStream(batches.back(), site));
  }
  RETURN_IF_ERROR(world.Want(streams));
  for (const std::string& batch : batches) RETURN_IF_ERROR(BeginBatch(world, batch, site));
  return batches;
}

absl::Status BeginBatch(World& world, const std::string& batch, const std::string& site) {
  RETURN_IF_ERROR(Begin(world, batch));
  return Begin(world, HoldingStream(batch, site));
}

absl::Status CheckDistinct(std::vector<std::string> values, const std::string& field) {
  std::sort(values.begin(), values.end());
  if (std::adjacent_find(values.begin(), values.end()) != values.end()) {
    return Error(v1::REASON_DUPLICATE, {{"field", field}});
  }
  return absl::OkStatus();
}

void InheritFrom(const BatchState& input, event::v1::Inheritance* inheritance) {
  const auto add = [](auto* list, const std::string& value) {
    if (std::find(list->begin(), list->end(), value) == list->end()) *list->Add() = value;
  };
  for (const std::string& hold : input.holds) add(inheritance->mutable_holds(), hold);
  for (const std::string& recall : input.recalls) add(inheritance->mutable_recalls(), recall);
  for (const BatchState::Release& release : input.releases) {
    const auto& known = inheritance->releases();
    const bool stands = std::any_of(known.begin(), known.end(), [&](const auto& one) {
      return one.hold() == release.hold && one.key() == release.key &&
             TimeOf(one.record_time()) == release.record_time;
    });
    if (stands) continue;
    event::v1::InheritedRelease* inherited = inheritance->add_releases();
    inherited->set_hold(release.hold);
    inherited->set_key(release.key);
    *inherited->mutable_record_time() = StampOf(release.record_time);
  }
}

}  // namespace suyuan::domain
