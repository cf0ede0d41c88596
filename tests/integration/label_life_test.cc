// The life of a label in the running service: acts of its issuer, ranges, codes, the page.
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/label.pb.h"
#include "tests/support/http.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

using claim::v1::LabelStage;
using testing::HasSubstr;
using testing::Not;

class LabelLifeTest : public testing::TestWithParam<Topology> {
 protected:
  LabelLifeTest() {
    batch_ = system_.Harvest(cooperative_, system_.AddProduct(cooperative_),
                             system_.AddPlot(cooperative_),
                             system_.AddSite(cooperative_, claim::v1::SITE_KIND_FARM), 100);
    v1::IssueLabelsRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_run()->set_batch(batch_);
    request.mutable_run()->set_count(100);
    run_ = cooperative_.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", request)->run();
  }
  absl::Status Mark(Actor& actor, LabelStage stage, int first, int last,
                    claim::v1::RetireCause cause = claim::v1::RETIRE_CAUSE_UNSPECIFIED,
                    claim::v1::ReprintCause reprint = claim::v1::REPRINT_CAUSE_UNSPECIFIED) {
    v1::MarkLabelsRequest request;
    request.set_request_id(RandomUuid());
    claim::v1::LabelMark* mark = request.mutable_label_mark();
    mark->set_run(run_);
    mark->set_first(first);
    mark->set_last(last);
    mark->set_stage(stage);
    mark->set_cause(cause);
    mark->set_reprint(reprint);
    *mark->mutable_occur() = system_.Now();
    return actor.Call<v1::MarkLabelsResponse>("LabelService/MarkLabels", request).status();
  }
  absl::Status Void(int first, int last) {
    v1::VoidLabelsRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_label_void()->set_run(run_);
    request.mutable_label_void()->set_first(first);
    request.mutable_label_void()->set_last(last);
    request.mutable_label_void()->set_cause(claim::v1::VOID_CAUSE_SPOILED);
    return cooperative_.Call<v1::VoidLabelsResponse>("LabelService/VoidLabels", request).status();
  }
  absl::StatusOr<v1::ListLabelRangesResponse> List(Actor& actor, int page_size = 0,
                                                   const std::string& token = "") {
    v1::ListLabelRangesRequest request;
    request.set_run(run_);
    request.set_page_size(page_size);
    request.set_page_token(token);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::ListLabelRangesResponse>("LabelService/ListLabelRanges", request);
  }
  // "1-2 PRINTED", over pages of `page_size`.
  std::vector<std::string> Ranges(int page_size) {
    std::vector<std::string> all;
    std::string token;
    do {
      const auto page = List(cooperative_, page_size, token);
      EXPECT_OK(page);
      for (const v1::LabelRange& range : page->ranges()) {
        all.push_back(StrCat(range.first(), "-", range.last(), " ",
                             v1::LabelState_Name(range.state()).substr(12)));
      }
      token = page->next_page_token();
    } while (!token.empty());
    return all;
  }
  v1::ListLabelCodesResponse Codes() {
    v1::ListLabelCodesRequest request;
    request.set_run(run_);
    request.set_min_sequence(system_.LastSequence());
    return *cooperative_.Call<v1::ListLabelCodesResponse>("LabelService/ListLabelCodes", request);
  }
  std::string PageOf(int number, const std::string& language = "zh") {
    const std::string code = Codes().codes(number - 1).code();
    return Fetch(system_.portal().http_port(), "GET", StrCat("/t/", code, "?lang=", language)).body;
  }

  System system_{GetParam()};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& other_ = system_.AddParty("黑井果业合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  std::string batch_, run_;
};

TEST_P(LabelLifeTest, RangesAndCodesSayHowFarEachLabelHasCome) {
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_PRINTED, 1, 60));
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_PRINTED, 61, 80));
  ASSERT_OK(Void(37, 40));
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_APPLIED, 11, 70));
  ASSERT_OK(
      Mark(cooperative_, claim::v1::LABEL_STAGE_RETIRED, 21, 30, claim::v1::RETIRE_CAUSE_USED_UP));
  ASSERT_OK(Void(90, 90));
  const std::vector<std::string> expected = {"1-10 PRINTED",  "11-20 APPLIED",   "21-30 RETIRED",
                                             "31-36 APPLIED", "37-40 VOIDED",    "41-60 APPLIED",
                                             "61-70 APPLIED", "71-80 PRINTED",   "81-89 GENERATED",
                                             "90-90 VOIDED",  "91-100 GENERATED"};
  EXPECT_EQ(Ranges(0), expected);
  EXPECT_EQ(Ranges(3), expected);
  const v1::ListLabelRangesResponse list = *List(cooperative_);
  EXPECT_EQ(list.ranges(2).cause(), claim::v1::RETIRE_CAUSE_USED_UP);
  EXPECT_EQ(list.ranges(2).occur_time().seconds(), absl::ToUnixSeconds(system_.clock().Now()));
  const v1::ListLabelCodesResponse codes = Codes();
  for (const v1::LabelRange& range : list.ranges()) {
    for (int number = range.first(); number <= range.last(); ++number) {
      EXPECT_EQ(codes.codes(number - 1).state(), range.state()) << number;
      EXPECT_EQ(codes.codes(number - 1).voided(), range.state() == v1::LABEL_STATE_VOIDED);
    }
  }
}

TEST_P(LabelLifeTest, OnlyTheIssuerMarksAndSeesTheRanges) {
  EXPECT_THAT(Mark(other_, claim::v1::LABEL_STAGE_PRINTED, 1, 1), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(List(other_), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Mark(system_.operator_actor(), claim::v1::LABEL_STAGE_PRINTED, 1, 1),
              Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Mark(cooperative_, claim::v1::LABEL_STAGE_APPLIED, 1, 1),
              Fails(v1::REASON_LABEL_STAGE));
  EXPECT_THAT(Mark(cooperative_, LabelStage::LABEL_STAGE_UNSPECIFIED, 1, 1),
              Fails(v1::REASON_FIELD_REQUIRED));
}

// A spoiled label is printed again: in the log with its reason, and no label is further by it.
TEST_P(LabelLifeTest, AReprintIsRecordedWithItsReasonAndIsNoStep) {
  const auto reprint = [&](int first, int last,
                           LabelStage stage = LabelStage::LABEL_STAGE_PRINTED) {
    return Mark(cooperative_, stage, first, last, {}, claim::v1::REPRINT_CAUSE_SPOILED);
  };
  EXPECT_THAT(reprint(1, 5), Fails(v1::REASON_LABEL_STAGE));  // Nothing is printed yet.
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_PRINTED, 1, 20));
  ASSERT_OK(Void(4, 4));
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_APPLIED, 11, 15));
  const std::vector<std::string> before = Ranges(0);
  EXPECT_OK(reprint(3, 6));
  EXPECT_OK(reprint(5, 5));  // As often as it is spoiled.
  EXPECT_EQ(Ranges(0), before);
  ASSERT_OK(Void(11, 11));  // Torn off.
  EXPECT_OK(reprint(10, 11));
  for (const auto& [first, last] : {std::pair{10, 12}, {15, 15}, {20, 21}}) {
    EXPECT_THAT(reprint(first, last), Fails(v1::REASON_LABEL_STAGE)) << first;
  }
  EXPECT_THAT(reprint(4, 4), Fails(v1::REASON_LABEL_RANGE));  // Void.
  EXPECT_THAT(reprint(1, 1, LabelStage::LABEL_STAGE_APPLIED), Fails(v1::REASON_FIELD_MALFORMED));
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_APPLIED, 5, 6));
  system_.Restart();
  v1::ListLabelRunsRequest request;
  request.set_batch(batch_);
  request.set_min_sequence(system_.LastSequence());
  const auto runs =
      cooperative_.Call<v1::ListLabelRunsResponse>("LabelService/ListLabelRuns", request);
  ASSERT_OK(runs);
  ASSERT_EQ(runs->runs(0).reprints_size(), 3);
  EXPECT_EQ(runs->runs(0).reprints(0).first(), 3);
  EXPECT_EQ(runs->runs(0).reprints(0).last(), 6);
  EXPECT_EQ(runs->runs(0).reprints(0).cause(), claim::v1::REPRINT_CAUSE_SPOILED);
}

TEST_P(LabelLifeTest, AStepOutlivesARestart) {
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_PRINTED, 1, 2));
  system_.Restart();
  EXPECT_EQ(Ranges(0), (std::vector<std::string>{"1-2 PRINTED", "3-100 GENERATED"}));
  EXPECT_THAT(Mark(cooperative_, claim::v1::LABEL_STAGE_PRINTED, 2, 2),
              Fails(v1::REASON_LABEL_STAGE));
}

// It helps whoever holds the pack, and never stands in the way of what is known of the goods.
TEST_P(LabelLifeTest, ThePageTellsTheStepsAndNeverBlocks) {
  EXPECT_THAT(PageOf(1), Not(HasSubstr("印制")));  // Nothing is recorded of this run.
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_PRINTED, 1, 3));
  ASSERT_OK(Mark(cooperative_, claim::v1::LABEL_STAGE_APPLIED, 2, 3));
  ASSERT_OK(
      Mark(cooperative_, claim::v1::LABEL_STAGE_RETIRED, 3, 3, claim::v1::RETIRE_CAUSE_DESTROYED));
  EXPECT_THAT(PageOf(1), HasSubstr("还没有登记贴到商品上"));
  EXPECT_THAT(PageOf(1, "en"), HasSubstr("not yet recorded as put on a pack"));
  EXPECT_THAT(PageOf(2), HasSubstr("贴到商品上。"));
  EXPECT_THAT(PageOf(3), HasSubstr("登记为已销毁"));
  EXPECT_THAT(PageOf(3, "en"), HasSubstr("Recorded as destroyed on"));
  EXPECT_THAT(PageOf(4), HasSubstr("没有登记它印制过"));
  for (int number = 1; number <= 4; ++number) EXPECT_THAT(PageOf(number), HasSubstr("香葱"));
}

INSTANTIATE_TEST_SUITE_P(Topologies, LabelLifeTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
