// What a scan page says first.
#include <algorithm>
#include <set>

#include "services/domain/time.h"
#include "services/portal/page_label_text.h"
#include "services/portal/page_parts.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

// The last result that counts of each batch tested. `tests` are newest first.
std::vector<const v1::Test*> LastTests(const v1::Journey& journey) {
  std::vector<const v1::Test*> last;
  std::set<std::string> batches;
  for (const v1::Test& test : journey.tests()) {
    if (Counts(test) && batches.insert(test.batch()).second) last.push_back(&test);
  }
  return last;
}

bool Measured(const v1::Test& test) {
  for (const claim::v1::AnalyteResult& result : test.result().results()) {
    if (result.has_measurement()) return true;
  }
  return false;
}

// The newest a good verdict may rest on. There is one.
const v1::Test& Evidence(const v1::Journey& journey) {
  return **std::find_if(journey.tests().pointer_begin(), journey.tests().pointer_end(),
                        [](const v1::Test* test) { return Counts(*test); });
}

// Whole days, the day of harvest being 0; nothing where no shelf life or harvest is known.
std::optional<int64_t> AgeIfExpired(const v1::Journey& journey, absl::Time now) {
  const std::optional<absl::Time> harvest = EarliestHarvest(journey);
  const int days = journey.product().shelf_life_days();
  if (days <= 0 || !harvest.has_value()) return std::nullopt;
  const int64_t age = absl::ToInt64Hours(now - *harvest) / 24;
  return age > days ? std::optional(age) : std::nullopt;
}

struct Look {
  Markup open;  // The header's beginning, with the colour that goes with it.
  Markup icon;
  Words headline;
};

constexpr Look kTriangle{"<header class=\"v warn\">",
                         "<path d=\"M12 3.2 22 20.5H2zM12 9.5v5.2M12 17.6v.1\"/>", words::kFailed};

// The icon, the colour and the words say the same; none of them stands alone.
Look LookOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kRecalled:
      return {"<header class=\"v bad\">",
              "<path d=\"M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8zM12 7v6.5M12 16.7v.1\"/>",
              words::kRecalled};
    case Verdict::kHeld:
      return {"<header class=\"v warn\">",
              "<circle cx=\"12\" cy=\"12\" r=\"9.5\"/><path d=\"M9.5 8.5v7M14.5 8.5v7\"/>",
              words::kHeld};
    case Verdict::kVoided:
      return {"<header class=\"v warn\">",
              "<circle cx=\"12\" cy=\"12\" r=\"9.5\"/><path d=\"M5.3 18.7 18.7 5.3\"/>",
              words::kVoided};
    case Verdict::kFailed:
      return kTriangle;
    case Verdict::kUnusual:  // Two of one.
      return {"<header class=\"v warn\">", "<path d=\"M8.5 8.5h12v12h-12zM15.5 5.5v-2h-12v12h2\"/>",
              words::kUnusual};
    case Verdict::kExpired:
      return {"<header class=\"v warn\">",
              "<circle cx=\"12\" cy=\"12\" r=\"9.5\"/><path d=\"M12 6.5V12l3.8 2.4\"/>",
              words::kExpired};
    case Verdict::kNotShipped:
      return {"<header class=v>",
              "<path d=\"M3 7.5 12 3l9 4.5v9L12 21l-9-4.5zM3 7.5l9 4.5 9-4.5M12 12v9\"/>",
              words::kNotShipped};
    case Verdict::kTested:
      return {"<header class=\"v ok\">",
              "<circle cx=\"12\" cy=\"12\" r=\"9.5\"/><path d=\"m7.6 12.4 3.1 3.1 5.9-6.5\"/>",
              words::kTested};
    case Verdict::kScreened:
      return {"<header class=\"v info\">",
              "<path d=\"M9 2.5h6M10 2.5v6.2L4.6 18a2.4 2.4 0 0 0 2.1 3.5h10.6a2.4 2.4 0 0 0 "
              "2.1-3.5L14 "
              "8.7V2.5M7.2 14.5h9.6\"/>",
              words::kScreened};
    case Verdict::kUndecided:
      return {
          "<header class=\"v info\">",
          "<circle cx=\"12\" cy=\"12\" r=\"9.5\"/><path d=\"M9.3 9.3a2.8 2.8 0 1 1 4 2.6c-.9.4-1.3 "
          "1-1.3 2M12 16.9v.1\"/>",
          words::kUndecided};
    case Verdict::kUnissued:
      return {"<header class=\"v info\">",
              "<path d=\"M6 2.5h8l4.5 4.5v14.5H6zM13.5 3v4.5H18M9 17h6M9 13h6\"/>",
              words::kUnissued};
    case Verdict::kUntested:
      break;
  }
  return {"<header class=\"v info\">",
          "<circle cx=\"12\" cy=\"12\" r=\"9.5\"/><path d=\"M7.5 12h9\"/>", words::kUntested};
}

// One line on what the verdict rests on, or what it means.
std::string MeansOf(const Part& part, Verdict verdict, const v1::Journey& journey) {
  switch (verdict) {
    case Verdict::kHeld:
      return part.Say(words::kHeldMeans, {{"cause", part.Say(journey.hold_cause())}});
    case Verdict::kVoided:
      return part.Say(words::kVoidedMeans);
    case Verdict::kFailed:
      return part.Say(words::kFailedMeans);
    case Verdict::kUnusual:
      return part.Say(words::kUnusualMeans);
    case Verdict::kExpired: {
      const int64_t age = AgeIfExpired(journey, part.facts().now).value_or(0);
      return part.Say(words::kExpiredMeans, {{"days", StrCat(journey.product().shelf_life_days())},
                                             {"age", StrCat(age)}});
    }
    case Verdict::kNotShipped:
      return part.Say(words::kNotShippedMeans);
    case Verdict::kTested: {
      const claim::v1::TestResult& result = Evidence(journey).result();
      return part.Say(words::kEvidence, {{"date", part.Day(domain::TimeOf(result.occur().time()))},
                                         {"count", StrCat(result.results_size())}});
    }
    case Verdict::kScreened:
      return part.Say(words::kScreenedMeans);
    case Verdict::kUndecided:
      return part.Say(words::kUndecidedMeans);
    case Verdict::kUnissued:
      return part.Say(words::kUnissuedMeans);
    case Verdict::kUntested:
      return part.Say(words::kUntestedMeans);
    case Verdict::kRecalled:
      break;
  }
  return "";
}

}  // namespace

Verdict VerdictOf(const v1::ResolveLabelResponse& label, absl::Time now) {
  const v1::Journey& journey = label.journey();
  if (journey.has_recall()) return Verdict::kRecalled;
  if (journey.on_hold()) return Verdict::kHeld;
  if (label.voided()) return Verdict::kVoided;
  bool measured = false, undecided = false;
  const std::vector<const v1::Test*> last = LastTests(journey);
  for (const v1::Test* test : last) {
    const claim::v1::Verdict verdict = test->result().verdict();
    if (verdict == claim::v1::VERDICT_NON_CONFORMANT) return Verdict::kFailed;
    undecided |= verdict != claim::v1::VERDICT_CONFORMANT;
    measured |= Measured(*test);
  }
  if (AgeIfExpired(journey, now).has_value()) return Verdict::kExpired;
  if (label.scans().unusual()) return Verdict::kUnusual;
  if (!journey.shipped()) return Verdict::kNotShipped;
  if (last.empty()) {
    return journey.tests_size() == 0 ? Verdict::kUntested : Verdict::kUnissued;
  }
  if (undecided) return Verdict::kUndecided;
  return measured ? Verdict::kTested : Verdict::kScreened;
}

void WriteVerdict(const Part& part, const v1::ResolveLabelResponse& label, Html& html) {
  const v1::Journey& journey = label.journey();
  const Verdict verdict = VerdictOf(label, part.facts().now);
  const Look look = LookOf(verdict);
  const std::string product = part.NameOf(journey.product().name(), journey.product().name_en());
  html.Raw(look.open).Raw("<div class=w><p class=brand>").Text(part.Say(words::kSite));
  html.Raw("</p><div class=say><svg viewBox=\"0 0 24 24\" aria-hidden=true>").Raw(look.icon);
  html.Raw("</svg>");
  WriteHeadline(part.Say(look.headline, {{"product", product}}), html);
  html.Raw("</div>");
  html.Raw("<div class=means>");
  if (verdict == Verdict::kTested) {
    html.TextIn("<p><bdi>", Evidence(journey).lab_name(), "</bdi></p>");
  }
  html.TextIn("<p>", MeansOf(part, verdict, journey), "</p>").Raw("</div>");
  html.Raw("</div></header>");
}

void WriteRecall(const Part& part, const v1::Journey& journey, Html& html) {
  if (!journey.has_recall()) return;
  const v1::OpenRecall& recall = journey.recall();
  const claim::v1::Recall& claim = recall.claim();
  html.Raw("<section class=\"card alert\"><h2>").Text(part.Say(words::kNotice)).Raw("</h2>");
  const bool foreign = !part.chinese() && claim.notice_en().empty();
  html.Raw(foreign ? Markup("<p class=notice lang=zh-CN>") : Markup("<p class=notice>"));
  html.Text(part.NameOf(claim.notice_zh(), claim.notice_en())).Raw("</p><h3>");
  html.Text(part.Say(words::kWhatToDo)).Raw("</h3><ol class=do>");
  for (const Words& what : {words::kDoStop, words::kDoKeep, words::kDoReturn}) {
    html.Raw("<li>").Text(part.Say(what)).Raw("</li>");
  }
  html.Raw("</ol><dl><dt>").Text(part.Say(words::kReason)).Raw("</dt><dd>");
  html.Text(part.Say(claim.hazard())).TextIn(" · ", part.Say(claim.level()), "");
  html.Raw("</dd><dt>").Text(part.Say(words::kIssuedBy)).Raw("</dt><dd><bdi>");
  html.Text(recall.party_name()).Raw("</bdi></dd><dt>").Text(part.Say(words::kSince));
  part.Time(html.Raw("</dt><dd>"), domain::TimeOf(recall.record_time()));
  html.Raw("</dd></dl><p class=dim>").Text(part.Say(words::kInRecall));
  html.Raw("</p><p class=code>").Text(BatchNumber(journey)).Raw("</p></section>");
}

}  // namespace suyuan::portal
