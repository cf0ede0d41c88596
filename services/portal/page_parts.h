// The parts of a scan page, each a section of its own. Thread-compatible.
#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "services/portal/html.h"
#include "services/portal/page_text.h"
#include "services/portal/scan_page.h"

namespace suyuan::portal {

// What every part writes with: one language, one local day.
class Part {
 public:
  Part(text::Language language, const PageFacts& facts) : language_(language), facts_(facts) {}

  bool chinese() const { return language_ == text::Language::kChinese; }
  text::Language language() const { return language_; }
  const PageFacts& facts() const { return facts_; }
  std::string Say(
      const Words& words,
      std::initializer_list<std::pair<std::string_view, std::string>> values = {}) const {
    return Fill(words.In(language_), values);
  }
  // With its blanks, for a script that fills them.
  std::string Unfilled(const Words& words) const { return std::string(words.In(language_)); }
  // The words of an enum value; empty for the unspecified one.
  template <typename Enum>
  std::string Say(Enum value) const {
    return SayValue(google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(value));
  }
  std::string SayNamed(const google::protobuf::EnumDescriptor& type,
                       const std::string& name) const {
    return SayValue(type.FindValueByName(name));
  }
  std::string Amount(const claim::v1::Quantity& quantity) const;
  std::string Day(absl::Time time) const;     // 11月4日, 4 Nov.
  std::string Date(absl::Time time) const;    // 2026年11月4日, 4 Nov 2026.
  std::string Moment(absl::Time time) const;  // 2026年11月4日 07:10, 4 Nov 2026, 07:10.
  // As <time>; `brief`: without the year where it is this one.
  Html& Time(Html& html, absl::Time time, bool brief = false) const;
  // A name with its language's other spelling where the page's has none.
  std::string NameOf(const std::string& zh, const std::string& en) const {
    return chinese() || en.empty() ? zh : en;
  }

 private:
  std::string SayValue(const google::protobuf::EnumValueDescriptor* value) const;
  std::string Format(std::string_view zh, std::string_view en, absl::Time time) const;

  const text::Language language_;
  const PageFacts& facts_;
};

// A page without a verdict: a grey headline, what `body` writes, whom to ask.
std::string PlainPage(text::Language language, const PageFacts& facts, const Words& headline,
                      Markup icon, absl::FunctionRef<void(const Part&, Html&)> body);

// <h1>. Its lines break where the text has a | rather than anywhere.
void WriteHeadline(std::string_view text, Html& html);
// <h2> of a section.
void Heading(const Part& part, const Words& words, Html& html);

// <h2>, with its other spelling below.
void WriteProductName(const claim::v1::Product& product, Html& html);

void WriteVerdict(const Part& part, const v1::ResolveLabelResponse& label, Html& html);
void WriteRecall(const Part& part, const v1::Journey& journey, Html& html);
void WriteGoods(const Part& part, const v1::Journey& journey, Html& html);
void WriteLabel(const Part& part, const v1::ResolveLabelResponse& label, Html& html);
void WriteOrigins(const Part& part, const v1::Journey& journey, Html& html);
void WriteCertifications(const Part& part, const v1::Journey& journey, Html& html);
void WriteTests(const Part& part, const v1::Journey& journey, Html& html);
void WriteRoute(const Part& part, const v1::Journey& journey, Html& html);
void WriteMissing(const Part& part, const v1::Journey& journey, Html& html);
void WriteProof(const Part& part, const v1::ResolveLabelResponse& label, Html& html);
void WriteHelp(const Part& part, Html& html);

// Issued, a rapid test's, or bad: what is said may rest on it.
bool Counts(const v1::Test& test);

// Whether a certification held at all its harvests.
bool Certified(const Part& part, const v1::Journey& journey);

// As printed on packs: the id alone.
std::string BatchNumber(const v1::Journey& journey);
// Nanograms per kilogram as mg/kg, without trailing zeros.
std::string MilligramsPerKilogram(int64_t ng_per_kg);
// Of all harvests listed; nothing where there is none.
std::optional<absl::Time> EarliestHarvest(const v1::Journey& journey);

}  // namespace suyuan::portal
