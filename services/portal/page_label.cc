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

// "2–5": bounds that say little of any one scan.
std::string CountWords(const Part& part, int at_least) {
  switch (at_least) {
    case 0:
    case 1:
      return "";
    case 2:
      return part.Say(words::kScanCount, {{"n", "2–5"}});
    case 6:
      return part.Say(words::kScanCount, {{"n", "6–20"}});
    default:
      return part.Say(words::kScanMany);
  }
}

void WriteScans(const Part& part, const v1::LabelScans& scans, Html& html) {
  absl::Time first;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d", ToAbsl(scans.first_day()),
                       absl::FixedTimeZone(part.facts().utc_offset_minutes * 60), &first, &error)) {
    html.TextIn("<p>", part.Say(words::kScanNone), "</p>");
    return;
  }
  html.Raw("<p>").Text(part.Say(words::kScanFirst, {{"day", part.Date(first)}}));
  html.Text(CountWords(part, scans.count_at_least())).Raw("</p>");
  if (scans.unusual()) {
    html.TextIn("<p><strong>", part.Say(words::kScanUnusual), "</strong></p>");
  }
}

}  // namespace

void WriteLabel(const Part& part, const v1::ResolveLabelResponse& label, Html& html) {
  const std::string step = StepWords(part, label);
  if (step.empty() && !label.has_scans()) return;
  html.Raw("<section>");
  Heading(part, words::kThisLabel, html);
  html.TextIn("<p>", step, "</p>");
  if (label.has_scans()) WriteScans(part, label.scans(), html);
  html.Raw("</section>");
}

}  // namespace suyuan::portal
