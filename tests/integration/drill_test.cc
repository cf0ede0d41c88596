// Recall drills over both topologies: the regulator learns all, nobody else anything.
#include <map>
#include <regex>
#include <set>

#include "services/domain/quantity.h"
#include "storage/base/text.h"
#include "suyuan/v1/grading.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/chain.h"
#include "tests/support/http.h"

namespace suyuan::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr char kDrillNotice[] = "演练：请勿食用这批演练用的货。";

class DrillTest : public testing::TestWithParam<Topology> {
 protected:
  v1::OpenRecallRequest DrillRequest(const std::string& batch) const {
    v1::OpenRecallRequest request = chain_.RecallRequest({batch});
    request.mutable_recall()->set_drill(true);
    request.mutable_recall()->set_notice_zh(kDrillNotice);
    return request;
  }
  std::string Opened(const v1::OpenRecallRequest& request) {
    const auto opened =
        regulator_.Call<v1::OpenRecallResponse>("RecallService/OpenRecall", request);
    EXPECT_OK(opened);
    return opened.value_or(v1::OpenRecallResponse()).recall();
  }
  void Close(const std::string& recall) {
    EXPECT_OK(regulator_.Call<v1::CloseRecallResponse>("RecallService/CloseRecall",
                                                       chain_.CloseRequest(recall)));
  }
  v1::Recall Get(const std::string& name) {
    v1::GetRecallRequest request;
    request.set_name(name);
    return regulator_.Call<v1::Recall>("RecallService/GetRecall", request).value_or(v1::Recall());
  }
  std::vector<std::string> List(v1::RecallKind kind, bool open) {
    v1::ListRecallsRequest request;
    request.set_page_size(1);  // One a page: every list is walked page by page.
    request.set_kind(kind);
    request.set_open(open);
    request.set_min_sequence(system_.LastSequence());
    return NamesOf(AllPages<v1::ListRecallsResponse>(
        regulator_, "RecallService/ListRecalls", request,
        [](const v1::ListRecallsResponse& response) { return response.recalls(); }));
  }
  // Each batch in scope with how much of it stands at which site.
  std::map<std::string, std::map<std::string, int64_t>> Scope(const std::string& recall) {
    v1::StreamRecallScopeRequest request;
    request.set_recall(recall);
    const auto nodes = regulator_.Stream<v1::TraceNode>("RecallService/StreamRecallScope", request);
    EXPECT_OK(nodes);
    std::map<std::string, std::map<std::string, int64_t>> scope;
    for (const v1::TraceNode& node : nodes.value_or(std::vector<v1::TraceNode>())) {
      auto& held = scope[node.batch().name()];
      for (const v1::Holding& holding : node.holdings()) {
        held[holding.site()] = holding.quantity().amount() / 1'000'000;
      }
    }
    return scope;
  }
  std::set<std::string> BatchesIn(const std::string& recall) {
    std::set<std::string> batches;
    for (const auto& [batch, held] : Scope(recall)) batches.insert(batch);
    return batches;
  }

  std::vector<std::string> Split(const std::string& batch, std::vector<int64_t> parts) {
    const auto made = chain_.coop().Call<v1::SplitBatchResponse>("OriginService/SplitBatch",
                                                                 chain_.SplitRequest(batch, parts));
    EXPECT_OK(made);
    if (!made.ok()) return {};
    return {made->batches().begin(), made->batches().end()};
  }
  std::string Graded(const std::string& batch, int64_t kilograms) {
    auto request = Chain::New<v1::GradeBatchRequest>();
    claim::v1::Grading& claim = *request.mutable_grading();
    claim.mutable_input()->set_batch(batch);
    *claim.mutable_input()->mutable_quantity() = System::Kilograms(kilograms);
    claim.set_site(chain_.farm());
    claim::v1::GradeOutput* output = claim.add_outputs();
    output->set_grade("特级");
    *output->mutable_quantity() = System::Kilograms(kilograms);
    *claim.mutable_occur() = system_.Now();
    const auto made =
        chain_.coop().Call<v1::GradeBatchResponse>("GradingService/GradeBatch", request);
    EXPECT_OK(made);
    return made.ok() ? made->batches(0) : "";
  }
  v1::Batch Batch(const std::string& name) {
    v1::GetBatchRequest request;
    request.set_name(name);
    return chain_.coop().Call<v1::Batch>("OriginService/GetBatch", request).value_or(v1::Batch());
  }

  v1::ResolveLabelResponse Resolved(const std::string& code) {
    v1::ResolveLabelRequest request;
    request.set_code(code);
    request.set_min_sequence(system_.LastSequence());
    const auto label =
        system_.stranger().Call<v1::ResolveLabelResponse>("LabelService/ResolveLabel", request);
    EXPECT_OK(label);
    return label.value_or(v1::ResolveLabelResponse());
  }
  // The page, or the one it leads to.
  std::string Fetched(const std::string& target, const std::string& accept = "text/html") {
    // A robot's looks are not counted, so that the page does not change by being looked at.
    HttpAnswer answer = Fetch(system_.portal().http_port(), "GET", target,
                              {{"Accept", accept}, {"User-Agent", "testbot"}});
    if (answer.status == 303) return Fetched(answer.headers["location"], accept);
    EXPECT_EQ(answer.status, 200) << target;
    return answer.body;
  }
  // All that the public is answered of a label and of its batch, but for how long the log was.
  std::vector<std::string> Public(const std::string& code, const std::string& batch) {
    v1::ResolveLabelResponse label = Resolved(code);  // No later answer is older.
    label.mutable_journey()->clear_as_of_size();
    std::vector<std::string> answers = {label.SerializeAsString()};
    for (const std::string& path : {"/t/" + code, "/b/" + batch.substr(batch.find('/') + 1)}) {
      for (const char* query : {"", "?lang=en&big=1", "?linkType=linkset", "?complain=1"}) {
        answers.push_back(Fetched(path + query));
      }
      answers.push_back(Fetched(path, "application/json"));
    }
    // A form has an id of its own.
    static const std::regex kOther(
        "账本前 [0-9]+ 条|the first [0-9]+ records|\"asOfSize\":\"[0-9]+\"|"
        "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    for (size_t i = 1; i < answers.size(); ++i) {
      answers[i] = std::regex_replace(answers[i], kOther, "#");
    }
    return answers;
  }

  System system_{GetParam()};
  Chain chain_{system_};
  Actor& regulator_ = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& shop_ = system_.AddParty("门店", {claim::v1::PARTY_ROLE_RETAILER});
  const std::string shop_site_ = system_.AddSite(shop_, claim::v1::SITE_KIND_SHOP);
};

TEST_P(DrillTest, NobodyWhoScansLearnsOfIt) {
  const std::string batch = chain_.Harvest(100);
  const std::string code = system_.Label(chain_.coop(), batch);
  system_.Receive(shop_, system_.Ship(chain_.coop(), batch, 40, chain_.farm(), shop_site_));
  const int64_t size = Resolved(code).journey().as_of_size();
  const std::vector<std::string> before = Public(code, batch);
  const std::string drill = Opened(DrillRequest(batch));
  EXPECT_GT(Resolved(code).journey().as_of_size(), size) << "what is compared is new";
  EXPECT_EQ(Public(code, batch), before);
  Close(drill);
  EXPECT_EQ(Public(code, batch), before);
}

TEST_P(DrillTest, NothingStopsAndNothingInheritsIt) {
  const std::string batch = chain_.Harvest(100);
  const std::string before = Split(batch, {30, 10})[0];
  const std::string drill = Opened(DrillRequest(batch));
  for (const std::string& scoped : {batch, before}) {
    system_.Receive(shop_, system_.Ship(chain_.coop(), scoped, 5, chain_.farm(), shop_site_));
    for (const std::string& made : {Split(scoped, {2, 1})[0], Graded(scoped, 3)}) {
      EXPECT_THAT(Batch(made).recalls(), IsEmpty());
      EXPECT_THAT(Batch(made).holds(), IsEmpty());
    }
    EXPECT_THAT(Batch(scoped).recalls(), IsEmpty());
  }
}

TEST_P(DrillTest, TheScopeHoldsEveryDescendantAndHolderUntilItIsClosed) {
  const std::string batch = chain_.Harvest(100);
  const std::vector<std::string> parts = Split(batch, {30, 10});
  const std::string drill = Opened(DrillRequest(batch));
  EXPECT_THAT(BatchesIn(drill), UnorderedElementsAre(batch, parts[0], parts[1]));
  EXPECT_EQ(Get(drill).scope_count(), 3);
  EXPECT_FALSE(Get(drill).complete());  // Nothing waits for it.
  const std::string later = Graded(parts[0], 20);
  system_.Receive(shop_, system_.Ship(chain_.coop(), later, 8, chain_.farm(), shop_site_));
  const auto scope = Scope(drill);
  EXPECT_EQ(scope.size(), 4u);
  EXPECT_EQ(scope.at(later),
            (std::map<std::string, int64_t>{{chain_.farm(), 12}, {shop_site_, 8}}));
  Close(drill);
  v1::StreamRecallScopeRequest closed;
  closed.set_recall(drill);
  EXPECT_THAT(regulator_.Stream<v1::TraceNode>("RecallService/StreamRecallScope", closed),
              Fails(v1::REASON_RECALL_CLOSED));
}

TEST_P(DrillTest, ARecallOfTheSameBatchesStandsOnItsOwn) {
  const std::string batch = chain_.Harvest(100);
  const std::string code = system_.Label(chain_.coop(), batch);
  const std::string drill = Opened(DrillRequest(batch));
  const std::string recall = Opened(chain_.RecallRequest({batch}));
  EXPECT_EQ(Resolved(code).journey().recall().recall(), recall);
  const std::string red = Fetched("/t/" + code);
  EXPECT_THAT(red, HasSubstr("正在召回"));
  EXPECT_THAT(red, HasSubstr("请勿食用，退回购买处。"));
  EXPECT_THAT(red, Not(HasSubstr("演练")));
  EXPECT_THAT(chain_.coop().Call<v1::SplitBatchResponse>("OriginService/SplitBatch",
                                                         chain_.SplitRequest(batch, {1, 1})),
              Fails(v1::REASON_BATCH_RECALLED));
  const std::string second = Opened(DrillRequest(batch));  // Of what is recalled already.
  Close(recall);
  EXPECT_FALSE(Resolved(code).journey().has_recall());
  EXPECT_EQ(Split(batch, {1, 1}).size(), 2u);
  EXPECT_THAT(List(v1::RECALL_KIND_DRILL, true), ElementsAre(second, drill));
  EXPECT_THAT(List(v1::RECALL_KIND_REAL, true), IsEmpty());
  EXPECT_THAT(List(v1::RECALL_KIND_REAL, false), ElementsAre(recall));
  EXPECT_THAT(List(v1::RECALL_KIND_UNSPECIFIED, false), ElementsAre(recall));
  Close(drill);
  EXPECT_THAT(List(v1::RECALL_KIND_DRILL, true), ElementsAre(second));
  EXPECT_EQ(Get(drill).kind(), v1::RECALL_KIND_DRILL);
  EXPECT_EQ(Get(recall).kind(), v1::RECALL_KIND_REAL);
}

// It shows whose goods stand where.
TEST_P(DrillTest, OnlyRegulatorsDrillAndSeeWhatItFound) {
  const std::string batch = chain_.Harvest(10);
  EXPECT_THAT(
      chain_.coop().Call<v1::OpenRecallResponse>("RecallService/OpenRecall", DrillRequest(batch)),
      Fails(v1::REASON_NOT_ALLOWED));
  const std::string drill = Opened(DrillRequest(batch));
  v1::StreamRecallScopeRequest scope;
  scope.set_recall(drill);
  EXPECT_THAT(chain_.coop().Stream<v1::TraceNode>("RecallService/StreamRecallScope", scope),
              Fails(v1::REASON_NOT_ALLOWED));
}

// What the views say of a drill is in the log, whole.
TEST_P(DrillTest, AReplayTellsTheSame) {
  const std::string batch = chain_.Harvest(100);
  const std::string code = system_.Label(chain_.coop(), batch);
  const std::string drill = Opened(DrillRequest(batch));
  const std::string made = Split(batch, {10, 10})[0];
  const std::vector<std::string> before = Public(code, batch);
  system_.Restart();
  EXPECT_EQ(Public(code, batch), before);
  EXPECT_THAT(BatchesIn(drill), testing::Contains(made));
  EXPECT_THAT(List(v1::RECALL_KIND_DRILL, true), ElementsAre(drill));
}

INSTANTIATE_TEST_SUITE_P(Topologies, DrillTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
