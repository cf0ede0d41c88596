// From a scan of a label to its count, to what the page says of it, to the regulator.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "services/label/code.h"
#include "services/ledger/genesis.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/label.pb.h"
#include "tests/support/address_table.h"
#include "tests/support/http.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPhone[] = "Mozilla/5.0 (Linux; Android 14) Chrome/120 MicroMessenger/8.0";

class ScanTest : public testing::TestWithParam<Topology> {
 protected:
  struct Labelled {
    std::string batch, run;
    std::vector<std::string> codes;
  };
  Labelled Label(Actor& actor, int count) {
    Labelled labelled;
    labelled.batch = system_.Harvest(actor, system_.AddProduct(actor), system_.AddPlot(actor),
                                     system_.AddSite(actor, claim::v1::SITE_KIND_FARM), 100);
    v1::IssueLabelsRequest issue;
    issue.set_request_id(RandomUuid());
    issue.mutable_run()->set_batch(labelled.batch);
    issue.mutable_run()->set_count(count);
    labelled.run = actor.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", issue)->run();
    v1::ListLabelCodesRequest list;
    list.set_run(labelled.run);
    list.set_min_sequence(system_.LastSequence());
    const auto codes = actor.Call<v1::ListLabelCodesResponse>("LabelService/ListLabelCodes", list);
    for (const v1::LabelCode& code : codes->codes()) labelled.codes.push_back(code.code());
    v1::ResolveLabelRequest seen;  // Both views have it.
    seen.set_code(labelled.codes[0]);
    seen.set_min_sequence(system_.LastSequence());
    EXPECT_OK(system_.stranger().Call<v1::ResolveLabelResponse>("LabelService/ResolveLabel", seen));
    return labelled;
  }
  // A phone of a network opens the page, through the proxy of this machine.
  HttpAnswer Scan(const std::string& code, int network = 1, const std::string& query = "",
                  const std::string& method = "GET",
                  std::map<std::string, std::string> headers = {}) {
    headers.try_emplace("User-Agent", kPhone);
    headers.try_emplace("X-Forwarded-For", StrCat("203.", network / 256, ".", network % 256, ".7"));
    return Fetch(system_.portal().http_port(), method, StrCat("/t/", code, query), headers);
  }
  v1::LabelScans ScansOf(const std::string& code) {
    v1::ResolveLabelRequest request;
    request.set_code(code);
    const auto answer =
        system_.stranger().Call<v1::ResolveLabelResponse>("LabelService/ResolveLabel", request);
    EXPECT_OK(answer);
    return answer->scans();
  }
  absl::StatusOr<v1::ListScanSignalsResponse> Signals(Actor& actor, int page_size = 0,
                                                      const std::string& token = "",
                                                      const std::string& batch = "") {
    v1::ListScanSignalsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    request.set_batch(batch);
    return actor.Call<v1::ListScanSignalsResponse>("LabelService/ListScanSignals", request);
  }
  Actor& Regulator(const std::string& region) {
    return system_.AddParty("监管" + region, {claim::v1::PARTY_ROLE_REGULATOR}, region);
  }

  System system_{GetParam()};
  Actor& cooperative_ =
      system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE}, "532302");
};

class ScanStatisticsTest : public ScanTest {};

TEST_P(ScanStatisticsTest, ThePageSaysWhenALabelWasFirstScannedAndRoughlyHowOften) {
  const Labelled labels = Label(cooperative_, 2);
  EXPECT_THAT(Scan(labels.codes[0]).body, HasSubstr("这枚码此前没有扫码记录"));
  EXPECT_THAT(Scan(labels.codes[1], 1, "?lang=en").body,
              HasSubstr("No earlier scan of this code is on record"));
  const std::string day =
      absl::FormatTime("%Y年%-m月%-d日", system_.clock().Now(), absl::FixedTimeZone(8 * 3600));
  const HttpAnswer second = Scan(labels.codes[0]);
  EXPECT_THAT(second.body, HasSubstr(StrCat("首次扫码：", day, "。")));
  EXPECT_THAT(second.body, Not(HasSubstr("近 90 天里扫过")));
  EXPECT_EQ(second.headers.count("set-cookie"), 0u);
  system_.clock().Advance(absl::Hours(48));
  EXPECT_THAT(Scan(labels.codes[0]).body,
              HasSubstr(StrCat("首次扫码：", day, "。近 90 天里扫过 2–5 次")));
  EXPECT_THAT(Scan(labels.codes[0], 1, "?lang=en").body, HasSubstr("First scanned on "));
  for (int i = 0; i < 20; ++i) Scan(labels.codes[0]);
  EXPECT_THAT(Scan(labels.codes[0]).body, HasSubstr("近 90 天里扫过 20 次以上"));
  EXPECT_EQ(ScansOf(labels.codes[0]).count_at_least(), 21);
}

// Pages of a minute are drawn once; scans are counted each.
TEST_P(ScanStatisticsTest, PagesFromTheCacheAreCountedAndRobotsHeadsProofsAndApisAreNot) {
  const std::string code = Label(cooperative_, 1).codes[0];
  Scan(code, 1, "", "HEAD");
  Scan(code, 1, "", "GET", {{"User-Agent", "Baiduspider/2.0"}});
  Scan(code, 1, "", "GET", {{"Accept", "application/json"}});
  Scan(code, 1, "?linkType=linkset");
  Scan(code, 1, "?proof=json");
  Scan(code, 1, "", "GET", {{"Sec-Purpose", "prefetch"}});
  EXPECT_EQ(ScansOf(code).first_day(), "");
  for (int i = 0; i < 7; ++i) EXPECT_EQ(Scan(code).status, 200);
  EXPECT_EQ(ScansOf(code).count_at_least(), 6);
}

TEST_P(ScanStatisticsTest, CountsOutliveARestartAndMayBeLost) {
  const std::string code = Label(cooperative_, 1).codes[0];
  for (int i = 0; i < 3; ++i) Scan(code);
  const std::string day = ScansOf(code).first_day();
  EXPECT_EQ(day.size(), 10u);
  system_.Restart();
  EXPECT_EQ(ScansOf(code).first_day(), day);
  EXPECT_EQ(ScansOf(code).count_at_least(), 2);
  system_.StopAll();
  std::filesystem::remove_all(system_.dir() + "/scans");
  system_.Restart();
  EXPECT_EQ(ScansOf(code).first_day(), "");
  EXPECT_THAT(Scan(code).body, HasSubstr("香葱"));
}

// Who scanned, and from where, is in no file; nor are scans in the log.
TEST_P(ScanStatisticsTest, NoFileHoldsAnAddressACodeOrABrowsersName) {
  system_.UsePlaces(AddressTable({{"198.51.100.0", 24, "CN", "YN"}}));
  const std::string code = Label(cooperative_, 1).codes[0];
  const int64_t size = system_.LastSequence();
  Scan(code, 1, "", "GET", {{"X-Forwarded-For", "198.51.100.77"}});
  EXPECT_EQ(system_.LastSequence(), size);
  system_.StopAll();
  int files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(system_.dir() + "/scans")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    for (const std::string& personal :
         {std::string("198.51.100"), std::string("MicroMessenger"), code, code.substr(0, 13)}) {
      EXPECT_EQ(all.find(personal), std::string::npos) << entry.path();
    }
    ++files;
  }
  EXPECT_GT(files, 0);
  system_.Restart();
  EXPECT_EQ(ScansOf(code).first_place(), "CN-YN");
}

// The door that counts is not the public's.
TEST_P(ScanStatisticsTest, NobodyOutsideCallsWhatCounts) {
  const std::string code = Label(cooperative_, 1).codes[0];
  v1::ScanLabelRequest request;
  request.set_code(code);
  EXPECT_THAT(system_.stranger().Call<v1::ScanLabelResponse>("LabelService/ScanLabel", request),
              Not(IsOk()));
  EXPECT_THAT(cooperative_.Call<v1::ScanLabelResponse>("LabelService/ScanLabel", request),
              Not(IsOk()));
  const HttpAnswer posted =
      Fetch(system_.portal().http_port(), "POST", "/suyuan.v1.LabelService/ScanLabel",
            {{"Content-Type", "application/proto"}}, request.SerializeAsString());
  EXPECT_NE(posted.status, 200);
  EXPECT_EQ(ScansOf(code).first_day(), "");
}

// Counting opens no new door for whoever guesses.
TEST_P(ScanStatisticsTest, AScanOfAWrongCodeAndOfOneNeverIssuedAreAlike) {
  std::ifstream file(StrCat(system_.dir(), "/keys/", ledger::kLabelKeyFile));
  std::string hex, key;
  ASSERT_TRUE(file >> hex && ParseHex(hex, &key));
  Label(cooperative_, 1);
  absl::Duration least[2] = {absl::InfiniteDuration(), absl::InfiniteDuration()};
  for (int i = 0; i < 100; ++i) {
    const std::string unissued = label::CodeOf(HmacKey(key), "another/ledger", "labelRuns/0", i);
    std::string wrong = unissued;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    HttpAnswer answers[2];
    for (const int which : {i % 2, 1 - i % 2}) {
      const auto begin = std::chrono::steady_clock::now();
      answers[which] = Scan(which == 0 ? unissued : wrong);
      least[which] =
          std::min(least[which], absl::FromChrono(std::chrono::steady_clock::now() - begin));
    }
    ASSERT_EQ(answers[0].status, 404);
    ASSERT_EQ(answers[1].status, 404);
    ASSERT_EQ(answers[0].headers, answers[1].headers);
    ASSERT_EQ(answers[0].body, answers[1].body);
  }
  EXPECT_LT(absl::AbsDuration(least[0] - least[1]), absl::Milliseconds(1));
}

class SignalTest : public ScanTest {};

// A copy sold in many places; the page warns, and says neither that it is one nor that it is not.
TEST_P(SignalTest, AManifoldScanAsksToAskTheSellerAndReachesTheRegulator) {
  const Labelled labels = Label(cooperative_, 2);
  for (int network = 1; network <= 11; ++network) Scan(labels.codes[0], network);
  const std::string zh = Scan(labels.codes[0], 1).body;
  EXPECT_THAT(zh, HasSubstr("这枚码的扫码情况</span><span>不寻常"));
  EXPECT_THAT(zh, HasSubstr("请问卖家"));
  EXPECT_THAT(Scan(labels.codes[0], 1, "?lang=en").body, HasSubstr("Ask the seller"));
  EXPECT_THAT(Scan(labels.codes[1], 1).body, Not(HasSubstr("不寻常")));
  for (const char* never : {"假", "伪", "正品", "counterfeit", "genuine", "fake"}) {
    EXPECT_THAT(zh, Not(HasSubstr(never)));
  }
  Actor& county = Regulator("532302");
  const auto signals = Signals(county);
  ASSERT_OK(signals);
  ASSERT_EQ(signals->signals_size(), 1);
  const v1::ScanSignalCluster& cluster = signals->signals(0);
  EXPECT_EQ(cluster.batch(), labels.batch);
  EXPECT_EQ(cluster.signal(), v1::SCAN_SIGNAL_MANY_NETWORKS);
  EXPECT_EQ(cluster.labels(), 1);
  EXPECT_EQ(cluster.party(), cooperative_.party());
  EXPECT_EQ(cluster.region_code(), "532302");
  EXPECT_EQ(cluster.examples(0).run(), labels.run);
  EXPECT_EQ(cluster.examples(0).number(), 1);
}

// Where the operator has a table of addresses: provinces, and nothing finer.
TEST_P(SignalTest, ScansOfManyProvincesAskToAskTheSellerAndTheRegulatorSeesWhich) {
  const Labelled labels = Label(cooperative_, 2);
  std::vector<AddressRange> table;
  for (const char* division : {"YN", "GD", "SC", "GX"}) {
    table.push_back({StrCat("203.0.", 1 + table.size(), ".0"), 24, "CN", division});
  }
  system_.UsePlaces(AddressTable(table));
  for (int network = 1; network <= 4; ++network) {
    const std::string page = Scan(labels.codes[0], network).body;
    EXPECT_THAT(page, Not(HasSubstr("不寻常"))) << network;
    EXPECT_EQ(page.find("，云南。") != std::string::npos, network > 1) << network;
  }
  Scan(labels.codes[0], 200);  // Not in the table.
  EXPECT_THAT(Scan(labels.codes[0], 1).body, HasSubstr("不寻常"));
  EXPECT_EQ(ScansOf(labels.codes[0]).first_place(), "CN-YN");
  EXPECT_EQ(ScansOf(labels.codes[1]).first_place(), "");
  EXPECT_THAT(Fetch(system_.portal().http_port(), "GET", "/complaint?lang=zh").body,
              HasSubstr("在哪个省或国家被扫"));
  const auto signals = Signals(Regulator("532302"));
  ASSERT_OK(signals);
  ASSERT_EQ(signals->signals_size(), 1);
  EXPECT_EQ(signals->signals(0).signal(), v1::SCAN_SIGNAL_MANY_PLACES);
  std::set<std::string> places;
  for (const v1::ScanPlace& place : signals->signals(0).places()) places.insert(place.place());
  EXPECT_EQ(places, (std::set<std::string>{"CN-GD", "CN-GX", "CN-SC", "CN-YN"}));
}

TEST_P(SignalTest, VoidedRetiredAndUnappliedLabelsScannedAreSignals) {
  const Labelled labels = Label(cooperative_, 20);
  Actor& county = Regulator("532302");
  v1::VoidLabelsRequest voids;
  voids.set_request_id(RandomUuid());
  voids.mutable_label_void()->set_run(labels.run);
  voids.mutable_label_void()->set_first(1);
  voids.mutable_label_void()->set_last(1);
  voids.mutable_label_void()->set_cause(claim::v1::VOID_CAUSE_LOST);
  ASSERT_OK(cooperative_.Call<v1::VoidLabelsResponse>("LabelService/VoidLabels", voids));
  const auto mark = [&](claim::v1::LabelStage stage, int first, int last,
                        claim::v1::RetireCause cause = {}) {
    v1::MarkLabelsRequest request;
    request.set_request_id(RandomUuid());
    claim::v1::LabelMark* claim = request.mutable_label_mark();
    claim->set_run(labels.run);
    claim->set_first(first);
    claim->set_last(last);
    claim->set_stage(stage);
    claim->set_cause(cause);
    *claim->mutable_occur() = system_.Now();
    ASSERT_OK(cooperative_.Call<v1::MarkLabelsResponse>("LabelService/MarkLabels", request));
  };
  mark(claim::v1::LABEL_STAGE_PRINTED, 2, 10);
  mark(claim::v1::LABEL_STAGE_APPLIED, 2, 5);
  mark(claim::v1::LABEL_STAGE_RETIRED, 2, 2, claim::v1::RETIRE_CAUSE_DESTROYED);
  mark(claim::v1::LABEL_STAGE_RETIRED, 3, 3, claim::v1::RETIRE_CAUSE_SOLD);
  v1::ResolveLabelRequest seen;
  seen.set_code(labels.codes[0]);
  seen.set_min_sequence(system_.LastSequence());
  ASSERT_OK(system_.stranger().Call<v1::ResolveLabelResponse>("LabelService/ResolveLabel", seen));
  for (int number = 1; number <= 7; ++number) Scan(labels.codes[number - 1]);
  const auto kinds = [&] {
    std::map<v1::ScanSignal, int> labels_of;
    const v1::ListScanSignalsResponse all = *Signals(county);
    for (const v1::ScanSignalCluster& cluster : all.signals()) {
      labels_of[cluster.signal()] = cluster.labels();
    }
    return labels_of;
  };
  // Sold ones are scanned at home; two that are not applied are whoever tries his printer.
  EXPECT_EQ(kinds(), (std::map<v1::ScanSignal, int>{{v1::SCAN_SIGNAL_VOID_SCANNED, 1},
                                                    {v1::SCAN_SIGNAL_RETIRED_SCANNED, 1},
                                                    {v1::SCAN_SIGNAL_NOT_SHIPPED_SCANNED, 7}}));
  Scan(labels.codes[7]);
  EXPECT_EQ(kinds()[v1::SCAN_SIGNAL_NOT_APPLIED_SCANNED], 3);
}

TEST_P(SignalTest, OnlyTheRegulatorOfThePartySeesThemAndPageByPage) {
  Actor& away = system_.AddParty("外县合作社", {claim::v1::PARTY_ROLE_COOPERATIVE}, "530111");
  std::set<std::string> batches;
  for (int i = 0; i < 3; ++i) {
    const Labelled labels = Label(cooperative_, 1);
    batches.insert(labels.batch);
    for (int network = 1; network <= 11; ++network) Scan(labels.codes[0], network);
  }
  const Labelled elsewhere = Label(away, 1);
  for (int network = 1; network <= 11; ++network) Scan(elsewhere.codes[0], network);
  Actor& county = Regulator("532302");
  std::set<std::string> seen;
  std::string token;
  do {
    const auto page = Signals(county, 1, token);
    ASSERT_OK(page);
    for (const auto& cluster : page->signals()) EXPECT_TRUE(seen.insert(cluster.batch()).second);
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(seen, batches);
  EXPECT_EQ(Signals(county, 0, "", elsewhere.batch)->signals_size(), 0);
  EXPECT_EQ(Signals(county, 0, "", *batches.begin())->signals_size(), 1);
  EXPECT_THAT(Signals(cooperative_), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Signals(system_.operator_actor()), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Signals(system_.stranger()), Fails(v1::REASON_SIGNATURE_MISSING));
  EXPECT_THAT(Signals(county, 1, "x"), Fails(v1::REASON_PAGE_TOKEN_INVALID));
}

INSTANTIATE_TEST_SUITE_P(Topologies, ScanStatisticsTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);
INSTANTIATE_TEST_SUITE_P(Topologies, SignalTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
