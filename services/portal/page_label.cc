// What is recorded of the label itself, apart from the goods it is on. Nothing here blocks the
// page, and nothing is called genuine or not: it says what happened.
#include "services/domain/time.h"
#include "services/portal/page_parts.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

// A step that was taken, or one that should have been and is not recorded; empty where there is
// nothing to say.
std::string StepWords(const Part& part, const v1::ResolveLabelResponse& label) {
  const std::string day =
      label.has_state_time() ? part.Day(domain::TimeOf(label.state_time())) : "";
  switch (label.state()) {
    case v1::LABEL_STATE_GENERATED:
      return label.steps_recorded() ? part.Say(words::kLabelNotPrinted) : "";
    case v1::LABEL_STATE_PRINTED:
      return part.Say(words::kLabelNotApplied, {{"day", day}});
    case v1::LABEL_STATE_APPLIED:
      return part.Say(words::kLabelApplied, {{"day", day}});
    case v1::LABEL_STATE_RETIRED:
      return part.Say(label.retire_cause() == claim::v1::RETIRE_CAUSE_SOLD ? words::kLabelSold
                                                                           : words::kLabelGone,
                      {{"day", day}, {"cause", part.Say(label.retire_cause())}});
    default:
      return "";
  }
}

}  // namespace

void WriteLabel(const Part& part, const v1::ResolveLabelResponse& label, Html& html) {
  const std::string step = StepWords(part, label);
  if (step.empty()) return;
  html.Raw("<section>");
  Heading(part, words::kThisLabel, html);
  html.TextIn("<p>", step, "</p>").Raw("</section>");
}

}  // namespace suyuan::portal
