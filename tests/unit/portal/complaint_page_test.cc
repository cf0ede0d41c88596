// The pages where somebody complains: what they ask for, and that nothing typed becomes markup.
#include <regex>

#include "services/portal/page_complaint.h"
#include "services/portal/page_complaint_text.h"
#include "storage/base/text.h"
#include "tests/support/test.h"
#include "tests/unit/portal/complaint_fixtures.h"

namespace suyuan::portal {
namespace {

using testing::HasSubstr;
using testing::Not;
using text::Language;

std::vector<std::string> TagsOf(const std::string& page) {
  std::vector<std::string> tags;
  const std::regex tag("<[^>]*>");
  for (std::sregex_iterator at(page.begin(), page.end(), tag), end; at != end; ++at) {
    tags.push_back(at->str());
  }
  return tags;
}

TEST(ComplaintPageTest, AsksForTwoThingsAlone) {
  for (const Language language : {Language::kChinese, Language::kEnglish}) {
    const std::string page = ComplaintFormPage(EmptyDraft(), nullptr, language, FactsOf());
    std::set<std::string> required;
    const std::regex field("<(?:input|textarea)[^>]* name=([a-z]+)[^>]* required");
    for (std::sregex_iterator at(page.begin(), page.end(), field), end; at != end; ++at) {
      required.insert((*at)[1]);
    }
    EXPECT_EQ(required, (std::set<std::string>{"kind", "text", "ticket"}));
    EXPECT_THAT(page, HasSubstr("enctype=\"multipart/form-data\""));
    EXPECT_THAT(page, Not(HasSubstr("?complain=1")));  // It is that page already.
  }
}

TEST(ComplaintPageTest, SaysWhatItIsAboutOrAsks) {
  ComplaintDraft draft = EmptyDraft();
  EXPECT_THAT(ComplaintFormPage(draft, nullptr, Language::kChinese, FactsOf()),
              HasSubstr("name=code"));
  draft.about = "/t/7K2M9QX4RTV0ACDEFGHJ";
  draft.label = "7K2M9QX4RTV0ACDEFGHJ";
  const std::string page = ComplaintFormPage(draft, nullptr, Language::kEnglish, FactsOf());
  EXPECT_THAT(page, HasSubstr("About label 7K2M9QX4RTV0ACDEFGHJ"));
  EXPECT_THAT(page, HasSubstr("value=\"/t/7K2M9QX4RTV0ACDEFGHJ\""));
  EXPECT_THAT(page, Not(HasSubstr("name=code")));
  // The other language is about the same.
  EXPECT_THAT(page, HasSubstr("href=\"?about=/t/7K2M9QX4RTV0ACDEFGHJ&amp;lang=zh\""));
}

TEST(ComplaintPageTest, KeepsWhatWasTypedAndSaysWhatIsWrong) {
  const std::string page =
      ComplaintFormPage(FullDraft(), &words::kFaultPhoto, Language::kChinese, FactsOf());
  EXPECT_THAT(page, HasSubstr("role=alert>有一张照片不能用"));
  EXPECT_THAT(page, HasSubstr(">在县城市场买的豇豆，第二天就烂了。</textarea>"));
  EXPECT_THAT(page, HasSubstr("value=\"13900000000\""));
  EXPECT_THAT(page, HasSubstr("value=\"2\" checked"));
}

TEST(ComplaintPageTest, NothingTypedBecomesMarkup) {
  const ComplaintDraft plain = FullDraft();
  const auto expected =
      TagsOf(ComplaintFormPage(plain, nullptr, Language::kChinese, FactsOf())).size();
  for (const char* attempt : {"</textarea><script>alert(1)</script>", "\"><img src=x>",
                              "' onfocus='alert(1)", "<!--", "&lt;b&gt;"}) {
    ComplaintDraft draft = plain;
    draft.id = draft.text = draft.contact = draft.code = attempt;
    const std::string page = ComplaintFormPage(draft, nullptr, Language::kChinese, FactsOf());
    EXPECT_EQ(TagsOf(page).size(), expected) << attempt;
    v1::Complaint complaint = AnsweredComplaint();
    const auto ticket_tags =
        TagsOf(TicketPage(kTicket, complaint, Language::kEnglish, FactsOf())).size();
    complaint.set_text(attempt);
    complaint.set_authority_name(attempt);
    EXPECT_EQ(TagsOf(TicketPage(kTicket, complaint, Language::kEnglish, FactsOf())).size(),
              ticket_tags);
  }
}

TEST(TicketPageTest, SaysHowItStandsAndByWhen) {
  const std::string received =
      TicketPage(kTicket, ReceivedComplaint(), Language::kChinese, FactsOf());
  EXPECT_THAT(received, HasSubstr("举报已登记"));
  EXPECT_THAT(received, HasSubstr(">SY01 C9D8 E7F6 G5H4 J3K2<"));
  EXPECT_THAT(received, HasSubstr("第 7341905 号记录"));
  EXPECT_THAT(received, HasSubstr("<dt>最迟决定</dt><dd><bdi>2026年11月12日</bdi>"));
  EXPECT_THAT(received, Not(HasSubstr("最迟答复")));
  EXPECT_THAT(received, Not(HasSubstr("已经超过期限")));
  v1::Complaint late = ReceivedComplaint();
  late.set_overdue(true);
  EXPECT_THAT(TicketPage(kTicket, late, Language::kEnglish, FactsOf()),
              HasSubstr("The time is over"));
}

TEST(TicketPageTest, ShowsTheAnswerAndWhoGaveIt) {
  const std::string page = TicketPage(kTicket, AnsweredComplaint(), Language::kEnglish, FactsOf());
  EXPECT_THAT(page, HasSubstr("true, and dealt with by law"));
  EXPECT_THAT(page, HasSubstr("已责令下架并退款。"));
  EXPECT_THAT(page, HasSubstr("禄丰市市场监督管理局"));
  EXPECT_THAT(page, Not(HasSubstr("Answered by")));
  EXPECT_THAT(page, HasSubstr("href=\"?proof=file\""));
}

}  // namespace
}  // namespace suyuan::portal
