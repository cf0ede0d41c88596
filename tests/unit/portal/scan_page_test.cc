// What a consumer reads. The pages are written to $SUYUAN_PAGES_DIR where it is set, to be looked
// at.
#include "services/portal/scan_page.h"

#include <zlib.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

#include "google/protobuf/descriptor.h"
#include "services/http/server.h"
#include "services/portal/html.h"
#include "services/portal/page_complaint_text.h"
#include "services/portal/page_style.h"
#include "storage/base/text.h"
#include "tests/support/test.h"
#include "tests/unit/portal/complaint_fixtures.h"
#include "tests/unit/portal/page_fixtures.h"

namespace suyuan::portal {
namespace {

using testing::HasSubstr;
using testing::Not;
using text::Language;

constexpr size_t kPageMax = 10 << 10;   // Compressed.
constexpr size_t kHeaderMax = 1 << 10;  // Of its answer: wire_test.mjs measures it.

struct Case {
  const char* name;
  v1::ResolveLabelResponse label;
  Verdict verdict;
  const char* headline_zh;
  const char* headline_en;
  absl::Time now = At(6, 9, 15);
};

std::vector<Case> Cases() {
  return {
      {"tested", TestedLabel(), Verdict::kTested, "已检验，全部合格",
       "Tested: all results conform"},
      {"screened", ScreenedLabel(), Verdict::kScreened, "快速检测合格", "Passed rapid screening"},
      {"untested", UntestedLabel(), Verdict::kUntested, "本批没有检验记录",
       "No test on record for this batch"},
      {"unissued", UnissuedLabel(), Verdict::kUnissued, "已检测，报告尚未签发",
       "Tested: the report is not issued yet"},
      {"undecided", UndecidedLabel(), Verdict::kUndecided, "已检验，无法判定",
       "Tested, no verdict possible"},
      {"failed", FailedLabel(), Verdict::kFailed, "检验记录中有不合格项",
       "A test on record did not pass"},
      {"held", HeldLabel(), Verdict::kHeld, "暂停销售：正在核查",
       "Not for sale: under investigation"},
      {"recalled", RecalledLabel(), Verdict::kRecalled, "请勿食用：这批豇豆正在召回",
       "Do not eat: this Cowpea is being recalled"},
      {"voided", VoidedLabel(), Verdict::kVoided, "这枚标签已作废",
       "This label has been cancelled"},
      {"not_shipped", NotShippedLabel(), Verdict::kNotShipped, "已登记，尚未出库",
       "Recorded, not yet shipped"},
      {"expired", TestedLabel(), Verdict::kExpired, "已过建议食用期",
       "Past the time it is best eaten by", At(13, 9, 15)},
      {"not_applied", LabelIn(v1::LABEL_STATE_PRINTED), Verdict::kTested, "已检验，全部合格",
       "Tested: all results conform"},
      {"scanned", ScannedLabel(), Verdict::kUnusual, "这枚码的扫码情况不寻常",
       "Unusual activity on this code"},
      {"chilled", ChilledLabel({0, 80}, {20, 110}), Verdict::kUntested, "本批没有检验记录",
       "No test on record for this batch"},
      {"certified", CertifiedLabel(), Verdict::kTested, "已检验，全部合格",
       "Tested: all results conform"},
      {"pin", PinLabel(), Verdict::kTested, "已检验，全部合格", "Tested: all results conform"},
      {"largest", LargestLabel(), Verdict::kTested, "已检验，全部合格",
       "Tested: all results conform"},
  };
}

std::string Gunzip(const std::string& compressed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);  // The gzip wrapper, its checks included.
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

void Keep(const std::string& name, const std::string& page) {
  const char* dir = std::getenv("SUYUAN_PAGES_DIR");
  if (dir != nullptr) std::ofstream(StrCat(dir, "/", name, ".html")) << page;
}

std::string PageOf(const Case& of, Language language) {
  return ScanPage(of.label, language, FactsOf(of.now));
}

// Every page there is, by name.
std::vector<std::pair<std::string, std::string>> AllPages() {
  std::vector<std::pair<std::string, std::string>> pages;
  for (const Language language : {Language::kChinese, Language::kEnglish}) {
    const std::string suffix = language == Language::kChinese ? "-zh" : "-en";
    for (const Case& of : Cases()) pages.emplace_back(of.name + suffix, PageOf(of, language));
    PageFacts large = FactsOf();
    large.large = true;
    pages.emplace_back("large" + suffix, ScanPage(TestedLabel(), language, large));
    pages.emplace_back("not_found" + suffix, NotFoundPage(language, FactsOf()));
    pages.emplace_back("product" + suffix, ProductPage(KnownProduct(), false, language, FactsOf()));
    pages.emplace_back("batch_unknown" + suffix,
                       ProductPage(KnownProduct(), true, language, FactsOf()));
    pages.emplace_back("unavailable" + suffix, UnavailablePage(language, FactsOf()));
    pages.emplace_back("welcome" + suffix, WelcomePage(language, FactsOf()));
    pages.emplace_back("empty" + suffix, ScanPage({}, language, FactsOf()));
    pages.emplace_back("complaint" + suffix,
                       ComplaintFormPage(EmptyDraft(), nullptr, language, FactsOf()));
    pages.emplace_back("complaint_refused" + suffix,
                       ComplaintFormPage(FullDraft(), &words::kFaultPhoto, language, FactsOf()));
    pages.emplace_back("large-complaint" + suffix,
                       ComplaintFormPage(FullDraft(), nullptr, language, large));
    for (const auto& [name, complaint] :
         {std::pair("received", ReceivedComplaint()), std::pair("accepted", AcceptedComplaint()),
          std::pair("answered", AnsweredComplaint())}) {
      pages.emplace_back(StrCat("ticket_", name, suffix),
                         TicketPage(kTicket, complaint, language, FactsOf()));
    }
    pages.emplace_back("ticket_unknown" + suffix, TicketUnknownPage(language, FactsOf()));
  }
  return pages;
}

std::string HeadlineOf(const std::string& page) {
  const size_t begin = page.find("<h1>"), end = page.find("</h1>");
  return std::regex_replace(page.substr(begin, end - begin), std::regex("<[^>]*>"), "");
}

TEST(ScanPageTest, SaysTheVerdictFirstInBothLanguages) {
  for (const Case& of : Cases()) {
    EXPECT_EQ(VerdictOf(of.label, of.now), of.verdict) << of.name;
    EXPECT_EQ(HeadlineOf(PageOf(of, Language::kChinese)), of.headline_zh);
    EXPECT_EQ(HeadlineOf(PageOf(of, Language::kEnglish)), of.headline_en);
  }
}

// What nobody stands for makes nothing green and hides nothing; a bad one is told at once.
TEST(ScanPageTest, AResultThatIsNotIssuedIsNoGoodNews) {
  v1::ResolveLabelResponse label = UnissuedLabel();
  const std::string page = ScanPage(label, Language::kChinese, FactsOf());
  EXPECT_THAT(page, HasSubstr("检测完成，报告待签发"));
  EXPECT_THAT(page, Not(HasSubstr("都在限量以内")));
  EXPECT_THAT(page, Not(HasSubstr("class=\"v ok\"")));
  // Newer than a failed one: that stays what is said.
  label = FailedLabel();
  v1::Journey& journey = *label.mutable_journey();
  AddUnissuedTest(journey);
  journey.mutable_tests()->SwapElements(0, journey.tests_size() - 1);
  EXPECT_EQ(VerdictOf(label, At(6, 0, 0)), Verdict::kFailed);
  // Newer than a good one that was issued: that stays too, with its own evidence.
  label = TestedLabel();
  v1::Test& newer = AddUnissuedTest(*label.mutable_journey());
  newer.set_lab_name("另一检测中心");
  label.mutable_journey()->mutable_tests()->SwapElements(0, 1);
  EXPECT_EQ(VerdictOf(label, At(6, 0, 0)), Verdict::kTested);
  EXPECT_THAT(ScanPage(label, Language::kChinese, FactsOf()), HasSubstr("11月4日检验 6 项"));
  // Bad, and not issued.
  label = UntestedLabel();
  v1::Test& bad = AddTest(*label.mutable_journey(), claim::v1::VERDICT_NON_CONFORMANT);
  bad.set_provisional(true);
  AddMeasured(bad, "毒死蜱", "chlorpyrifos", 35'000, 20'000);
  EXPECT_EQ(VerdictOf(label, At(6, 0, 0)), Verdict::kFailed);
  EXPECT_THAT(ScanPage(label, Language::kChinese, FactsOf()), HasSubstr("报告尚未签发"));
}

// Whoever eats must learn the worst first, whatever else is true.
TEST(ScanPageTest, TheGravestStateWins) {
  v1::ResolveLabelResponse label = RecalledLabel();
  label.set_voided(true);
  EXPECT_EQ(VerdictOf(label, At(30, 0, 0)), Verdict::kRecalled);
  label.mutable_journey()->clear_recall();
  EXPECT_EQ(VerdictOf(label, At(30, 0, 0)), Verdict::kHeld);
  label.mutable_journey()->set_on_hold(false);
  EXPECT_EQ(VerdictOf(label, At(30, 0, 0)), Verdict::kVoided);
  label.set_voided(false);
  EXPECT_EQ(VerdictOf(label, At(30, 0, 0)), Verdict::kFailed);
  label.mutable_journey()->clear_tests();
  EXPECT_EQ(VerdictOf(label, At(30, 0, 0)), Verdict::kExpired);
  EXPECT_EQ(VerdictOf(label, At(6, 0, 0)), Verdict::kUntested);
}

TEST(ScanPageTest, ARecheckThatPassedStandsAboveTheResultBefore) {
  v1::ResolveLabelResponse label = FailedLabel();
  v1::Journey again;
  again.mutable_batch()->set_name(label.batch());
  AddLaboratoryTest(again);
  *again.add_tests() = label.journey().tests(0);
  *label.mutable_journey()->mutable_tests() = again.tests();  // Newest first.
  EXPECT_EQ(VerdictOf(label, At(6, 0, 0)), Verdict::kTested);
  EXPECT_THAT(ScanPage(label, Language::kChinese, FactsOf()), HasSubstr("超过限量的有：毒死蜱"))
      << "the failed result stays on the page";
}

TEST(ScanPageTest, TellsWhereWhenWhatAndHow) {
  const std::string page = ScanPage(TestedLabel(), Language::kChinese, FactsOf());
  for (const char* said : {"豇豆",
                           "黑井镇 · 复隆村",
                           "禄丰黑井兴农蔬菜专业合作社",
                           "3 号棚 · 大棚",
                           "2026年11月4日 07:10",
                           "距采收 50 小时",
                           "420 千克",
                           "500 克",
                           "特级",
                           "SY010A2B3C4D5E6F7G8H",
                           "查了 6 项，都在限量以内",
                           "毒死蜱",
                           "未检出（&lt;0.01）",
                           "0.082",
                           "GB 2763-2026",
                           "GB 23200.121-2021",
                           "发往 金山县级集散中心",
                           "到达，收货 418 千克",
                           "其间 25 小时没有记录",
                           "用药和施肥的经过",
                           "第 7341905 号记录",
                           "GetRecordProof",
                           "第 123 枚",
                           "tel:12315",
                           "datetime=\"2026-11-04T07:10:00+08:00\""}) {
    EXPECT_THAT(page, HasSubstr(said));
  }
  const std::string english = ScanPage(TestedLabel(), Language::kEnglish, FactsOf());
  for (const char* said : {"Cowpea", "4 Nov 2026, 07:10", "420 kg", "chlorpyrifos", "mg/kg",
                           "none found (&lt;0.01)", "record 7341905", "greenhouse"}) {
    EXPECT_THAT(english, HasSubstr(said));
  }
}

TEST(ScanPageTest, ARecallSaysWhyWhoAndWhatToDo) {
  const std::string page = ScanPage(RecalledLabel(), Language::kChinese, FactsOf());
  for (const char* said : {"凭标签全额退款", "农药残留超标", "二级", "禄丰市农业农村局",
                           "2026年11月5日 08:30", "不要吃", "退回购买的地方"}) {
    EXPECT_THAT(page, HasSubstr(said));
  }
  EXPECT_LT(page.find("凭标签全额退款"), page.find("黑井镇")) << "before anything about the goods";
  EXPECT_THAT(ScanPage(RecalledLabel(), Language::kEnglish, FactsOf()),
              HasSubstr("take them back for a full refund"));
}

TEST(ScanPageTest, AFailedValueIsSaidInWordsNotInColourAlone) {
  const std::string page = ScanPage(FailedLabel(), Language::kChinese, FactsOf());
  EXPECT_THAT(page, HasSubstr("查了 3 项，超过限量的有：毒死蜱"));
  EXPECT_THAT(page, HasSubstr("0.0315<br>超过限量"));
  EXPECT_LT(page.find("0.0315"), page.find("0.082")) << "what failed stands first";
}

// Whoever receives measures; what is out of range is said in words, and marked.
TEST(ScanPageTest, TellsTemperaturesOnTheWayBesideWhatWasAsked) {
  const struct {
    std::pair<int, int> keep, measured;
    const char *zh, *en;
    bool off;
  } kCases[] = {
      {{0, 80},
       {20, 60},
       "途中或到货时 2–6 ℃（要求 0–8 ℃）",
       "2–6 °C on the way or on arrival (0–8 °C asked)",
       false},
      {{0, 80},
       {0, 80},
       "途中或到货时 0–8 ℃（要求 0–8 ℃）",
       "0–8 °C on the way or on arrival (0–8 °C asked)",
       false},
      {{0, 80},
       {20, 110},
       "途中或到货时 2–11 ℃，高于要求的 8 ℃",
       "2–11 °C on the way or on arrival, above the 8 °C asked",
       true},
      {{0, 80},
       {-1, 80},
       "途中或到货时 −0.1 至 8 ℃，低于要求的 0 ℃",
       "−0.1 to 8 °C on the way or on arrival, below the 0 °C asked",
       true},
      {{20, 80},
       {0, 110},
       "途中或到货时 0–11 ℃，高于也低于要求的 2–8 ℃",
       "0–11 °C on the way or on arrival, both above and below the 2–8 °C asked",
       true},
  };
  for (const auto& of : kCases) {
    const v1::ResolveLabelResponse label = ChilledLabel(of.keep, of.measured);
    const std::string zh = ScanPage(label, Language::kChinese, FactsOf());
    EXPECT_THAT(zh, HasSubstr(StrCat(of.off ? "<span class=off>" : "<span>", of.zh, "</span>")));
    EXPECT_THAT(zh, HasSubstr("<span>要求 ")) << "beside the step that sent it";
    EXPECT_THAT(zh, Not(HasSubstr("未记录</li>")));
    EXPECT_THAT(zh, HasSubstr("<li>运输全程的温度</li>")) << "a reading is not the whole way";
    EXPECT_THAT(ScanPage(label, Language::kEnglish, FactsOf()), HasSubstr(of.en));
  }
  v1::ResolveLabelResponse label = ChilledLabel({0, 80}, {20, 60});
  for (v1::TimelineEntry& step : *label.mutable_journey()->mutable_steps()) step.clear_keep();
  const std::string page = ScanPage(label, Language::kChinese, FactsOf());
  EXPECT_THAT(page, HasSubstr("<span>途中或到货时 2–6 ℃</span>"));
  EXPECT_THAT(page, Not(HasSubstr("要求")));
}

// A label that was cancelled may stick on anything.
TEST(ScanPageTest, ACancelledLabelVouchesForNothing) {
  const std::string page = ScanPage(VoidedLabel(), Language::kChinese, FactsOf());
  EXPECT_THAT(page, Not(HasSubstr("都在限量以内")));
  EXPECT_THAT(page, Not(HasSubstr("金山县级集散中心")));
}

// Facts of the label itself; they never stand above what is known of the goods.
TEST(ScanPageTest, TellsTheStepsOfTheLabelInBothLanguages) {
  const struct {
    v1::ResolveLabelResponse label;
    const char *zh, *en;
  } kCases[] = {
      {LabelIn(v1::LABEL_STATE_GENERATED), "没有登记它印制过", "Not recorded as printed"},
      {LabelIn(v1::LABEL_STATE_PRINTED), "11月4日印制，还没有登记贴到商品上",
       "Printed on 4 Nov, not yet recorded as put on a pack"},
      {LabelIn(v1::LABEL_STATE_APPLIED), "11月4日贴到商品上", "Put on its pack on 4 Nov"},
      {LabelIn(v1::LABEL_STATE_RETIRED, claim::v1::RETIRE_CAUSE_SOLD), "11月4日登记为已售出",
       "Recorded as sold on 4 Nov"},
      {LabelIn(v1::LABEL_STATE_RETIRED, claim::v1::RETIRE_CAUSE_DESTROYED),
       "11月4日登记为已销毁。如果这件商品还在出售，请问卖家",
       "Recorded as destroyed on 4 Nov. If the pack is still on sale, ask the seller"},
  };
  for (const auto& of : kCases) {
    const std::string zh = ScanPage(of.label, Language::kChinese, FactsOf());
    EXPECT_THAT(zh, HasSubstr(of.zh));
    EXPECT_EQ(HeadlineOf(zh), "已检验，全部合格");
    EXPECT_THAT(ScanPage(of.label, Language::kEnglish, FactsOf()), HasSubstr(of.en));
  }
  v1::ResolveLabelResponse silent = LabelIn(v1::LABEL_STATE_GENERATED);
  silent.set_steps_recorded(false);  // Its party keeps no book of its labels: nothing follows.
  EXPECT_THAT(ScanPage(silent, Language::kChinese, FactsOf()), Not(HasSubstr("这枚标签")));
}

TEST(ScanPageTest, TellsWhenItWasFirstScannedAndWarnsOfUnusualActivity) {
  v1::ResolveLabelResponse label = ScannedLabel();
  const std::string zh = ScanPage(label, Language::kChinese, FactsOf());
  EXPECT_THAT(zh, HasSubstr("首次扫码：2026年11月5日。近 90 天里扫过 6–20 次。"));
  EXPECT_THAT(zh, HasSubstr("请问卖家，并核对品名、净含量和等级"));
  EXPECT_THAT(zh, HasSubstr("可能有人复制了它，也可能只是给许多人看过"));
  EXPECT_EQ(HeadlineOf(zh), "这枚码的扫码情况不寻常");
  EXPECT_THAT(zh, HasSubstr("查了 6 项，都在限量以内"));  // What is recorded stands all the same.
  const std::string en = ScanPage(label, Language::kEnglish, FactsOf());
  EXPECT_THAT(en,
              HasSubstr("First scanned on 5 Nov 2026. Scanned 6–20 times in the last 90 days."));
  EXPECT_THAT(HeadlineOf(en), HasSubstr("Unusual activity"));
  EXPECT_THAT(en, HasSubstr("Ask the seller, and compare name, content and grade"));
  label.mutable_scans()->Clear();
  EXPECT_THAT(ScanPage(label, Language::kEnglish, FactsOf()),
              HasSubstr("No earlier scan of this code is on record"));
  for (const char* hostile : {"<script>", "2026-13-77", "x", "99999999999999999999"}) {
    label.mutable_scans()->set_first_day(hostile);
    EXPECT_THAT(ScanPage(label, Language::kEnglish, FactsOf()),
                HasSubstr("No earlier scan of this code is on record"));
  }
}

TEST(ScanPageTest, TellsTheFirstScansProvinceAndThatProvincesAreCountedWhereTheyAre) {
  v1::ResolveLabelResponse label = ScannedLabel();
  label.mutable_scans()->set_first_place("CN-YN");
  PageFacts facts = FactsOf();
  EXPECT_THAT(ScanPage(label, Language::kChinese, facts), Not(HasSubstr("云南")));
  EXPECT_THAT(ScanPage(label, Language::kChinese, facts), Not(HasSubstr("哪个省")));
  facts.places = true;
  const std::string zh = ScanPage(label, Language::kChinese, facts);
  EXPECT_THAT(zh, HasSubstr("首次扫码：2026年11月5日，云南。近 90 天"));
  EXPECT_THAT(zh, HasSubstr("只记这枚码哪天、在哪个省或国家被扫"));
  EXPECT_THAT(ScanPage(label, Language::kEnglish, facts),
              HasSubstr("First scanned on 5 Nov 2026 in Yunnan. Scanned"));
  label.mutable_scans()->set_first_place("<script>");
  EXPECT_THAT(ScanPage(label, Language::kChinese, facts), HasSubstr("2026年11月5日。近 90 天"));
}

// Whoever scans another system's label learns whose labels these are.
TEST(ScanPageTest, AnUnknownCodesPageSaysWhatThisServiceCovers) {
  PageFacts facts = FactsOf();
  EXPECT_THAT(NotFoundPage(Language::kChinese, facts), HasSubstr("这里只有网址以 https://"));
  facts.covers_zh = "<禄丰市>的农产品";
  EXPECT_THAT(NotFoundPage(Language::kChinese, facts),
              HasSubstr("这里（&lt;禄丰市&gt;的农产品）只有网址以 https://"));
  EXPECT_THAT(NotFoundPage(Language::kEnglish, facts), HasSubstr("labels of this one (&lt;禄丰市"));
  facts.covers_en = "farm produce of Lufeng";
  EXPECT_THAT(NotFoundPage(Language::kEnglish, facts),
              HasSubstr("labels of this one (farm produce of Lufeng) have addresses"));
}

// A recall, a hold and what is wrong with the goods come first.
TEST(ScanPageTest, UnusualActivityHidesNothingThatIsWrongWithTheGoods) {
  for (v1::ResolveLabelResponse label :
       {RecalledLabel(), HeldLabel(), VoidedLabel(), FailedLabel()}) {
    const Verdict verdict = VerdictOf(label, At(6, 9, 15));
    label.mutable_scans()->set_unusual(true);
    EXPECT_EQ(VerdictOf(label, At(6, 9, 15)), verdict);
  }
  EXPECT_EQ(VerdictOf(ScannedLabel(), At(13, 9, 15)), Verdict::kExpired);
}

TEST(ScanPageTest, AsksForAPinWithAFormAndSaysWhatCameOfIt) {
  v1::ResolveLabelResponse label = TestedLabel();
  EXPECT_THAT(ScanPage(label, Language::kChinese, FactsOf()), Not(HasSubstr("name=pin")));
  label.set_has_pin(true);
  EXPECT_THAT(ScanPage(label, Language::kChinese, FactsOf()), HasSubstr("<form method=post"));
  PageFacts facts = FactsOf();
  v1::CheckLabelPinResponse& pin = facts.pin.emplace();
  const auto says = [&](Language language) { return ScanPage(label, language, facts); };
  pin.set_outcome(v1::PIN_OUTCOME_RIGHT);
  EXPECT_THAT(says(Language::kChinese), HasSubstr("数字相符，此前没有人输对过"));
  EXPECT_THAT(says(Language::kChinese), Not(HasSubstr("name=pin")));
  pin.set_first_day("2026-11-05");
  EXPECT_THAT(says(Language::kChinese),
              HasSubstr("2026年11月5日已经有人输对过：如果不是您，请问卖家"));
  EXPECT_THAT(says(Language::kEnglish), HasSubstr("Somebody typed them first on 5 Nov 2026"));
  pin.set_outcome(v1::PIN_OUTCOME_WRONG);
  pin.set_tries_left(3);
  EXPECT_THAT(says(Language::kEnglish), HasSubstr("Tries left: 3."));
  EXPECT_THAT(says(Language::kEnglish), HasSubstr("name=pin"));
  pin.set_outcome(v1::PIN_OUTCOME_LOCKED);
  *pin.mutable_until_time() = domain::StampOf(At(7, 9, 0));
  EXPECT_THAT(says(Language::kChinese),
              HasSubstr("已经 5 次不符，2026年11月7日 09:00 以后才能再试"));
  pin.set_outcome(v1::PIN_OUTCOME_TOO_MANY_HERE);
  EXPECT_THAT(says(Language::kEnglish), HasSubstr("Too many tries from here"));
  facts.kept_script = "x";  // A page that is kept asks nobody.
  EXPECT_THAT(says(Language::kEnglish), Not(HasSubstr("name=pin")));
}

TEST(ScanPageTest, SaysWhatIsNotRecorded) {
  v1::ResolveLabelResponse label = UntestedLabel();
  label.mutable_journey()->mutable_origins(0)->clear_village();
  label.mutable_journey()->mutable_steps()->RemoveLast();  // It never arrived.
  const std::string page = ScanPage(label, Language::kChinese, FactsOf());
  for (const char* missing :
       {"实验室检验", "具体的村或地块", "运输全程的温度", "发出之后到了哪里"}) {
    EXPECT_THAT(page, HasSubstr(missing));
  }
  const std::string full = ScanPage(TestedLabel(), Language::kChinese, FactsOf());
  for (const char* known : {"<li>实验室检验", "具体的村或地块", "发出之后到了哪里"}) {
    EXPECT_THAT(full, Not(HasSubstr(known)));
  }
}

TEST(ScanPageTest, SaysWhichTemperaturesWereAskedAndNotMeasured) {
  v1::ResolveLabelResponse label = ChilledLabel({0, 80}, {20, 60});
  v1::Journey& journey = *label.mutable_journey();
  v1::TimelineEntry& received = *journey.mutable_steps()->rbegin();
  received.clear_measured();
  const auto says = [&] { return ScanPage(label, Language::kChinese, FactsOf()); };
  EXPECT_THAT(says(), HasSubstr("<li>运输途中的温度：要求 0–8 ℃，未记录</li>"));
  *journey.add_steps() = received;
  const std::string twice = says();
  EXPECT_EQ(twice.find("未记录</li>"), twice.rfind("未记录</li>")) << "each range once";
  for (v1::TimelineEntry& step : *journey.mutable_steps()) step.clear_keep();
  EXPECT_THAT(says(), Not(HasSubstr("未记录</li>"))) << "nothing was asked";
}

// Judged as of the harvest of 4 November, and read on the 6th.
TEST(ScanPageTest, TellsACertificationThatHeldAtHarvestAndWhoCheckedIt) {
  const std::string page = ScanPage(CertifiedLabel(), Language::kChinese, FactsOf());
  for (const char* said :
       {"<h2 class=s>认证</h2>", "<h3>绿色食品</h3>", "编号 SAMPLE-1", "样例绿色食品发展中心",
        "有效期 2026-01-01 至 2028-12-31", "✓ </span>采收时有效</p>", "<h3>良好农业规范</h3>",
        "✗ </span>采收时有效，已于 2026-11-05 撤销",
        "核对：禄丰市农业农村局，2026年11月1日，第 7210044 号记录"}) {
    EXPECT_THAT(page, HasSubstr(said));
  }
  EXPECT_LT(page.find("来自哪里"), page.find("<h2 class=s>认证"));
  EXPECT_LT(page.find("<h2 class=s>认证"), page.find("检验结果"));
  EXPECT_THAT(page, Not(HasSubstr("有机产品"))) << "it began after the harvest";
  EXPECT_THAT(page, Not(HasSubstr("绿色食品、有机等认证")));
  const std::string english = ScanPage(CertifiedLabel(), Language::kEnglish, FactsOf());
  for (const char* said : {"green food", "No. SAMPLE-1", "Valid from 2026-01-01 to 2028-12-31",
                           "Valid at harvest; withdrawn on 2026-11-05",
                           "Checked by 禄丰市农业农村局 on 1 Nov 2026, record 7210044"}) {
    EXPECT_THAT(english, HasSubstr(said));
  }
}

TEST(ScanPageTest, ACertificationCountsByTheDaysOfAllHarvests) {
  constexpr auto kWithdrawn = claim::v1::CertificationEnd::CAUSE_WITHDRAWN;
  const struct {
    const char *from, *until, *ended, *said;  // Nothing said: as if there were none.
  } kCases[] = {
      {"2026-11-04", "2026-11-04", "", "采收时有效，2026-11-04 到期"},
      {"2026-01-01", "2026-11-06", "", "✓ </span>采收时有效</p>"},
      {"2026-11-05", "2028-12-31", "", ""},
      {"2026-01-01", "2026-11-03", "", ""},
      {"2026-01-01", "2028-12-31", "2026-11-05", "已于 2026-11-05 撤销"},
      {"2026-01-01", "2028-12-31", "2026-11-04", ""},
  };
  for (const auto& of : kCases) {
    v1::ResolveLabelResponse label = TestedLabel();
    v1::HeldCertification& held = AddCertification(
        *label.mutable_journey(), claim::v1::CERTIFICATION_SCHEME_ORGANIC, of.from, of.until);
    if (*of.ended != 0) EndOn(of.ended, kWithdrawn, held);
    const bool counts = *of.said != 0;
    const std::string page = ScanPage(label, Language::kChinese, FactsOf());
    EXPECT_THAT(page, HasSubstr(of.said));
    EXPECT_EQ(page.find("<h3>有机产品</h3>") != std::string::npos, counts) << of.from;
    EXPECT_EQ(page.find("<li>绿色食品、有机等认证") == std::string::npos, counts) << of.from;
  }
  // Of several harvests the first and the last: one was before the certification began.
  v1::ResolveLabelResponse mixed = CertifiedLabel();
  *mixed.mutable_journey()->mutable_first_harvest_time() =
      domain::StampOf(At(4, 7, 0) - absl::Hours(24 * 365));
  EXPECT_THAT(ScanPage(mixed, Language::kEnglish, FactsOf()),
              HasSubstr("<li>Certifications such as green food or organic"));
}

// Nobody can tell from a label whether the goods are what it says: no page may.
TEST(ScanPageTest, NeverCallsAnythingGenuineOrFake) {
  for (const auto& [name, page] : AllPages()) {
    for (const char* word : {"正品", "真品", "假货", "假冒", "防伪", "genuine", "Genuine", "fake",
                             "Fake", "authentic", "counterfeit"}) {
      EXPECT_THAT(page, Not(HasSubstr(word))) << name;
    }
  }
}

TEST(ScanPageTest, IsSmallAndWholeAndLoadsNothing) {
  for (const auto& [name, page] : AllPages()) {
    Keep(name, page);
    EXPECT_LE(http::Gzip(page).size(), kPageMax) << name;
    for (const char* loads :
         {"<script", "<img", "<link", "<iframe", "@import", "url(", "style=\""}) {
      EXPECT_THAT(page.substr(page.find("<body>")), Not(HasSubstr(loads))) << name;
    }
    EXPECT_FALSE(std::regex_search(page, std::regex("<[^>]* on[a-z]+="))) << name << ": a handler";
    EXPECT_FALSE(std::regex_search(page, std::regex("\\{[a-z]+\\}"))) << name << ": a blank";
  }
}

// The one script is the portal's own; in a kept page it and the proof stand in the page.
TEST(ScanPageTest, TheCheckIsOneScriptAndAKeptPageNeedsNothingElse) {
  PageFacts facts = FactsOf();
  facts.log_key = "lufeng/0011+01234567+AQ==";
  facts.script = "/s/verify-0.js";
  facts.fallback_script = "/s/ed25519-0.js";
  const std::string page = ScanPage(TestedLabel(), Language::kEnglish, facts);
  EXPECT_THAT(page, HasSubstr("<script type=module src=\"/s/verify-0.js\"></script>"));
  EXPECT_EQ(page.find("<script"), page.rfind("<script"));
  EXPECT_THAT(page, HasSubstr("data-batch=\"batches/SY010A2B3C4D5E6F7G8H\""));
  EXPECT_THAT(page, HasSubstr("record {sequence}"));
  for (const Language language : {Language::kChinese, Language::kEnglish}) {
    EXPECT_LE(http::Gzip(ScanPage(LargestLabel(), language, facts)).size(), kPageMax - kHeaderMax);
  }
  facts.kept_proof = R"({"tlogProof":"</script><script>alert(1)</script>"})";
  facts.kept_script = "show()";
  const std::string kept = ScanPage(TestedLabel(), Language::kEnglish, facts);
  EXPECT_THAT(kept,
              HasSubstr(R"({"tlogProof":"\u003c/script>\u003cscript>alert(1)\u003c/script>"})"));
  EXPECT_THAT(kept, HasSubstr("<script>show()</script></body>"));
  EXPECT_THAT(kept, HasSubstr("script-src &#39;sha256-"));
  EXPECT_THAT(kept, Not(HasSubstr("/s/")));
  EXPECT_THAT(kept, Not(HasSubstr("href=\"?")));  // Nothing that a file could not answer.
}

// What is compressed once is exactly what every page begins with.
TEST(ScanPageTest, EveryPageBeginsWithTheOneBeginning) {
  for (const auto& [name, page] : AllPages()) {
    const Language language = name.ends_with("-zh") ? Language::kChinese : Language::kEnglish;
    EXPECT_THAT(page, testing::StartsWith(PageBeginning(language, name.starts_with("large-"))));
  }
}

// What is kept between scans: one batch's labels differ in their ends alone, and a void one wholly.
TEST(ScanPageTest, LabelsOfABatchShareAllButTheEnd) {
  v1::ResolveLabelResponse one = TestedLabel(), other = TestedLabel();
  other.set_number(4711);
  const PageFacts facts = FactsOf();
  EXPECT_EQ(ScanPageBody(one, Language::kEnglish, facts),
            ScanPageBody(other, Language::kEnglish, facts));
  EXPECT_THAT(ScanPageEnd(4711, Language::kEnglish, facts), HasSubstr("4711"));
  EXPECT_EQ(
      ScanPage(other, Language::kEnglish, facts),
      ScanPageBody(one, Language::kEnglish, facts) + ScanPageEnd(4711, Language::kEnglish, facts));
  other.set_voided(true);
  EXPECT_NE(ScanPageBody(one, Language::kEnglish, facts),
            ScanPageBody(other, Language::kEnglish, facts));
}

TEST(GzipPrefixTest, WithTheRestIsWhatTheWholeIs) {
  const http::GzipPrefix prefix(PageBeginning(Language::kChinese, false));
  for (const size_t size : {0, 1, 199, 200, 201, 255, 256, 100'000}) {
    const std::string rest(size, 'y');
    EXPECT_EQ(Gunzip(prefix.With(rest)), prefix.text() + rest) << size;
  }
  EXPECT_EQ(Gunzip(http::Gzip("")), "");
}

// Fills every string of a message, at any depth, with `text`.
void FillStrings(google::protobuf::Message* message, const std::string& text, int depth = 0) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (field->is_repeated()) {
        reflection->AddString(message, field, text);
      } else {
        reflection->SetString(message, field, text);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth < 6) {
      FillStrings(field->is_repeated() ? reflection->AddMessage(message, field)
                                       : reflection->MutableMessage(message, field),
                  text, depth + 1);
    }
  }
}

std::vector<std::string> TagsOf(const std::string& page) {
  std::vector<std::string> tags;
  const std::regex tag("<[^>]*>");
  for (std::sregex_iterator at(page.begin(), page.end(), tag), end; at != end; ++at) {
    tags.push_back(at->str());
  }
  return tags;
}

// Whatever stands in a string, in whatever field, the page has the same tags as with plain words.
TEST(ScanPageTest, NoStringOfAnyFieldBecomesMarkup) {
  const std::string attempts[] = {
      "<script>alert(1)</script>",
      "\"><img src=x onerror=alert(1)>",
      "' onmouseover='alert(1)",
      "</title><script>alert(1)</script>",
      "</style><script>alert(1)</script>",
      "<!--",
      "&lt;script&gt;",
      "<svg/onload=alert(1)>",
      "javascript:alert(1)",
      "{product}{names}{detail}",
      std::string("a\0<b>", 5),
      "\xE2\x80\xAE<b>",
      "]]><b>",
      "`<b>`",
      "<\xEF\xBB\xBFscript>",
  };
  for (const Language language : {Language::kChinese, Language::kEnglish}) {
    v1::ResolveLabelResponse plain;
    FillStrings(&plain, "word");
    PageFacts plain_facts = FactsOf();
    plain_facts.public_url = "word";
    const std::vector<std::string> expected = TagsOf(ScanPage(plain, language, plain_facts));
    ASSERT_GT(expected.size(), 50u);
    for (const std::string& attempt : attempts) {
      v1::ResolveLabelResponse label;
      FillStrings(&label, attempt);
      PageFacts facts = FactsOf();
      facts.public_url = attempt;
      EXPECT_EQ(TagsOf(ScanPage(label, language, facts)), expected) << attempt;
    }
  }
}

TEST(ScanPageTest, DropsCharactersThatHideOrReorder) {
  Html html;
  html.Text(
      "a\xE2\x80\xAE"
      "b\xE2\x81\xA6"
      "c\xEF\xBB\xBF"
      "d\x01"
      "e\xE2\x80\x9C中\xE2\x80\x9D");
  EXPECT_EQ(html.Take(), "abcde\xE2\x80\x9C中\xE2\x80\x9D");
}

// Its code is every pack's: nothing is said that is some pack's alone.
TEST(ScanPageTest, AProductsOwnCodeSaysNoMoreThanItsRegistration) {
  const std::string zh = ProductPage(KnownProduct(), false, Language::kChinese, FactsOf());
  EXPECT_EQ(HeadlineOf(zh), "这个码只说明是什么商品");
  for (const char* said :
       {"豇豆", "Cowpea", "09520123456788", "500 克", "禄丰黑井兴农蔬菜专业合作社",
        "输入它下面的 20 位码", "不能说明您手里的就是它", "<header class=v>"}) {
    EXPECT_THAT(zh, HasSubstr(said));
  }
  EXPECT_THAT(zh, Not(HasSubstr("没有查到您扫的这个码")));
  EXPECT_THAT(zh, Not(HasSubstr("特级"))) << "a grade is a batch's";
  const std::string en = ProductPage(KnownProduct(), true, Language::kEnglish, FactsOf());
  EXPECT_EQ(HeadlineOf(en), "A product’s code, not one pack’s");
  EXPECT_THAT(en, HasSubstr("The code that you scanned was not found"));
  EXPECT_THAT(en, HasSubstr("Registered by"));
  const v1::ResolveProductResponse nothing;
  EXPECT_THAT(ProductPage(nothing, false, Language::kEnglish, FactsOf()),
              Not(HasSubstr("Registered by")));
  v1::ResolveProductResponse hostile = KnownProduct();
  hostile.mutable_product()->set_name("<script>alert(1)</script>");
  hostile.set_party_name("\"><img src=x>");
  EXPECT_EQ(TagsOf(ProductPage(hostile, true, Language::kEnglish, FactsOf())), TagsOf(en));
}

TEST(ScanPageTest, LinksKeepTheLanguageAndTheSize) {
  PageFacts facts = FactsOf();
  const std::string page = ScanPage(TestedLabel(), Language::kChinese, facts);
  EXPECT_THAT(page, HasSubstr("href=\"?lang=en\""));
  EXPECT_THAT(page, HasSubstr("href=\"?lang=zh&amp;big=1\""));
  EXPECT_THAT(page, HasSubstr("<html lang=\"zh-CN\">"));
  facts.large = true;
  const std::string large = ScanPage(TestedLabel(), Language::kEnglish, facts);
  EXPECT_THAT(large, HasSubstr("href=\"?lang=zh&amp;big=1\""));
  EXPECT_THAT(large, HasSubstr("href=\"?lang=en\""));
  EXPECT_THAT(large, HasSubstr("<html lang=\"en\" class=big>"));
}

// The colours of one scheme, by their names in the style: "ink" → {28, 34, 31}.
std::map<std::string, std::array<int, 3>> ColoursIn(const std::string& rules) {
  std::map<std::string, std::array<int, 3>> colours;
  const std::regex colour("--([a-z]+):#([0-9a-f]{3,6})[;}]");
  for (std::sregex_iterator at(rules.begin(), rules.end(), colour), end; at != end; ++at) {
    std::string hex = (*at)[2];
    if (hex.size() == 3) hex = {hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]};
    for (int i = 0; i < 3; ++i) {
      colours[(*at)[1]][i] = std::stoi(hex.substr(static_cast<size_t>(i) * 2, 2), nullptr, 16);
    }
  }
  return colours;
}

// WCAG 2.2: relative luminance and contrast ratio.
double Luminance(const std::array<int, 3>& colour) {
  double parts[3];
  for (int i = 0; i < 3; ++i) {
    const double c = colour[i] / 255.0;
    parts[i] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
double Contrast(const std::array<int, 3>& a, const std::array<int, 3>& b) {
  const double one = Luminance(a), other = Luminance(b);
  return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
}

TEST(ScanPageTest, EveryPairOfColoursCanBeRead) {
  const std::string style(kStyle.text());
  const size_t dark = style.find("@media(prefers-color-scheme:dark)");
  ASSERT_NE(dark, std::string::npos);
  for (const std::string& rules :
       {style.substr(0, dark), style.substr(dark, style.find("}}", dark) + 1 - dark)}) {
    auto colours = ColoursIn(rules);
    colours["white"] = {255, 255, 255};
    const std::pair<const char*, const char*> pairs[] = {
        {"ink", "paper"},  {"ink", "card"},   {"ink", "tint"},  {"dim", "paper"},
        {"dim", "card"},   {"link", "paper"}, {"link", "card"}, {"badi", "card"},
        {"white", "ok"},   {"white", "info"}, {"white", "bad"}, {"white", "mute"},
        {"warni", "warn"}, {"paper", "ink"},
    };
    for (const auto& [text, ground] : pairs) {
      ASSERT_TRUE(colours.contains(text) && colours.contains(ground)) << text << ground;
      EXPECT_GE(Contrast(colours[text], colours[ground]), 4.5) << text << " on " << ground;
    }
  }
}

TEST(ScanPageTest, TheStyleIsTheOneThePolicyAllows) {
  EXPECT_TRUE(std::regex_match(StyleSource(), std::regex("'sha256-[A-Za-z0-9+/]{43}='")));
}

}  // namespace
}  // namespace suyuan::portal
