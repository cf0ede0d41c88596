#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

// All that one harvest reads and begins, so that 500 rows load at once.
void Streams(const claim::v1::Harvest& claim, const std::string& batch,
             std::vector<std::string>* streams) {
  streams->push_back(claim.site());
  streams->push_back(claim.product());
  streams->insert(streams->end(), claim.plots().begin(), claim.plots().end());
  streams->push_back(batch);
  streams->push_back(HoldingStream(batch, claim.site()));
}

absl::Status CheckHarvest(World& world, const Context& context, const claim::v1::Harvest& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  ASSIGN_OR_RETURN(const Amount amount, CheckQuantity(claim.quantity()));
  RETURN_IF_ERROR(CheckDistinct({claim.plots().begin(), claim.plots().end()}, "harvest.plots"));
  RETURN_IF_ERROR(GetOwnSite(world, context, claim.site()).status());
  ASSIGN_OR_RETURN(const ProductState* product, Get<ProductState>(world, claim.product()));
  const std::string& party = context.caller.party.name();
  if (product->party != party && !product->users.contains(party)) {
    return Error(v1::REASON_NOT_OWN, {{"resource", claim.product()}});
  }
  if (product->claim.unit() != amount.unit) return Error(v1::REASON_WRONG_UNIT);
  for (const std::string& name : claim.plots()) {
    ASSIGN_OR_RETURN(const PlotState* plot, Get<PlotState>(world, name));
    if (plot->party != context.caller.party.name()) {
      return Error(v1::REASON_NOT_OWN, {{"resource", name}});
    }
  }
  return absl::OkStatus();
}

event::v1::Event Harvested(const Context& context, const std::string& batch,
                           const claim::v1::Harvest& claim) {
  event::v1::Event event;
  event::v1::BatchHarvested* harvested = event.mutable_batch_harvested();
  harvested->set_batch(batch);
  harvested->set_party(context.caller.party.name());
  *harvested->mutable_claim() = claim;
  return event;
}

}  // namespace

Decided DecideHarvest(World& world, Context& context, const claim::v1::Harvest& claim) {
  const std::string batch = context.NewId<BatchId>().name();
  std::vector<std::string> streams;
  Streams(claim, batch, &streams);
  RETURN_IF_ERROR(world.Want(streams));
  RETURN_IF_ERROR(CheckHarvest(world, context, claim));
  RETURN_IF_ERROR(BeginBatch(world, batch, claim.site()));
  return Decision{Harvested(context, batch, claim)};
}

Decided DecideHarvests(World& world, Context& context, const Claims<claim::v1::Harvest>& claims) {
  std::vector<std::string> batches, streams;
  for (const claim::v1::Harvest& claim : claims) {
    batches.push_back(context.NewId<BatchId>().name());
    Streams(claim, batches.back(), &streams);
  }
  RETURN_IF_ERROR(world.Want(streams));
  Decision decision;
  std::vector<RowError> refused;
  for (int row = 0; row < claims.size(); ++row) {
    absl::Status status = CheckHarvest(world, context, claims[row]);
    if (status.ok()) {
      status = BeginBatch(world, batches[static_cast<size_t>(row)], claims[row].site());
    }
    if (!status.ok()) refused.push_back({row, std::move(status)});
    decision.push_back(Harvested(context, batches[static_cast<size_t>(row)], claims[row]));
  }
  if (!refused.empty()) return ErrorOfRows(refused);
  return decision;
}

}  // namespace suyuan::domain
