// What is recorded of the label itself, apart from the goods it is on. Nothing here blocks the
// page, and nothing is called genuine or not: it says what happened.
#include "services/domain/time.h"
#include "services/portal/page_label_text.h"
#include "services/portal/page_parts.h"
#include "services/text/place.h"
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

// Of "2026-11-27"; nothing where it is no day.
std::optional<absl::Time> TimeOfDay(const Part& part, const std::string& day) {
  absl::Time time;
  std::string error;
  const absl::TimeZone zone = absl::FixedTimeZone(part.facts().utc_offset_minutes * 60);
  if (!absl::ParseTime("%Y-%m-%d", day, zone, &time, &error)) return std::nullopt;
  return time;
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
  const std::optional<absl::Time> first = TimeOfDay(part, scans.first_day());
  if (!first.has_value()) {
    html.TextIn("<p>", part.Say(words::kScanNone), "</p>");
    return;
  }
  const std::string place =
      part.facts().places ? text::PlaceName(scans.first_place(), part.language()) : "";
  html.Raw("<p>").Text(place.empty() ? part.Say(words::kScanFirst, {{"day", part.Date(*first)}})
                                     : part.Say(words::kScanFirstIn,
                                                {{"day", part.Date(*first)}, {"place", place}}));
  html.Text(CountWords(part, scans.count_at_least())).Raw("</p>");
  if (scans.unusual()) {
    html.TextIn("<p>", part.Say(words::kScanUnusual), "</p>");
  }
}

// What came of a PIN. Whether somebody read the layer before is all it can tell.
std::string PinWords(const Part& part, const v1::CheckLabelPinResponse& pin) {
  switch (pin.outcome()) {
    case v1::PIN_OUTCOME_RIGHT: {
      const auto first = TimeOfDay(part, pin.first_day());
      return first.has_value() ? part.Say(words::kPinRightAgain, {{"day", part.Date(*first)}})
                               : part.Say(words::kPinRight);
    }
    case v1::PIN_OUTCOME_WRONG:
      return part.Say(words::kPinWrong, {{"n", StrCat(pin.tries_left())}});
    case v1::PIN_OUTCOME_LOCKED:
      return part.Say(words::kPinLocked, {{"time", part.Moment(domain::TimeOf(pin.until_time()))}});
    case v1::PIN_OUTCOME_TOO_MANY_HERE:
      return part.Say(words::kPinTooMany);
    default:
      return part.Say(words::kPinMalformed);
  }
}

// A form, so that it works without a script.
void WritePin(const Part& part, Html& html) {
  const PageFacts& facts = part.facts();
  if (!facts.kept_script.empty()) return;  // A page on somebody's disk asks nobody.
  if (facts.pin.has_value()) {
    html.Raw("<p role=status><strong>").Text(PinWords(part, *facts.pin)).Raw("</strong></p>");
    const v1::PinOutcome outcome = facts.pin->outcome();
    if (outcome == v1::PIN_OUTCOME_RIGHT || outcome == v1::PIN_OUTCOME_LOCKED) return;
  }
  html.Raw("<form method=post")
      .Attribute("action",
                 StrCat("?lang=", part.chinese() ? "zh" : "en", facts.large ? "&big=1" : ""));
  html.Raw("><label for=pin>").Text(part.Say(words::kPinType));
  html.Raw("</label><div class=box><input id=pin name=pin required maxlength=11 ");
  html.Raw("inputmode=numeric autocomplete=off><button>").Text(part.Say(words::kPinCheck));
  html.Raw("</button></div></form>").TextIn("<p class=dim>", part.Say(words::kPinHint), "</p>");
}

}  // namespace

void WriteLabel(const Part& part, const v1::ResolveLabelResponse& label, Html& html) {
  const std::string step = StepWords(part, label);
  if (step.empty() && !label.has_scans() && !label.has_pin()) return;
  html.Raw("<section>");
  Heading(part, words::kThisLabel, html);
  html.TextIn("<p>", step, "</p>");
  if (label.has_scans()) WriteScans(part, label.scans(), html);
  if (label.has_pin()) WritePin(part, html);
  html.Raw("</section>");
}

}  // namespace suyuan::portal
