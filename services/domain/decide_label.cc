#include <algorithm>
#include <optional>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::domain {
namespace {

absl::Status StageError(int number) {
  return Error(v1::REASON_LABEL_STAGE, {{"number", StrCat(number)}});
}

// The first number of the range that is neither among `before` nor void.
std::optional<int> FirstOutside(const LabelRunState& run, const claim::v1::LabelMark& claim,
                                const Ranges& before) {
  for (int number = claim.first(); number <= claim.last();) {
    const int end = std::max(before.EndFrom(number), run.voided.EndFrom(number));
    if (end < number) return number;
    number = end + 1;
  }
  return std::nullopt;
}

// The first number that may not be printed once more: it is not printed, or is on a pack and speaks
// for it. What is torn off is void.
std::optional<int> FirstNotToReprint(const LabelRunState& run, const claim::v1::LabelMark& claim) {
  for (int number = claim.first(); number <= claim.last(); ++number) {
    const auto applied = run.applied.FirstIn(number, claim.last());
    if (!applied.has_value()) break;
    if (!run.voided.Holds(*applied, *applied)) return applied;
    number = *applied;
  }
  return FirstOutside(run, claim, run.printed);
}

// The first number that has taken the step already, or neither stands right before it nor is void.
std::optional<int> FirstUnfit(const LabelRunState& run, const claim::v1::LabelMark& claim) {
  const bool prints = claim.stage() == claim::v1::LABEL_STAGE_PRINTED;
  const bool applies = claim.stage() == claim::v1::LABEL_STAGE_APPLIED;
  const Ranges& taken = prints ? run.printed : applies ? run.applied : run.retired;
  if (const auto number = taken.FirstIn(claim.first(), claim.last())) return number;
  if (prints) return std::nullopt;
  return FirstOutside(run, claim, applies ? run.printed : run.applied);
}

}  // namespace

Decided DecideIssueLabels(World& world, Context& context, const claim::v1::LabelRun& claim,
                          int epoch, const std::string& host) {
  ASSIGN_OR_RETURN(const BatchState* batch, Get<BatchState>(world, claim.batch()));
  const std::string& caller = context.caller.party.name();
  if (batch->party != caller && batch->maker != caller) return NotFound(claim.batch());
  RETURN_IF_ERROR(GetFreeBatch(world, claim.batch()).status());
  ASSIGN_OR_RETURN(const ProductState* product, Get<ProductState>(world, batch->product));
  const std::string stream = LabelBudgetStream(claim.batch());
  ASSIGN_OR_RETURN(const LabelBudgetState* used, world.Find<LabelBudgetState>(stream));
  ASSIGN_OR_RETURN(const int64_t budget,
                   LabelBudget(*batch, *product, used == nullptr ? 0 : used->transformed));
  const int64_t left = budget - (used == nullptr ? 0 : used->live);
  if (claim.count() > left) return Error(v1::REASON_LABEL_BUDGET, {{"limit", StrCat(left)}});
  world.Write(stream);
  event::v1::Event event;
  event::v1::LabelsIssued* issued = event.mutable_labels_issued();
  issued->set_run(context.NewId<LabelRunId>().name());
  RETURN_IF_ERROR(Begin(world, issued->run()));
  *issued->mutable_claim() = claim;
  issued->set_product(batch->product);
  issued->set_epoch(epoch);
  issued->set_host(host);
  return Decision{event};
}

Decided DecideVoidLabels(World& world, Context& context, const claim::v1::LabelVoid& claim) {
  ASSIGN_OR_RETURN(const LabelRunState* run, Get<LabelRunState>(world, claim.run()));
  if (run->party != context.caller.party.name()) return NotFound(claim.run());
  if (claim.first() > claim.last() || claim.last() > run->count ||
      run->voided.Any(claim.first(), claim.last())) {
    return Error(v1::REASON_LABEL_RANGE);
  }
  if (const auto retired = run->retired.FirstIn(claim.first(), claim.last())) {
    return StageError(*retired);
  }
  const std::string budget = LabelBudgetStream(run->batch);
  RETURN_IF_ERROR(world.Find<LabelBudgetState>(budget).status());
  world.Write(claim.run());
  world.Write(budget);
  event::v1::Event event;
  event.mutable_labels_voided()->set_batch(run->batch);
  *event.mutable_labels_voided()->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideMarkLabels(World& world, Context& context, const claim::v1::LabelMark& claim) {
  ASSIGN_OR_RETURN(const LabelRunState* run, Get<LabelRunState>(world, claim.run()));
  if (run->party != context.caller.party.name()) return NotFound(claim.run());
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  if (claim.first() > claim.last() || claim.last() > run->count ||
      run->voided.Holds(claim.first(), claim.last())) {
    return Error(v1::REASON_LABEL_RANGE);
  }
  const bool retires = claim.stage() == claim::v1::LABEL_STAGE_RETIRED;
  if (retires != (claim.cause() != claim::v1::RETIRE_CAUSE_UNSPECIFIED)) {
    return Error(retires ? v1::REASON_FIELD_REQUIRED : v1::REASON_FIELD_MALFORMED,
                 {{"field", "cause"}});
  }
  const bool reprints = claim.reprint() != claim::v1::REPRINT_CAUSE_UNSPECIFIED;
  if (reprints && claim.stage() != claim::v1::LABEL_STAGE_PRINTED) {
    return Error(v1::REASON_FIELD_MALFORMED, {{"field", "reprint"}});
  }
  const auto unfit = reprints ? FirstNotToReprint(*run, claim) : FirstUnfit(*run, claim);
  if (unfit.has_value()) return StageError(*unfit);
  world.Write(claim.run());
  event::v1::Event event;
  event.mutable_labels_marked()->set_batch(run->batch);
  *event.mutable_labels_marked()->mutable_claim() = claim;
  return Decision{event};
}

}  // namespace suyuan::domain
