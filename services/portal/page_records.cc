// Tests in plain words with their values, and the way the goods took.
#include <algorithm>

#include "services/domain/temperature.h"
#include "services/domain/time.h"
#include "services/portal/page_parts.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

using claim::v1::AnalyteResult;

constexpr int kTestsShown = 4;
constexpr int kAnalytesShown = 40;
constexpr int kStepsShown = 30;
constexpr absl::Duration kGap = absl::Hours(24);   // Between two records: worth a word.
constexpr absl::Duration kLate = absl::Hours(24);  // From happening to being recorded: as well.

bool AboveLimit(const AnalyteResult& result) {
  const claim::v1::Measurement& value = result.measurement();
  return result.has_measurement() && !value.below() && value.limit_ng_per_kg() > 0 &&
         value.value_ng_per_kg() > value.limit_ng_per_kg();
}

bool Positive(const AnalyteResult& result) {
  return result.screening().outcome() == claim::v1::SCREENING_OUTCOME_POSITIVE;
}

// "查了 12 项，都在限量以内".
std::string SummaryOf(const Part& part, const claim::v1::TestResult& test) {
  const std::string n = StrCat(test.results_size());
  std::string names;
  int without_limit = 0;
  bool screening = true;
  for (const AnalyteResult& result : test.results()) {
    screening &= result.has_screening();
    without_limit += result.has_measurement() && result.measurement().limit_ng_per_kg() == 0;
    if (!AboveLimit(result) && !Positive(result)) continue;
    if (!names.empty()) names += part.chinese() ? "、" : ", ";
    names += part.NameOf(result.analyte(), result.analyte_en());
  }
  if (!names.empty()) {
    return part.Say(screening ? words::kScreenedPositive : words::kMeasuredFail,
                    {{"n", n}, {"names", names}});
  }
  if (test.verdict() != claim::v1::VERDICT_CONFORMANT) {
    return part.Say(words::kInconclusive, {{"n", n}});
  }
  if (screening) return part.Say(words::kScreenedNegative, {{"n", n}});
  return without_limit == 0
             ? part.Say(words::kMeasuredPass, {{"n", n}})
             : part.Say(words::kMeasuredNoLimit, {{"n", n}, {"k", StrCat(without_limit)}});
}

void WriteAnalyte(const Part& part, const AnalyteResult& result, Html& html) {
  html.Raw("<tr><th scope=row><bdi>").Text(part.NameOf(result.analyte(), result.analyte_en()));
  html.Raw("</bdi></th>");
  if (result.has_screening()) {
    html.Raw(Positive(result) ? Markup("<td class=\"num over\">") : Markup("<td class=num>"));
    html.Text(part.Say(result.screening().outcome())).Raw("</td><td class=num>–</td></tr>");
    return;
  }
  const claim::v1::Measurement& measured = result.measurement();
  const std::string value = MilligramsPerKilogram(measured.value_ng_per_kg());
  if (AboveLimit(result)) {
    html.Raw("<td class=\"num over\">").Text(value).Raw("<br>").Text(part.Say(words::kAbove));
  } else {
    html.Raw("<td class=num>");
    html.Text(measured.below() ? part.Say(words::kNotDetected, {{"value", value}}) : value);
  }
  html.Raw("</td><td class=num>");
  html.Text(measured.limit_ng_per_kg() == 0 ? part.Say(words::kNoLimit)
                                            : MilligramsPerKilogram(measured.limit_ng_per_kg()));
  html.Raw("</td></tr>");
}

void WriteValues(const Part& part, const claim::v1::TestResult& test, Html& html) {
  // What failed stands first, so that it is never what is cut off.
  std::vector<const AnalyteResult*> results;
  std::string source;
  for (const AnalyteResult& result : test.results()) {
    results.push_back(&result);
    if (source.empty()) source = result.measurement().limit_source();
  }
  std::stable_partition(results.begin(), results.end(), [](const AnalyteResult* result) {
    return AboveLimit(*result) || Positive(*result);
  });
  const int shown = std::min(static_cast<int>(results.size()), kAnalytesShown);
  html.Raw("<details><summary>").Text(part.Say(words::kShowValues)).Raw("</summary><table><thead>");
  html.Raw("<tr><th scope=col>")
      .Text(part.Say(words::kAnalyte))
      .Raw("</th><th scope=col class=num>");
  html.Text(part.Say(words::kValue)).Raw("</th><th scope=col class=num>");
  html.Text(part.Say(words::kLimit)).Raw("</th></tr></thead><tbody>");
  for (int i = 0; i < shown; ++i) WriteAnalyte(part, *results[i], html);
  html.Raw("</tbody></table><p class=dim>").Text(part.Say(words::kMgPerKg));
  if (!source.empty()) {
    html.Raw(" · ").Text(part.Say(words::kLimitsOf, {{"source", source}}));
  }
  if (const int more = static_cast<int>(results.size()) - shown; more > 0) {
    html.Raw("<br>").Text(part.Say(words::kMoreAnalytes, {{"n", StrCat(more)}}));
  }
  html.Raw("</p></details>");
}

// Whether somebody stands for it beside who tested it; empty of a rapid test.
std::string IssueOf(const Part& part, const v1::Test& test) {
  if (test.provisional()) return part.Say(words::kNotIssued);
  if (!test.has_issue_time()) return "";
  return part.Say(words::kIssued, {{"date", part.Day(domain::TimeOf(test.issue_time()))}});
}

void WriteTest(const Part& part, const v1::Test& test, Html& html) {
  const claim::v1::TestResult& result = test.result();
  const bool told = Counts(test);
  html.Raw("<div class=card><h3>");
  html.Text(told ? SummaryOf(part, result) : part.Say(words::kStepAnalysed)).Raw("</h3><p><bdi>");
  html.Text(test.lab_name()).Raw("</bdi></p><p class=dim>");
  part.Time(html, domain::TimeOf(result.occur().time()));
  html.TextIn(" · ", part.Say(test.purpose()), "").Raw(" · ");
  html.Text(part.Say(words::kMethod, {{"method", result.method()}}));
  if (told) html.TextIn(" · ", IssueOf(part, test), "");
  html.Raw("</p>");
  if (told) WriteValues(part, result, html);
  html.Raw("</div>");
}

// What a record of the way says.
std::string StepText(const Part& part, const v1::TimelineEntry& step) {
  struct Kind {
    std::string_view name;
    Words words;
    const google::protobuf::EnumDescriptor* details =
        nullptr;  // Of a detail that is a name of one.
  };
  static const Kind kKinds[] = {
      {"batch_harvested", words::kStepHarvested},
      {"batch_split", words::kStepSplit},
      {"batches_merged", words::kStepMerged},
      {"batch_graded", words::kStepGraded},
      {"loss_recorded", words::kStepLost, claim::v1::LossCause_descriptor()},
      {"sample_taken", words::kStepSampled, claim::v1::SamplingPurpose_descriptor()},
      {"result_recorded", words::kStepResult, claim::v1::Verdict_descriptor()},
      {"result_issued", words::kStepIssued, claim::v1::Verdict_descriptor()},
      {"hold_placed", words::kStepHeld, claim::v1::HoldCause_descriptor()},
      {"hold_released", words::kStepReleased, claim::v1::ReleaseBasis_descriptor()},
      {"labels_issued", words::kStepLabelled},
      {"shipment_dispatched", words::kStepShipped},
      {"shipment_received", words::kStepReceived},
      {"shipment_refused", words::kStepRefused},
      {"recall_opened", words::kStepRecalled, claim::v1::Hazard_descriptor()},
      {"recall_extended", words::kStepRecallWider},
  };
  // Its verdict is told where it counts: here, or by the step that issues it.
  if (step.kind() == "result_recorded" && step.detail().empty()) {
    return part.Say(words::kStepAnalysed);
  }
  for (const Kind& kind : kKinds) {
    if (kind.name != step.kind()) continue;
    return part.Say(kind.words, {{"detail", kind.details == nullptr
                                                ? step.detail()
                                                : part.SayNamed(*kind.details, step.detail())},
                                 {"quantity", part.Amount(step.quantity())}});
  }
  return part.Say(words::kStepOther);
}

bool TooCold(const v1::TimelineEntry& step) {
  return step.has_keep() && step.has_measured() &&
         step.measured().lowest_decidegrees() < step.keep().lowest_decidegrees();
}

bool TooWarm(const v1::TimelineEntry& step) {
  return step.has_keep() && step.has_measured() &&
         step.measured().highest_decidegrees() > step.keep().highest_decidegrees();
}

// What was asked when the goods left, or what was measured until they came; empty: neither.
std::string TemperatureText(const Part& part, const v1::TimelineEntry& step) {
  const std::string keep = domain::FormatTemperatures(step.keep(), part.chinese());
  if (!step.has_measured()) {
    const bool asked = step.has_keep() && step.kind() == "shipment_dispatched";
    return asked ? part.Say(words::kKeep, {{"keep", keep}}) : "";
  }
  const std::string range = domain::FormatTemperatures(step.measured(), part.chinese());
  if (!step.has_keep()) return part.Say(words::kMeasured, {{"range", range}});
  const bool cold = TooCold(step), warm = TooWarm(step);
  if (cold == warm) {
    return part.Say(cold ? words::kMeasuredOutside : words::kMeasuredWithin,
                    {{"range", range}, {"keep", keep}});
  }
  const int limit = cold ? step.keep().lowest_decidegrees() : step.keep().highest_decidegrees();
  return part.Say(cold ? words::kMeasuredBelow : words::kMeasuredAbove,
                  {{"range", range}, {"limit", domain::FormatTemperature(limit, part.chinese())}});
}

absl::Time HappenedAt(const v1::TimelineEntry& step) {
  return domain::TimeOf(step.has_occur_time() ? step.occur_time() : step.record_time());
}

// How long nothing is known of, where that is worth a word.
std::string GapText(const Part& part, absl::Duration gap) {
  if (gap < kGap) return "";
  const int64_t hours = absl::ToInt64Hours(gap);
  return hours < 48 ? part.Say(words::kGapHours, {{"n", StrCat(hours)}})
                    : part.Say(words::kGapDays, {{"n", StrCat(hours / 24)}});
}

// `next`: the record after it; null: it is the last.
void WriteStep(const Part& part, const v1::TimelineEntry& step, const v1::TimelineEntry* next,
               Html& html) {
  const bool stop = step.kind() == "hold_placed" || step.kind().starts_with("recall_");
  const std::string gap =
      next == nullptr ? "" : GapText(part, HappenedAt(*next) - HappenedAt(step));
  html.Raw("<li").Attribute("class", StrCat(stop ? "stop" : "on", gap.empty() ? "" : " gap"));
  html.Raw("><b>").Text(StepText(part, step)).Raw("</b>");
  html.TextIn(TooCold(step) || TooWarm(step) ? Markup("<span class=off>") : Markup("<span>"),
              TemperatureText(part, step), "</span>");
  html.Raw("<span><bdi>").Text(step.site_name());
  if (!step.site_name().empty() && !step.party_name().empty()) html.Raw(" · ");
  html.Text(step.party_name()).Raw("</bdi></span><span>");
  part.Time(html, HappenedAt(step), true);
  const absl::Duration late = domain::TimeOf(step.record_time()) - HappenedAt(step);
  if (late >= kLate) {
    html.Raw(" · ").Text(part.Say(words::kLateBy, {{"n", StrCat(absl::ToInt64Hours(late) / 24)}}));
  }
  html.TextIn("</span><span class=lost>", gap, "").Raw("</span></li>");
}

}  // namespace

void WriteTests(const Part& part, const v1::Journey& journey, Html& html) {
  html.Raw("<section>");
  Heading(part, words::kTests, html);
  if (journey.tests_size() == 0) {
    html.Raw("<p>").Text(part.Say(words::kNoTest)).Raw(" ");
    html.Text(part.Say(words::kUntestedMeans)).Raw("</p></section>");
    return;
  }
  const int shown = std::min(journey.tests_size(), kTestsShown);
  for (int i = 0; i < shown; ++i) WriteTest(part, journey.tests(i), html);
  if (const int more = journey.tests_size() - shown; more > 0) {
    html.Raw("<p class=dim>").Text(part.Say(words::kMoreTests, {{"n", StrCat(more)}}));
    html.Raw("</p>");
  }
  html.Raw("</section>");
}

void WriteRoute(const Part& part, const v1::Journey& journey, Html& html) {
  if (journey.steps_size() == 0) return;
  html.Raw("<section>");
  Heading(part, words::kRoute, html);
  const int first = std::max(0, journey.steps_size() - kStepsShown);
  if (first > 0) {
    html.Raw("<p class=dim>").Text(part.Say(words::kEarlierSteps, {{"n", StrCat(first)}}));
    html.Raw("</p>");
  }
  html.Raw("<ol class=way>");
  for (int i = first; i < journey.steps_size(); ++i) {
    const bool last = i + 1 == journey.steps_size();
    WriteStep(part, journey.steps(i), last ? nullptr : &journey.steps(i + 1), html);
  }
  html.Raw("</ol></section>");
}

}  // namespace suyuan::portal
