// The goods, where they come from, what is not known, how to check and whom to ask.
#include <algorithm>

#include "services/domain/temperature.h"
#include "services/domain/time.h"
#include "services/portal/page_certification_text.h"
#include "services/portal/page_parts.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

constexpr int kOriginsOpen = 2;  // Shown at once; the rest unfolds.
constexpr int kOriginsShown = 20;
constexpr size_t kRangesShown = 3;  // Asked and not measured.

// A row of a list of facts; nothing where there is no fact.
void Fact(const Part& part, const Words& name, const std::string& value, Html& html) {
  if (value.empty()) return;
  html.Raw("<dt>").Text(part.Say(name)).Raw("</dt><dd><bdi>").Text(value).Raw("</bdi></dd>");
}

std::string Joined(std::initializer_list<std::string> parts) {
  std::string all;
  for (const std::string& part : parts) {
    if (!part.empty()) all += (all.empty() ? "" : " · ") + part;
  }
  return all;
}

// "黑井镇 · 复隆村".
std::string PlaceOf(const v1::Origin& origin) {
  return Joined({origin.township(), origin.village()});
}

void WriteOrigin(const Part& part, const v1::Origin& origin, Html& html) {
  html.Raw("<div class=card><h3><bdi>").Text(origin.party_name()).Raw("</bdi></h3><dl>");
  Fact(part, words::kPlace, PlaceOf(origin), html);
  Fact(part, words::kPlot, Joined({origin.plot_name(), part.Say(origin.plot_kind())}), html);
  if (origin.has_harvest_time()) {
    html.Raw("<dt>").Text(part.Say(words::kHarvest)).Raw("</dt><dd>");
    part.Time(html, domain::TimeOf(origin.harvest_time())).Raw("</dd>");
  }
  Fact(part, words::kAmount, part.Amount(origin.quantity()), html);
  html.Raw("</dl></div>");
}

// How long ago, where that is worth a word.
std::string Ago(const Part& part, absl::Time harvest) {
  const int64_t hours = absl::ToInt64Hours(part.facts().now - harvest);
  if (hours < 1) return "";
  return hours < 72 ? part.Say(words::kAgoHours, {{"n", StrCat(hours)}})
                    : part.Say(words::kAgoDays, {{"n", StrCat(hours / 24)}});
}

bool HasLaboratoryTest(const v1::Journey& journey) {
  for (const v1::Test& test : journey.tests()) {
    for (const claim::v1::AnalyteResult& result : test.result().results()) {
      if (result.has_measurement()) return true;
    }
  }
  return false;
}

// The last that is known of its way is that it was sent off.
bool OnItsWay(const v1::Journey& journey) {
  bool sent = false;
  for (const v1::TimelineEntry& step : journey.steps()) {
    if (step.kind() == "shipment_dispatched") sent = true;
    if (step.kind() == "shipment_received" || step.kind() == "shipment_refused") sent = false;
  }
  return sent;
}

// The ranges of temperature that were asked on the way and not measured, each once.
std::vector<std::string> UnmeasuredRanges(const Part& part, const v1::Journey& journey) {
  std::vector<std::string> asked;
  for (const v1::TimelineEntry& step : journey.steps()) {
    if (step.kind() != "shipment_received" || !step.has_keep() || step.has_measured()) continue;
    const std::string keep = domain::FormatTemperatures(step.keep(), part.chinese());
    const bool told = std::find(asked.begin(), asked.end(), keep) != asked.end();
    if (!told && asked.size() < kRangesShown) asked.push_back(keep);
  }
  return asked;
}

bool PlotsKnown(const v1::Journey& journey) {
  return std::all_of(journey.origins().begin(), journey.origins().end(), [](const auto& origin) {
    return !origin.village().empty() && !origin.plot_name().empty();
  });
}

}  // namespace

std::string BatchNumber(const v1::Journey& journey) {
  const std::string& name = journey.batch().name();
  return name.substr(name.find('/') + 1);
}

void WriteGoods(const Part& part, const v1::Journey& journey, Html& html) {
  const claim::v1::Product& product = journey.product();
  html.Raw("<section class=goods>");
  WriteProductName(product, html);
  if (journey.origins_size() > 0) {
    const v1::Origin& origin = journey.origins(0);
    html.TextIn("<p class=place><bdi>", PlaceOf(origin), "</bdi></p>");
    html.TextIn("<p><bdi>", origin.party_name(), "</bdi></p>");
  }
  html.Raw("<dl>");
  if (const std::optional<absl::Time> harvest = EarliestHarvest(journey); harvest.has_value()) {
    html.Raw("<dt>").Text(part.Say(words::kHarvest)).Raw("</dt><dd>");
    part.Time(html, *harvest).TextIn("<br><span class=ago>", Ago(part, *harvest), "</span>");
    html.Raw("</dd>");
  }
  if (product.has_net_content()) {
    Fact(part, words::kPack, part.Amount(product.net_content()), html);
  }
  Fact(part, words::kGrade, journey.batch().grade(), html);
  Fact(part, words::kBatchQuantity, part.Amount(journey.batch().quantity()), html);
  if (!journey.has_recall()) Fact(part, words::kRecall, part.Say(words::kNoRecall), html);
  html.Raw("<dt>").Text(part.Say(words::kBatch)).Raw("</dt><dd class=code>");
  html.Text(BatchNumber(journey)).Raw("</dd></dl></section>");
}

void WriteOrigins(const Part& part, const v1::Journey& journey, Html& html) {
  if (journey.origins_size() == 0) return;
  html.Raw("<section>");
  Heading(part, words::kOrigin, html);
  const int total = journey.origins_total();
  const int shown = std::min(journey.origins_size(), kOriginsShown);
  if (total > 1) {
    html.Raw("<p>").Text(part.Say(words::kMixed, {{"total", StrCat(total)}})).Raw("</p>");
  }
  for (int i = 0; i < shown; ++i) {
    if (i == kOriginsOpen) {
      html.Raw("<details><summary>");
      html.Text(part.Say(words::kMoreOrigins, {{"n", StrCat(total - kOriginsOpen)}}));
      html.Raw("</summary>");
    }
    WriteOrigin(part, journey.origins(i), html);
  }
  if (shown < total) {
    html.Raw("<p class=dim>")
        .Text(part.Say(words::kOriginsCut, {{"shown", StrCat(shown)}, {"total", StrCat(total)}}));
    html.Raw("</p>");
  }
  if (shown > kOriginsOpen) html.Raw("</details>");
  html.Raw("</section>");
}

void WriteMissing(const Part& part, const v1::Journey& journey, Html& html) {
  html.Raw("<section>");
  Heading(part, words::kMissing, html);
  html.Raw("<p>").Text(part.Say(words::kMissingIntro)).Raw("</p><ul>");
  const auto item = [&](bool missing, const Words& what) {
    if (missing) html.Raw("<li>").Text(part.Say(what)).Raw("</li>");
  };
  item(!HasLaboratoryTest(journey), words::kMissingTest);
  item(!PlotsKnown(journey), words::kMissingPlot);
  item(!Certified(part, journey), words::kMissingCertification);
  item(true, words::kMissingCommitment);
  item(true, words::kMissingInputs);
  for (const std::string& keep : UnmeasuredRanges(part, journey)) {
    html.Raw("<li>").Text(part.Say(words::kMissingAsked, {{"keep", keep}})).Raw("</li>");
  }
  item(true, words::kMissingCold);  // What is measured is the ends of it, or a reading at the door.
  const bool away = OnItsWay(journey);
  item(away, words::kMissingArrival);
  item(journey.shipped() && !away, words::kMissingSale);
  html.Raw("</ul></section>");
}

namespace {

// Filled in by the script; without one it stays hidden.
void WriteCheck(const Part& part, const v1::Journey& journey, Html& html) {
  const PageFacts& facts = part.facts();
  if (facts.log_key.empty() || journey.batch().name().empty()) return;
  if (facts.kept_script.empty()) {
    html.Raw("<script type=module").Attribute("src", facts.script).Raw("></script>");
  }
  html.Raw("<p id=check class=check role=status hidden");
  html.Attribute("data-batch", journey.batch().name()).Attribute("data-key", facts.log_key);
  html.Attribute("data-zone", StrCat(facts.utc_offset_minutes));
  html.Attribute("data-wait", part.Unfilled(words::kCheckWait));
  html.Attribute("data-yes", part.Unfilled(words::kCheckYes));
  html.Attribute("data-no", part.Unfilled(words::kCheckNo));
  html.Attribute("data-witnesses", part.Unfilled(words::kCheckWitnesses));
  if (facts.kept_script.empty()) {
    html.Attribute("data-proof", "?proof=json").Attribute("data-fallback", facts.fallback_script);
    html.Raw("></p><p class=links><a href=\"?proof=file\">").Text(part.Say(words::kProofFile));
    html.Raw("</a><a").Attribute("href", StrCat("?proof=page&lang=", part.chinese() ? "zh" : "en"));
    html.Raw(">").Text(part.Say(words::kProofKeep)).Raw("</a></p><p class=dim>");
    html.Text(part.Say(words::kProofTrust)).Raw("</p>");
  } else {
    html.Raw("></p>");
  }
}

}  // namespace

void WriteProof(const Part& part, const v1::ResolveLabelResponse& label, Html& html) {
  const std::string sequence = StrCat(label.journey().sequence());
  const std::string& url = part.facts().public_url;
  html.Raw("<section>");
  Heading(part, words::kProof, html);
  html.Raw("<p>").Text(part.Say(words::kProofIs, {{"sequence", sequence}})).Raw("</p>");
  WriteCheck(part, label.journey(), html);
  html.Raw("<p>");
  html.Text(part.Say(words::kProofLimit)).Raw("</p><details><summary>");
  html.Text(part.Say(words::kProofHowTitle)).Raw("</summary><p>");
  html.Text(part.Say(words::kProofHow)).Raw("</p><pre class=code>");
  html.Text(StrCat("curl ", url, "/suyuan.v1.AuditService/GetRecordProof",
                   " -H 'content-type: application/json' -d '{\"sequence\":\"", sequence, "\"}'"));
  html.Raw("</pre></details><p class=dim>").Text(part.Say(words::kAddress, {{"host", url}}));
  html.Raw("<br>").Text(part.Say(words::kAsOf, {{"size", StrCat(label.journey().as_of_size())}}));
  part.Time(html, part.facts().now).Raw("</p></section>");
}

void WriteHelp(const Part& part, Html& html) {
  html.Raw("<section>");
  Heading(part, words::kHelp, html);
  html.Raw("<p>").Text(part.Say(words::kHelpText)).Raw("</p>");
  // A page on somebody's disk has nowhere to send it.
  if (part.facts().complaint_link && part.facts().kept_script.empty()) {
    html.Raw("<a class=call")
        .Attribute("href", StrCat("?complain=1&lang=", part.chinese() ? "zh" : "en",
                                  part.facts().large ? "&big=1" : ""));
    html.Raw(">").Text(part.Say(words::kComplainOnline)).Raw("</a><p class=dim>");
    html.Text(part.Say(words::kComplainOnlineMeans)).Raw("</p>");
  }
  html.Raw("<a class=call href=\"tel:12315\">");
  html.Text(part.Say(words::kCall)).Raw("</a><p class=dim>").Text(part.Say(words::kCallMeans));
  html.Raw(part.chinese() ? Markup("。") : Markup(". ")).Text(part.Say(words::kIll));
  html.Raw("</p></section>");
}

}  // namespace suyuan::portal
