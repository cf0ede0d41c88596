// The PIN of a label, from the run that asks for it to the form on the page.
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/label.pb.h"
#include "tests/support/http.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class PinTest : public testing::TestWithParam<Topology> {
 protected:
  v1::ListLabelCodesResponse Issue(bool pin) {
    v1::IssueLabelsRequest issue;
    issue.set_request_id(RandomUuid());
    issue.mutable_run()->set_batch(batch_);
    issue.mutable_run()->set_count(3);
    issue.mutable_run()->set_pin(pin);
    v1::ListLabelCodesRequest list;
    run_ = cooperative_.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", issue)->run();
    list.set_run(run_);
    list.set_min_sequence(system_.LastSequence());
    const auto codes =
        cooperative_.Call<v1::ListLabelCodesResponse>("LabelService/ListLabelCodes", list);
    EXPECT_OK(codes);
    v1::ResolveLabelRequest seen;  // Both views have it.
    seen.set_code(codes->codes(0).code());
    seen.set_min_sequence(system_.LastSequence());
    EXPECT_OK(system_.stranger().Call<v1::ResolveLabelResponse>("LabelService/ResolveLabel", seen));
    return *codes;
  }
  HttpAnswer Type(const std::string& code, const std::string& body, const std::string& query = "",
                  const std::string& type = "application/x-www-form-urlencoded") {
    return Fetch(system_.portal().http_port(), "POST", StrCat("/t/", code, query),
                 {{"Content-Type", type}, {"User-Agent", "Mozilla/5.0"}}, body);
  }
  std::string Page(const std::string& code, const std::string& query = "") {
    return Fetch(system_.portal().http_port(), "GET", StrCat("/t/", code, query)).body;
  }

  System system_{GetParam()};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  const std::string batch_ =
      system_.Harvest(cooperative_, system_.AddProduct(cooperative_), system_.AddPlot(cooperative_),
                      system_.AddSite(cooperative_, claim::v1::SITE_KIND_FARM), 100);
  std::string run_;
};

TEST_P(PinTest, ThePageAsksForItAndSaysWhatCameOfItInBothLanguages) {
  const v1::LabelCode label = Issue(true).codes(0);
  ASSERT_EQ(label.pin().size(), 8u);
  EXPECT_THAT(Page(label.code()), HasSubstr("输入刮开涂层下的 8 位数字"));
  EXPECT_THAT(Page(label.code(), "?lang=en"), HasSubstr("action=\"?lang=en\""));
  EXPECT_THAT(Page(label.code(), "?lang=en"), Not(HasSubstr(label.pin())));
  const std::string wrong = label.pin() == "00000000" ? "00000001" : "00000000";
  EXPECT_THAT(Type(label.code(), "pin=" + wrong).body, HasSubstr("数字不符，还可以试 4 次"));
  EXPECT_THAT(Type(label.code(), "pin=" + wrong, "?lang=en").body,
              HasSubstr("The digits do not match. Tries left: 3."));
  const std::string grouped = StrCat(label.pin().substr(0, 4), "+", label.pin().substr(4));
  const HttpAnswer right = Type(label.code(), "pin=" + grouped);
  EXPECT_EQ(right.status, 200);
  EXPECT_EQ(right.headers.at("cache-control"), "private, no-store");
  EXPECT_THAT(right.body, HasSubstr("数字相符，此前没有人输对过"));
  EXPECT_THAT(Type(label.code(), "pin=" + grouped, "?lang=en").body,
              HasSubstr("Somebody typed them first on"));
  for (const char* never : {"假", "伪", "正品"}) {
    EXPECT_THAT(right.body, Not(HasSubstr(never)));
  }
}

TEST_P(PinTest, FiveWrongOnesLockItForADayAcrossARestart) {
  const v1::LabelCode label = Issue(true).codes(1);
  const std::string wrong = label.pin() == "00000000" ? "00000001" : "00000000";
  for (int i = 0; i < 4; ++i) Type(label.code(), "pin=" + wrong);
  EXPECT_THAT(Type(label.code(), "pin=" + wrong).body, HasSubstr("已经 5 次不符"));
  system_.Restart();
  EXPECT_THAT(Type(label.code(), "pin=" + label.pin()).body, HasSubstr("已经 5 次不符"));
  EXPECT_THAT(Page(label.code()), HasSubstr("香葱"));  // The page itself stays.
  system_.clock().Advance(absl::Hours(24));
  EXPECT_THAT(Type(label.code(), "pin=" + label.pin()).body, HasSubstr("数字相符"));
}

TEST_P(PinTest, WhatIsNoPinIsNoTryAndWhatIsNoFormIsRefused) {
  const v1::LabelCode label = Issue(true).codes(0);
  for (const std::string& body :
       {std::string(), std::string("pin="), std::string("pin=1234567"),
        std::string("pin=123456789"), std::string("pin=abcdefgh"), std::string("nip=12345678"),
        std::string("pin=%00%00%00"), std::string("pin=%3Cscript%3E"),
        std::string("pin=１２３４５６７８"), std::string("&&&=%%")}) {
    const HttpAnswer answer = Type(label.code(), body);
    EXPECT_EQ(answer.status, 200) << body;
    EXPECT_THAT(answer.body, HasSubstr("请输入 8 位数字")) << body;
    EXPECT_THAT(answer.body, Not(HasSubstr("<script>"))) << body;
  }
  EXPECT_EQ(Type(label.code(), std::string(201, 'x')).status, 413);
  EXPECT_EQ(Type(label.code(), "pin=12345678", "", "application/json").status, 415);
  EXPECT_EQ(Type(label.code(), "pin=12345678", "", "").status, 415);
  const std::string wrong = label.pin() == "00000000" ? "00000001" : "00000000";
  EXPECT_THAT(Type(label.code(), "pin=" + wrong).body, HasSubstr("还可以试 4 次"));
}

// Whoever guesses codes learns nothing at this door either.
TEST_P(PinTest, UnknownCodesAreAnsweredAsTheyAreWithoutAPin) {
  const std::string code = Issue(true).codes(0).code();
  std::string wrong = code;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  const HttpAnswer guessed = Type(wrong, "pin=12345678");
  const HttpAnswer never = Type("00000000000000000000", "pin=12345678");
  EXPECT_EQ(guessed.status, 404);
  EXPECT_EQ(guessed.body, never.body);
  EXPECT_EQ(guessed.headers, never.headers);
  EXPECT_EQ(Type(wrong, "pin=1").body, guessed.body);
  EXPECT_EQ(guessed.body, Fetch(system_.portal().http_port(), "GET", "/t/" + wrong).body);
}

TEST_P(PinTest, ARunWithoutPinsHasNoneAndAsksForNone) {
  const v1::LabelCode label = Issue(false).codes(0);
  EXPECT_EQ(label.pin(), "");
  EXPECT_THAT(Page(label.code()), Not(HasSubstr("name=pin")));
  EXPECT_THAT(Type(label.code(), "pin=12345678").body, Not(HasSubstr("数字")));
}

TEST_P(PinTest, IsPrintedWhereThereIsRoomAndNowhereKept) {
  const v1::ListLabelCodesResponse codes = Issue(true);
  v1::PrintLabelsRequest print;
  print.set_run(run_);
  print.set_layout("60x40");
  print.set_print(v1::LABEL_PRINT_PDF);
  const auto printed = [&] {
    return cooperative_.Stream<v1::PrintLabelsResponse>("LabelService/PrintLabels", print);
  };
  EXPECT_OK(printed());
  print.set_layout("40x30");
  EXPECT_THAT(printed(), Fails(v1::REASON_LABEL_LAYOUT));
  const auto records = system_.operator_actor().Stream<v1::ExportRecordsResponse>(
      "AuditService/ExportRecords", v1::ExportRecordsRequest());
  ASSERT_OK(records);
  for (const v1::ExportRecordsResponse& record : *records) {
    for (const v1::LabelCode& code : codes.codes()) {
      EXPECT_EQ(StrCat(record.leaf(), record.items()).find(code.pin()), std::string::npos);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Topologies, PinTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
