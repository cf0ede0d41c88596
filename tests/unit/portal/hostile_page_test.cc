// Pages of names and remarks that somebody chose to break them: their size, and that nothing of
// them is markup. hostile_test.mjs shows them in a browser.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>

#include "google/protobuf/descriptor.h"
#include "services/http/server.h"
#include "services/portal/scan_page.h"
#include "services/rpc/rules.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"
#include "suyuan/rules/v1/rules.pb.h"
#include "tests/support/test.h"
#include "tests/unit/portal/complaint_fixtures.h"
#include "tests/unit/portal/page_fixtures.h"

namespace suyuan::portal {
namespace {

using text::Language;

constexpr size_t kPageMax = 10 << 10;  // Compressed.
constexpr int kNameMax = 60;           // Characters of the longest name a contract allows.
constexpr int kFar = 10'000;           // Beyond every contract.

struct Hostile {
  const char* name;
  std::string unit;  // Said again and again until the length is reached.
};

std::vector<Hostile> Texts() {
  return {
      {"wide", "W"},
      {"dots", "…"},
      {"script", "<script>hit=1</script><img src=x onerror=hit=1>"},
      {"attribute", "\" onfocus=hit=1 autofocus x='"},
      {"family", "👩‍👩‍👧‍👦"},  // Joined by U+200D.
      {"flags", "🏴󠁧󠁢󠁥󠁮󠁧󠁿🇨🇳"},
      {"rtl", "עגבניות طماطم "},
      {"override", "\u202E豇豆\u2066x"},
      {"marks", "a\u0335\u0336\u0337\u0338\u0339\u033A\u033B\u033C"},  // As many as are allowed.
      {"joined", "ক্ষ\u0DCA\u200Dක"},
      {"nobreak", "豆\u2060\u00A0"},
      {"markup", "&lt;b&gt;{product}]]><!--"},
  };
}

// `unit` repeated, and cut to so many characters.
std::string Long(const std::string& unit, int characters) {
  std::string text;
  for (int i = 0; i < characters; ++i) text += unit;
  return std::string(FirstCharacters(text, characters));
}

// Words of programs, not of people.
bool IsFixed(const google::protobuf::FieldDescriptor& field) {
  const std::string& name = field.name();
  const auto& rules = field.options().GetExtension(rules::v1::field);
  return name == "kind" || name == "detail" || name.ends_with("_date") || name.ends_with("_day") ||
         name == "batch" || name == "key" || name == "gtin" || name == "first_place" ||
         !rules.resource().empty() ||
         (name == "name" && field.containing_type()->name() == "Batch");
}

// A text of so many characters.
using Tell = std::function<std::string(int)>;

// Every text that somebody wrote is another one, as long as its contract allows.
void Retell(google::protobuf::Message* message, const Tell& tell) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool text = field->type() == FieldDescriptor::TYPE_STRING && !IsFixed(*field);
    if (text && !field->is_repeated()) {
      const int allowed = field->options().GetExtension(rules::v1::field).max_length();
      reflection->SetString(message, field, tell(allowed > 0 ? allowed : kNameMax));
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int size = field->is_repeated() ? reflection->FieldSize(*message, field) : 0;
    for (int i = 0; i < size; ++i) {
      Retell(reflection->MutableRepeatedMessage(message, field, i), tell);
    }
    if (!field->is_repeated()) Retell(reflection->MutableMessage(message, field), tell);
  }
}

// Everything that a page may have to tell of at once.
v1::ResolveLabelResponse Crowded() {
  v1::ResolveLabelResponse label = PinLabel();
  v1::Journey& journey = *label.mutable_journey();
  for (const v1::ResolveLabelResponse& more :
       {RecalledLabel(), CertifiedLabel(), ChilledLabel({0, 80}, {20, 110})}) {
    journey.MergeFrom(more.journey());
  }
  return label;
}

v1::ResolveLabelResponse Retold(v1::ResolveLabelResponse label, const Tell& tell) {
  Retell(&label, tell);
  for (v1::TimelineEntry& step : *label.mutable_journey()->mutable_steps()) {
    // Of these steps alone it is a name.
    const bool named = step.kind() == "shipment_dispatched" || step.kind() == "batch_graded";
    if (named) step.set_detail(tell(kNameMax));
  }
  return label;
}

std::string PageOf(const Tell& tell, Language language, bool large) {
  PageFacts facts = FactsOf();
  facts.large = large;
  facts.covers_zh = facts.covers_en = tell(100);
  return ScanPage(Retold(Crowded(), tell), language, facts);
}

std::string FormOf(const Tell& tell) {
  ComplaintDraft draft = FullDraft();
  draft.text = tell(1000);
  draft.contact = tell(100);
  draft.code = tell(40);
  return ComplaintFormPage(draft, nullptr, Language::kChinese, FactsOf());
}

std::string ProductOf(const Tell& tell) {
  v1::ResolveProductResponse known = KnownProduct();
  Retell(&known, tell);
  return ProductPage(known, true, Language::kEnglish, FactsOf());
}

std::string TicketOf(const Tell& tell) {
  v1::Complaint complaint = AnsweredComplaint();
  Retell(&complaint, tell);
  return TicketPage(kTicket, complaint, Language::kEnglish, FactsOf());
}

void Keep(const std::string& name, const std::string& page) {
  const char* dir = std::getenv("SUYUAN_PAGES_DIR");
  if (dir != nullptr) std::ofstream(StrCat(dir, "/", name, ".html")) << page;
}

TEST(HostilePageTest, TextsAsLongAsTheRulesAllowKeepThePageSmall) {
  for (const Hostile& hostile : Texts()) {
    const Tell tell = [&](int characters) { return Long(hostile.unit, characters); };
    for (const auto& [name, page] :
         {std::pair("zh", PageOf(tell, Language::kChinese, false)),
          std::pair("en-big", PageOf(tell, Language::kEnglish, true)),
          std::pair("form", FormOf(tell)), std::pair("product", ProductOf(tell)),
          std::pair("ticket", TicketOf(tell))}) {
      EXPECT_LE(http::Gzip(page).size(), kPageMax) << hostile.name << " " << name;
      Keep(StrCat(hostile.name, "-", name), page);
    }
  }
}

// No contract lets them in; a page has to hold all the same.
TEST(HostilePageTest, TextsBeyondEveryRuleAreShownWhole) {
  for (const Hostile& hostile : Texts()) {
    const std::string far = Long(hostile.unit, kFar);
    v1::ResolveLabelResponse label = Crowded();
    v1::Journey& journey = *label.mutable_journey();
    journey.mutable_product()->set_name(far);
    journey.mutable_origins(0)->set_party_name(far);
    journey.mutable_steps(0)->set_site_name(far);
    journey.mutable_recall()->mutable_claim()->set_notice_zh(far);
    const std::string page = ScanPage(label, Language::kChinese, FactsOf());
    EXPECT_GT(page.size(), 4u * kFar) << hostile.name;
    Keep(hostile.name + std::string("-far"), page);
  }
}

// As unlike each other as names can be, and as long: they make a page slower, which is their
// party's own loss, and no list of them makes it endless.
TEST(HostilePageTest, NamesThatDoNotCompressMakeAPageLargerWithinBounds) {
  std::mt19937_64 random = test::SeededRandom();
  const Tell tell = [&](int characters) {
    std::string text;
    for (int i = 0; i < characters; ++i) {
      const auto han = static_cast<uint32_t>(0x4E00 + random() % 0x5000);
      text += static_cast<char>(0xE0 | han >> 12);
      text += static_cast<char>(0x80 | (han >> 6 & 0x3F));
      text += static_cast<char>(0x80 | (han & 0x3F));
    }
    return text;
  };
  for (const auto& [label, size_max] :
       {std::pair(TestedLabel(), 11u << 10), std::pair(LargestLabel(), 64u << 10)}) {
    const std::string page = ScanPage(Retold(label, tell), Language::kChinese, FactsOf());
    EXPECT_LE(http::Gzip(page).size(), size_max);
  }
}

}  // namespace
}  // namespace suyuan::portal
