// Splits, merges, gradings, losses: what goes in comes out or is declared lost, to the milligram.
#include <algorithm>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

constexpr int kPartsMin = 2;

// Adds `amount` to `total`, which stays within what one batch may have: parts of what is there.
absl::Status Sum(const Amount& amount, Amount* total) {
  if (total->unit != claim::v1::UNIT_UNSPECIFIED && total->unit != amount.unit) {
    return Error(v1::REASON_WRONG_UNIT);
  }
  total->unit = amount.unit;
  if (total->value > kAmountMax - amount.value) return Error(v1::REASON_QUANTITY_OVERFLOW);
  total->value += amount.value;
  return absl::OkStatus();
}

event::v1::DerivedBatch Output(const std::string& batch, const Amount& amount) {
  event::v1::DerivedBatch output;
  output.set_batch(batch);
  *output.mutable_quantity() = QuantityOf(amount);
  return output;
}

}  // namespace

Decided DecideSplit(World& world, Context& context, const claim::v1::Split& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  RETURN_IF_ERROR(GetOwnSite(world, context, claim.site()).status());
  ASSIGN_OR_RETURN(const BatchState* batch, GetMovableBatch(world, claim.batch(), claim.site()));
  if (claim.parts_size() < kPartsMin) {
    return Error(v1::REASON_FIELD_OUT_OF_RANGE, {{"field", "split.parts"}});
  }
  event::v1::Event event;
  event::v1::BatchSplit* split = event.mutable_batch_split();
  ASSIGN_OR_RETURN(const std::vector<std::string> batches,
                   BeginBatches(world, context, claim.parts_size(), claim.site()));
  Amount total;
  for (const claim::v1::Quantity& part : claim.parts()) {
    ASSIGN_OR_RETURN(const Amount amount, CheckQuantity(part));
    RETURN_IF_ERROR(Sum(amount, &total));
    *split->add_outputs() = Output(batches[static_cast<size_t>(split->outputs_size())], amount);
  }
  RETURN_IF_ERROR(TakeApart(world, *batch, claim.site(), total));
  split->set_product(batch->product);
  split->set_origin_party(batch->party);
  InheritFrom(*batch, split->mutable_inheritance());
  *split->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideMerge(World& world, Context& context, const claim::v1::Merge& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  RETURN_IF_ERROR(GetOwnSite(world, context, claim.site()).status());
  if (claim.inputs_size() < kPartsMin) {
    return Error(v1::REASON_FIELD_OUT_OF_RANGE, {{"field", "merge.inputs"}});
  }
  std::vector<std::string> names;
  for (const claim::v1::BatchQuantity& input : claim.inputs()) names.push_back(input.batch());
  RETURN_IF_ERROR(CheckDistinct(names, "merge.inputs"));
  RETURN_IF_ERROR(WantMovements(world, names, claim.site()));
  for (std::string& name : names) name = LabelBudgetStream(name);
  RETURN_IF_ERROR(world.Want(names));
  event::v1::Event event;
  event::v1::BatchesMerged* merged = event.mutable_batches_merged();
  Amount total;
  std::string origin;
  for (const claim::v1::BatchQuantity& input : claim.inputs()) {
    ASSIGN_OR_RETURN(const BatchState* batch, GetMovableBatch(world, input.batch(), claim.site()));
    if (!merged->product().empty() && merged->product() != batch->product) {
      return Error(v1::REASON_DIFFERENT_PRODUCT);
    }
    ASSIGN_OR_RETURN(const Amount amount, CheckQuantity(input.quantity()));
    RETURN_IF_ERROR(TakeApart(world, *batch, claim.site(), amount));
    RETURN_IF_ERROR(Sum(amount, &total));
    const bool same = merged->product().empty() || origin == batch->party;
    origin = same ? batch->party : context.caller.party.name();
    merged->set_product(batch->product);
    InheritFrom(*batch, merged->mutable_inheritance());
  }
  const std::string output = context.NewId<BatchId>().name();
  RETURN_IF_ERROR(BeginBatch(world, output, claim.site()));
  *merged->mutable_output() = Output(output, total);
  merged->set_origin_party(origin);
  *merged->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideGrade(World& world, Context& context, const claim::v1::Grading& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  RETURN_IF_ERROR(GetOwnSite(world, context, claim.site()).status());
  ASSIGN_OR_RETURN(const BatchState* batch,
                   GetMovableBatch(world, claim.input().batch(), claim.site()));
  ASSIGN_OR_RETURN(const ProductState* product, Get<ProductState>(world, batch->product));
  ASSIGN_OR_RETURN(const Amount input, CheckQuantity(claim.input().quantity()));
  event::v1::Event event;
  event::v1::BatchGraded* graded = event.mutable_batch_graded();
  ASSIGN_OR_RETURN(const std::vector<std::string> batches,
                   BeginBatches(world, context, claim.outputs_size(), claim.site()));
  Amount total;
  std::vector<std::string> grades;
  for (const claim::v1::GradeOutput& output : claim.outputs()) {
    const auto& known = product->claim.grades();
    if (std::find(known.begin(), known.end(), output.grade()) == known.end()) {
      return Error(v1::REASON_GRADE_UNKNOWN, {{"grade", output.grade()}});
    }
    grades.push_back(output.grade());
    ASSIGN_OR_RETURN(const Amount amount, CheckQuantity(output.quantity()));
    RETURN_IF_ERROR(Sum(amount, &total));
    *graded->add_outputs() = Output(batches[static_cast<size_t>(graded->outputs_size())], amount);
    graded->mutable_outputs()->rbegin()->set_grade(output.grade());
  }
  RETURN_IF_ERROR(CheckDistinct(grades, "grading.outputs"));
  if (claim.has_loss() && claim.loss().amount() != 0) {
    ASSIGN_OR_RETURN(const Amount loss, CheckQuantity(claim.loss()));
    RETURN_IF_ERROR(Sum(loss, &total));
  }
  if (total != input) return Error(v1::REASON_BALANCE);
  RETURN_IF_ERROR(TakeApart(world, *batch, claim.site(), input));
  graded->set_product(batch->product);
  graded->set_origin_party(batch->party);
  InheritFrom(*batch, graded->mutable_inheritance());
  *graded->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideLoss(World& world, Context& context, const claim::v1::Loss& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  RETURN_IF_ERROR(GetOwnSite(world, context, claim.site()).status());
  ASSIGN_OR_RETURN(const Amount amount, CheckQuantity(claim.quantity()));
  RETURN_IF_ERROR(Take(world, claim.batch(), claim.site(), amount));
  event::v1::Event event;
  *event.mutable_loss_recorded()->mutable_claim() = claim;
  return Decision{event};
}

}  // namespace suyuan::domain
