// RecallService over both topologies: above all, that a scope misses nothing.
#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "services/domain/deciders.h"
#include "services/domain/id.h"
#include "services/domain/states.h"
#include "services/recall/scope.h"
#include "storage/base/text.h"
#include "storage/ledger/ledger.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/chain.h"

namespace suyuan {
namespace {

using test::Actor;
using test::Chain;
using test::Fails;
using test::HasCode;
using test::NamesOf;
using test::System;
using test::Topology;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class RecallTest : public testing::TestWithParam<Topology> {
 protected:
  absl::StatusOr<v1::OpenRecallResponse> Open(const v1::OpenRecallRequest& request) {
    return regulator_.Call<v1::OpenRecallResponse>("RecallService/OpenRecall", request);
  }
  std::string Opened(const std::vector<std::string>& batches) {
    const auto opened = Open(chain_.RecallRequest(batches));
    EXPECT_OK(opened);
    return opened.value_or(v1::OpenRecallResponse()).recall();
  }
  absl::StatusOr<v1::CloseRecallResponse> Close(const std::string& recall) {
    return regulator_.Call<v1::CloseRecallResponse>("RecallService/CloseRecall",
                                                    chain_.CloseRequest(recall));
  }
  absl::StatusOr<v1::Recall> Get(Actor& actor, const std::string& name) {
    v1::GetRecallRequest request;
    request.set_name(name);
    return actor.Call<v1::Recall>("RecallService/GetRecall", request);
  }
  std::vector<std::string> List(bool open, int page_size = 100) {
    v1::ListRecallsRequest request;
    request.set_page_size(page_size);
    request.set_open(open);
    request.set_min_sequence(system_.LastSequence());
    return NamesOf(test::AllPages<v1::ListRecallsResponse>(
        chain_.coop(), "RecallService/ListRecalls", request,
        [](const v1::ListRecallsResponse& response) { return response.recalls(); }));
  }
  absl::StatusOr<std::vector<v1::TraceNode>> Nodes(Actor& actor, const std::string& recall) {
    v1::StreamRecallScopeRequest request;
    request.set_recall(recall);
    return actor.Stream<v1::TraceNode>("RecallService/StreamRecallScope", request);
  }
  // Each batch once.
  std::set<std::string> ScopeOf(const std::string& recall) {
    const auto nodes = Nodes(regulator_, recall);
    EXPECT_OK(nodes);
    std::set<std::string> scope;
    for (const v1::TraceNode& node : nodes.value_or(std::vector<v1::TraceNode>())) {
      EXPECT_TRUE(scope.insert(node.batch().name()).second) << node.batch().name();
    }
    const auto stated = Get(regulator_, recall);
    EXPECT_OK(stated);
    EXPECT_EQ(static_cast<size_t>(stated.value_or(v1::Recall()).scope_count()), scope.size());
    return scope;
  }

  // What the chain does, with the test's own bookkeeping of who was made of whom.
  std::vector<std::string> Split(Actor& coop, const std::string& batch,
                                 std::vector<int64_t> parts) {
    const auto made = coop.Call<v1::SplitBatchResponse>("OriginService/SplitBatch",
                                                        chain_.SplitRequest(batch, parts));
    if (!made.ok()) return {};
    for (const std::string& part : made->batches()) children_[batch].insert(part);
    return {made->batches().begin(), made->batches().end()};
  }
  std::string Merge(std::vector<std::string> batches) {
    std::sort(batches.begin(), batches.end());
    batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
    const auto made = chain_.coop().Call<v1::MergeBatchesResponse>("OriginService/MergeBatches",
                                                                   chain_.MergeRequest(batches));
    if (!made.ok()) return "";
    for (const std::string& batch : batches) children_[batch].insert(made->batch());
    return made->batch();
  }
  void Collect(const std::string& root, std::set<std::string>* all) const {
    std::vector<std::string> left = {root};
    while (!left.empty()) {
      const std::string batch = left.back();
      left.pop_back();
      if (!all->insert(batch).second) continue;
      const auto children = children_.find(batch);
      if (children == children_.end()) continue;
      left.insert(left.end(), children->second.begin(), children->second.end());
    }
  }
  std::set<std::string> DescendantsOf(const std::vector<std::string>& roots) const {
    std::set<std::string> all;
    for (const std::string& root : roots) Collect(root, &all);
    return all;
  }

  System system_{GetParam()};
  Chain chain_{system_};
  Actor& regulator_ = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  std::map<std::string, std::set<std::string>> children_;
};

TEST_P(RecallTest, ARecallStopsABatchAndAllThatWasMadeOfIt) {
  const std::string harvest = chain_.Harvest(100), other = chain_.Harvest(100);
  const std::vector<std::string> parts = Split(chain_.coop(), harvest, {10, 10});
  const std::string merged = Merge({parts[0], other});
  const std::string recall = Opened({harvest});
  EXPECT_THAT(ScopeOf(recall), UnorderedElementsAre(harvest, parts[0], parts[1], merged));
  for (const std::string& batch : ScopeOf(recall)) {
    EXPECT_THAT(chain_.coop().Call<v1::SplitBatchResponse>("OriginService/SplitBatch",
                                                           chain_.SplitRequest(batch, {1, 1})),
                Fails(v1::REASON_BATCH_RECALLED));
  }
  EXPECT_THAT(Split(chain_.coop(), other, {1, 1}), testing::SizeIs(2));
  const auto stated = Get(chain_.coop(), recall);
  ASSERT_OK(stated);
  EXPECT_EQ(stated->party(), regulator_.party());
  EXPECT_EQ(stated->claim().hazard(), claim::v1::HAZARD_PESTICIDE_RESIDUE);
  EXPECT_FALSE(stated->closed());
}

TEST_P(RecallTest, TheScopeSaysWhoHoldsHowMuch) {
  Actor& shop = system_.AddParty("门店", {claim::v1::PARTY_ROLE_RETAILER});
  const std::string site = system_.AddSite(shop, claim::v1::SITE_KIND_SHOP);
  const std::string batch = chain_.Harvest(100);
  system_.Receive(shop, system_.Ship(chain_.coop(), batch, 40, chain_.farm(), site));
  const auto nodes = Nodes(regulator_, Opened({batch}));
  ASSERT_OK(nodes);
  ASSERT_EQ(nodes->size(), 1u);
  std::map<std::string, int64_t> held;
  for (const v1::Holding& holding : (*nodes)[0].holdings()) {
    held[holding.site()] = holding.quantity().amount();
  }
  EXPECT_EQ(held,
            (std::map<std::string, int64_t>{{site, 40'000'000}, {chain_.farm(), 60'000'000}}));
}

TEST_P(RecallTest, MissesNoDescendantInGeneratedHistories) {
  std::mt19937_64 random = test::SeededRandom();
  std::vector<std::string> batches;
  const auto pick = [&] { return batches[random() % batches.size()]; };
  for (int step = 0; step < 120; ++step) {
    if (batches.empty() || random() % 6 == 0) {
      batches.push_back(chain_.Harvest(30));
    } else if (random() % 2 == 0) {
      for (const std::string& made : Split(chain_.coop(), pick(), {2, 1})) batches.push_back(made);
    } else if (const std::string made = Merge({pick(), pick(), pick()}); !made.empty()) {
      batches.push_back(made);
    }
  }
  for (int round = 0; round < 5; ++round) {
    const std::string one = pick();
    std::string two = pick();
    while (two == one) two = pick();
    EXPECT_EQ(ScopeOf(Opened({one, two})), DescendantsOf({one, two}));
  }
}

// One record holds 900 batches: the rest is added before the answer, so that no caller ever sees
// an opened recall that lets a descendant move.
TEST_P(RecallTest, AScopeLargerThanARecordIsCompleteWhenTheRecallIsAnswered) {
  const std::string harvest = chain_.Harvest(2000);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(Split(chain_.coop(), harvest, std::vector<int64_t>(100, 1)).size(), 100u);
  }
  const auto opened = Open(chain_.RecallRequest({harvest}));
  ASSERT_OK(opened);
  ASSERT_GT(1001u, domain::kRecallScopeMax);
  const auto stated = Get(regulator_, opened->recall());
  ASSERT_OK(stated);
  EXPECT_EQ(stated->scope_count(), 1001);
  EXPECT_TRUE(stated->complete());
  EXPECT_GT(system_.LastSequence(), opened->receipt().sequence());
  EXPECT_EQ(ScopeOf(opened->recall()), DescendantsOf({harvest}));
  EXPECT_THAT(List(true), ElementsAre(opened->recall()));
}

// Batches are divided all the time while the recall is opened: what is made between the view's
// position and the recall's record is found, and after the answer nothing more is made.
TEST_P(RecallTest, MissesNoDescendantMadeWhileItIsOpened) {
  std::mt19937_64 random = test::SeededRandom();
  for (int round = 0; round < 3; ++round) {
    const std::string harvest = chain_.Harvest(4000);
    const std::vector<std::string> first = Split(chain_.coop(), harvest, {1000, 1000, 1000});
    ASSERT_EQ(first.size(), 3u);
    // Each thread goes down a line of its own until the recall stops it.
    std::vector<std::set<std::string>> made(first.size());
    std::vector<std::thread> threads;
    std::atomic<int> splits = 0;
    const int before_recall = static_cast<int>(random() % 30);
    for (size_t line = 0; line < first.size(); ++line) {
      threads.emplace_back([&, line] {
        rpc::Client client(chain_.coop().options());
        std::string batch = first[line];
        for (int64_t left = 998; left > 0; --left) {
          const auto parts = client.Call<v1::SplitBatchResponse>(
              "/suyuan.v1.OriginService/SplitBatch", chain_.SplitRequest(batch, {1, left}));
          if (domain::ReasonOf(parts.status()) == v1::REASON_BUSY) continue;
          if (!parts.ok()) {
            EXPECT_THAT(parts, Fails(v1::REASON_BATCH_RECALLED));
            return;
          }
          ++splits;
          made[line].insert(parts->batches().begin(), parts->batches().end());
          batch = parts->batches(1);
        }
      });
    }
    while (splits < before_recall) std::this_thread::yield();
    const auto opened = Open(chain_.RecallRequest({harvest}));
    for (std::thread& thread : threads) thread.join();
    ASSERT_OK(opened);
    std::set<std::string> expected(first.begin(), first.end());
    expected.insert(harvest);
    for (const std::set<std::string>& line : made) expected.insert(line.begin(), line.end());
    EXPECT_EQ(ScopeOf(opened->recall()), expected);
  }
}

// A power cut between the opening and its completion, as the log would show it: the record that
// opens the recall is the last.
TEST_P(RecallTest, WhatACrashLeftUnfinishedIsCompletedAtTheNextStart) {
  const std::string harvest = chain_.Harvest(100);
  const std::vector<std::string> parts = Split(chain_.coop(), harvest, {10, 10});
  const std::string deeper = Split(chain_.coop(), parts[1], {1, 1})[0];
  const std::string other = chain_.Harvest(1);
  const std::string whole = Opened({harvest});
  ASSERT_OK(Close(whole));
  const std::string id = StrCat("recalls/", domain::MakeId(whole.substr(8, 4), "", "a", 0));
  system_.StopAll();
  {
    ledger::LedgerOptions options;
    options.dir = system_.dir() + "/log";
    options.clock = &system_.clock();
    auto log = ledger::Ledger::Open(options);
    ASSERT_OK(log);
    // As the opening stands in the log, but that its view knew of no descendant.
    const auto size = (*log)->GetTreeHead()->size;
    ledger::AppendRequest request;
    for (uint64_t sequence = size; sequence-- > 0 && request.events.empty();) {
      const ledger::Record record = *(*log)->GetRecord(sequence);
      event::v1::Event event;
      if (!event.ParseFromString(std::string(record.events()[0])) || !event.has_recall_opened()) {
        continue;
      }
      event.mutable_recall_opened()->set_recall(id);
      event.mutable_recall_opened()->clear_scope();
      event.mutable_recall_opened()->add_scope(harvest);
      request.authorship = record.authorship();
      request.body = std::string(record.request());
      request.events.push_back(event.SerializeAsString());
    }
    ASSERT_EQ(request.events.size(), 1u);
    request.request_key = "crash/1";
    request.writes = {{id, ledger::kAbsent},
                      {harvest, std::nullopt},
                      {domain::RecallBrakeStream(chain_.product()), std::nullopt}};
    request.decided = system_.clock().Now();
    std::promise<absl::StatusOr<ledger::Appended>> appended;
    (*log)->Append(request, [&](auto answer) { appended.set_value(std::move(answer)); });
    ASSERT_OK(appended.get_future().get());
  }
  system_.Restart();
  Opened({other});  // Answered when all that was opened before is complete.
  EXPECT_THAT(ScopeOf(id),
              UnorderedElementsAre(
                  harvest, parts[0], parts[1], deeper,
                  *std::next(children_[parts[1]].begin(), *children_[parts[1]].begin() == deeper)));
}

// A recall is for the worst day: what it names stops at once, whatever else is down.
class SplitRecallTest : public RecallTest {};

TEST_P(SplitRecallTest, ARecallOpensWhileTheTraceModuleIsAway) {
  const std::string harvest = chain_.Harvest(100);
  const std::vector<std::string> parts = Split(chain_.coop(), harvest, {10, 10});
  system_.StopModule("trace");
  auto opening = std::async(
      std::launch::async, [&, request = chain_.RecallRequest({harvest})] { return Open(request); });
  v1::ListRecallsRequest open;
  open.set_open(true);
  const auto opened = [&] {
    const auto list = regulator_.Call<v1::ListRecallsResponse>("RecallService/ListRecalls", open);
    return list.ok() && list->recalls_size() == 1;
  };
  while (!opened() && opening.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
  }
  const auto split = [&](const std::string& batch) {
    return chain_.coop().Call<v1::SplitBatchResponse>("OriginService/SplitBatch",
                                                      chain_.SplitRequest(batch, {1, 1}));
  };
  EXPECT_THAT(split(harvest), Fails(v1::REASON_BATCH_RECALLED));
  EXPECT_THAT(split(parts[0]), Fails(v1::REASON_BUSY));
  system_.StartModule("trace");
  const auto answer = opening.get();
  ASSERT_OK(answer);
  EXPECT_THAT(ScopeOf(answer->recall()), UnorderedElementsAre(harvest, parts[0], parts[1]));
}

TEST_P(RecallTest, ARepeatedOpeningIsOneRecall) {
  const v1::OpenRecallRequest request = chain_.RecallRequest({chain_.Harvest(10)});
  const auto first = Open(request);
  const auto again = Open(request);
  ASSERT_OK(first);
  ASSERT_OK(again);
  EXPECT_EQ(again->recall(), first->recall());
  EXPECT_EQ(again->as_of_size(), first->as_of_size());
  EXPECT_THAT(List(true), ElementsAre(first->recall()));
}

TEST_P(RecallTest, AfterItsClosingBatchesMoveAgain) {
  const std::string harvest = chain_.Harvest(100);
  const std::string recall = Opened({harvest});
  ASSERT_OK(Close(recall));
  EXPECT_THAT(Split(chain_.coop(), harvest, {1, 1}), testing::SizeIs(2));
  const auto stated = Get(regulator_, recall);
  ASSERT_OK(stated);
  EXPECT_TRUE(stated->closed());
  EXPECT_EQ(stated->outcome(), claim::v1::RECALL_OUTCOME_COMPLETED);
  // What was made afterwards was never in it.
  EXPECT_THAT(ScopeOf(recall), UnorderedElementsAre(harvest));
  EXPECT_THAT(Close(recall), Fails(v1::REASON_RECALL_CLOSED));
}

TEST_P(RecallTest, ListsAreNewestFirstAndOpenOnesApart) {
  std::vector<std::string> recalls;
  for (int i = 0; i < 5; ++i) recalls.push_back(Opened({chain_.Harvest(1)}));
  ASSERT_OK(Close(recalls[1]));
  std::reverse(recalls.begin(), recalls.end());
  EXPECT_EQ(List(false, 2), recalls);
  recalls.erase(recalls.begin() + 3);
  EXPECT_EQ(List(true, 2), recalls);
  system_.Restart();
  EXPECT_EQ(List(true), recalls);
}

TEST_P(RecallTest, RefusesAPageTokenOfTheOtherList) {
  for (int i = 0; i < 2; ++i) Opened({chain_.Harvest(1)});
  v1::ListRecallsRequest request;
  request.set_page_size(1);
  request.set_min_sequence(system_.LastSequence());
  const auto page = regulator_.Call<v1::ListRecallsResponse>("RecallService/ListRecalls", request);
  ASSERT_OK(page);
  request.set_page_token(page->next_page_token());
  request.set_open(true);
  EXPECT_THAT(regulator_.Call<v1::ListRecallsResponse>("RecallService/ListRecalls", request),
              Fails(v1::REASON_PAGE_TOKEN_INVALID));
}

TEST_P(RecallTest, OnlyRegulatorsRecall) {
  const std::string batch = chain_.Harvest(1);
  const auto request = chain_.RecallRequest({batch});
  for (Actor* actor : {&chain_.coop(), &system_.operator_actor()}) {
    EXPECT_THAT(actor->Call<v1::OpenRecallResponse>("RecallService/OpenRecall", request),
                Fails(v1::REASON_NOT_ALLOWED));
  }
  const std::string recall = Opened({batch});
  EXPECT_THAT(Nodes(chain_.coop(), recall), Fails(v1::REASON_NOT_ALLOWED));
}

TEST_P(RecallTest, RefusesWhatIsNotThereAndWhatIsNamedTwice) {
  const std::string id = chain_.farm().substr(chain_.farm().rfind('/'));
  const std::string batch = chain_.Harvest(1);
  EXPECT_THAT(Open(chain_.RecallRequest({batch, "batches" + id})), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Open(chain_.RecallRequest({batch, batch})), Fails(v1::REASON_DUPLICATE));
  EXPECT_THAT(Get(regulator_, "recalls" + id), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Close("recalls" + id), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Nodes(regulator_, "recalls" + id), Fails(v1::REASON_NOT_FOUND));
}

// Answers one batch, then is cut off, as by a module that stops.
class CutOff final : public rpc::Endpoint {
 public:
  void Call(rpc::Incoming, rpc::Answer answer) override { answer(absl::CancelledError("cut off")); }
  void Open(rpc::Incoming, rpc::Opened opened) override {
    opened(rpc::Source([sent = std::make_shared<bool>(false)](rpc::Next next) {
      if (std::exchange(*sent, true)) return next(absl::CancelledError("cut off"));
      v1::TraceNode node;
      node.mutable_batch()->set_name("batches/ROOT");
      next(node.SerializeAsString());
    }));
  }
};

// Taken for the whole, it would make a recall complete that is not.
TEST(RecallScopeTest, AStreamThatIsCutOffIsNoScope) {
  rpc::Router router;
  router.Add(recall::kStreamScope, std::make_unique<CutOff>());
  const std::vector<std::string> roots = {"batches/ROOT"};
  const auto any = [](const std::string&) { return true; };
  EXPECT_THAT(recall::LoadScope(router, recall::ScopeRequest(roots, 0), 850, any),
              HasCode(absl::StatusCode::kCancelled));
  const auto enough = recall::LoadScope(router, recall::ScopeRequest(roots, 0), 0, any);
  EXPECT_OK(enough) << "what is wanted is there";
}

INSTANTIATE_TEST_SUITE_P(Topologies, RecallTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);
INSTANTIATE_TEST_SUITE_P(Split, SplitRecallTest, testing::Values(Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
