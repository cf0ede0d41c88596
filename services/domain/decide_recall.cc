#include <algorithm>
#include <set>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

// Every batch of `scope` is written, so that all that moves it meanwhile is turned back.
absl::Status WriteBatches(World& world, const std::vector<std::string>& scope) {
  RETURN_IF_ERROR(world.Want(scope));
  for (const std::string& batch : scope) {
    RETURN_IF_ERROR(Get<BatchState>(world, batch).status());
    world.Write(batch);
  }
  return absl::OkStatus();
}

// Products of the roots, and so of all that is ever made of them.
absl::StatusOr<std::set<std::string>> ProductsOf(World& world, const Claims<std::string>& batches) {
  std::set<std::string> products;
  for (const std::string& batch : batches) {
    ASSIGN_OR_RETURN(const BatchState* state, Get<BatchState>(world, batch));
    products.insert(state->product);
  }
  return products;
}

// The recall begins or ends to stop what is of these products.
absl::Status WriteBrakes(World& world, const std::set<std::string>& products) {
  std::vector<std::string> streams;
  for (const std::string& product : products) streams.push_back(RecallBrakeStream(product));
  RETURN_IF_ERROR(world.Want(streams));
  for (const std::string& stream : streams) {
    RETURN_IF_ERROR(world.Find<RecallBrakeState>(stream).status());
    world.Write(stream);
  }
  return absl::OkStatus();
}

// The roots are of parties within the regulator's jurisdiction; where their descendants went is
// not.
absl::Status CheckRoots(World& world, const Context& context, const Claims<std::string>& roots) {
  RETURN_IF_ERROR(world.Want({roots.begin(), roots.end()}));
  for (const std::string& batch : roots) {
    ASSIGN_OR_RETURN(const BatchState* state, Get<BatchState>(world, batch));
    RETURN_IF_ERROR(CheckReach(world, context, state->party, batch));
  }
  return absl::OkStatus();
}

}  // namespace

Decided DecideOpenRecall(World& world, Context& context, const claim::v1::Recall& claim,
                         const std::vector<std::string>& scope, uint64_t as_of_size) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  RETURN_IF_ERROR(
      CheckDistinct({claim.batches().begin(), claim.batches().end()}, "recall.batches"));
  // The roots are in scope whatever the view knew of them.
  std::vector<std::string> first(claim.batches().begin(), claim.batches().end());
  for (const std::string& batch : scope) {
    if (first.size() == kRecallScopeMax) break;
    if (std::find(claim.batches().begin(), claim.batches().end(), batch) == claim.batches().end()) {
      first.push_back(batch);
    }
  }
  if (!claim.drill()) RETURN_IF_ERROR(WriteBatches(world, first));
  RETURN_IF_ERROR(CheckRoots(world, context, claim.batches()));
  ASSIGN_OR_RETURN(const std::set<std::string> products, ProductsOf(world, claim.batches()));
  if (!claim.drill()) RETURN_IF_ERROR(WriteBrakes(world, products));
  event::v1::Event event;
  event::v1::RecallOpened* opened = event.mutable_recall_opened();
  opened->set_recall(context.NewId<RecallId>().name());
  RETURN_IF_ERROR(Begin(world, opened->recall()));
  *opened->mutable_claim() = claim;
  opened->set_as_of_size(static_cast<int64_t>(as_of_size));
  opened->mutable_scope()->Assign(first.begin(), first.end());
  opened->mutable_products()->Assign(products.begin(), products.end());
  return Decision{event};
}

Decided DecideExtendRecall(World& world, Context& context, const std::string& recall,
                           const std::vector<std::string>& scope, uint64_t as_of_size,
                           bool complete) {
  if (!context.caller.system) return Error(v1::REASON_NOT_ALLOWED);
  ASSIGN_OR_RETURN(const RecallState* state, Get<RecallState>(world, recall));
  if (state->closed || state->complete) return Decision{};
  std::vector<std::string> added;
  for (const std::string& batch : scope) {
    if (state->scope.contains(batch)) continue;
    if (added.size() == kRecallScopeMax) complete = false;  // The rest is still to come.
    if (added.size() < kRecallScopeMax) added.push_back(batch);
  }
  if (added.empty() && !complete) return Decision{};
  if (!state->claim.drill()) {
    RETURN_IF_ERROR(WriteBatches(world, added));
    if (complete) RETURN_IF_ERROR(WriteBrakes(world, state->products));
  }
  world.Write(recall);
  event::v1::Event event;
  event.mutable_recall_extended()->set_recall(recall);
  event.mutable_recall_extended()->set_as_of_size(static_cast<int64_t>(as_of_size));
  event.mutable_recall_extended()->mutable_scope()->Assign(added.begin(), added.end());
  event.mutable_recall_extended()->set_complete(complete);
  return Decision{event};
}

Decided DecideCloseRecall(World& world, Context& context, const claim::v1::RecallClosure& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  ASSIGN_OR_RETURN(const RecallState* recall, Get<RecallState>(world, claim.recall()));
  RETURN_IF_ERROR(CheckRoots(world, context, recall->claim.batches()));
  ASSIGN_OR_RETURN(const bool open, RecallIsOpen(world, *recall));
  if (!open) return Error(v1::REASON_RECALL_CLOSED);
  const bool brakes = !recall->complete && !recall->claim.drill();
  if (brakes) RETURN_IF_ERROR(WriteBrakes(world, recall->products));
  world.Write(claim.recall());
  event::v1::Event event;
  *event.mutable_recall_closed()->mutable_claim() = claim;
  event.mutable_recall_closed()->set_key(context.caller.key.name());
  return Decision{event};
}

}  // namespace suyuan::domain
