#include "services/portal/page_parts.h"

#include <algorithm>

#include "services/domain/quantity.h"
#include "services/domain/time.h"
#include "storage/base/text.h"

namespace suyuan::portal {

std::string Fill(std::string_view words,
                 std::initializer_list<std::pair<std::string_view, std::string>> values) {
  std::string out;
  while (!words.empty()) {
    const size_t open = words.find('{');
    out += words.substr(0, open);
    if (open == std::string_view::npos) break;
    const size_t close = words.find('}', open);
    const std::string_view name = words.substr(open + 1, close - open - 1);
    for (const auto& [key, value] : values) {
      if (key == name) out += value;
    }
    words.remove_prefix(close + 1);
  }
  return out;
}

std::string Part::SayValue(const google::protobuf::EnumValueDescriptor* value) const {
  return value == nullptr || value->number() == 0 ? "" : text::TextOf(*value, language_);
}

std::string Part::Amount(const claim::v1::Quantity& quantity) const {
  // Packs are read in grams and millilitres, heaps in kilograms and litres.
  constexpr int64_t kSmall = 1000, kLarge = 1000 * kSmall;
  const bool mass = quantity.unit() == claim::v1::UNIT_MILLIGRAM;
  if ((mass || quantity.unit() == claim::v1::UNIT_MICROLITRE) && quantity.amount() > 0 &&
      quantity.amount() < kLarge && quantity.amount() % kSmall == 0) {
    return StrCat(quantity.amount() / kSmall, " ",
                  (mass ? words::kGram : words::kMillilitre).In(language_));
  }
  return domain::FormatAmount({quantity.amount(), quantity.unit()}, chinese());
}

std::string Part::Format(std::string_view zh, std::string_view en, absl::Time time) const {
  return absl::FormatTime(ToAbsl(chinese() ? zh : en), time,
                          absl::FixedTimeZone(facts_.utc_offset_minutes * 60));
}

std::string Part::Day(absl::Time time) const { return Format("%-m月%-d日", "%-d %b", time); }

std::string Part::Date(absl::Time time) const {
  return Format("%Y年%-m月%-d日", "%-d %b %Y", time);
}

std::string Part::Moment(absl::Time time) const {
  return Format("%Y年%-m月%-d日 %H:%M", "%-d %b %Y, %H:%M", time);
}

Html& Part::Time(Html& html, absl::Time time, bool brief) const {
  constexpr std::string_view kExact = "%Y-%m-%dT%H:%M:%S%Ez";
  const bool this_year = Format("%Y", "%Y", time) == Format("%Y", "%Y", facts_.now);
  html.Raw("<time").Attribute("datetime", Format(kExact, kExact, time)).Raw(">");
  html.Text(brief && this_year ? Format("%-m月%-d日 %H:%M", "%-d %b, %H:%M", time) : Moment(time));
  return html.Raw("</time>");
}

void WriteHeadline(std::string_view text, Html& html) {
  html.Raw("<h1>");
  while (!text.empty()) {
    const size_t end = std::min(text.find('|'), text.size());
    html.Raw("<span>").Text(text.substr(0, end)).Raw("</span>");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  html.Raw("</h1>");
}

void Heading(const Part& part, const Words& words, Html& html) {
  html.Raw("<h2 class=s>").Text(part.Say(words)).Raw("</h2>");
}

void WriteProductName(const claim::v1::Product& product, Html& html) {
  html.Raw("<h2 class=name><bdi lang=zh-CN>").Text(product.name()).Raw("</bdi>");
  html.TextIn("<small lang=en>", product.name_en(), "</small>").Raw("</h2>");
}

bool Counts(const v1::Test& test) {
  return !test.provisional() || test.result().verdict() == claim::v1::VERDICT_NON_CONFORMANT;
}

std::string MilligramsPerKilogram(int64_t ng_per_kg) {
  constexpr int64_t kMilligram = 1'000'000;  // In nanograms.
  std::string fraction = StrCat(kMilligram + ng_per_kg % kMilligram).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? StrCat(ng_per_kg / kMilligram)
                          : StrCat(ng_per_kg / kMilligram, ".", fraction);
}

std::optional<absl::Time> EarliestHarvest(const v1::Journey& journey) {
  std::optional<absl::Time> earliest;
  for (const v1::Origin& origin : journey.origins()) {
    if (!origin.has_harvest_time()) continue;
    const absl::Time time = domain::TimeOf(origin.harvest_time());
    earliest = std::min(earliest.value_or(time), time);
  }
  return earliest;
}

}  // namespace suyuan::portal
