// Where a batch comes from and went, and who may know; in both topologies.
#include <map>
#include <set>

#include "services/domain/id.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/recall.pb.h"
#include "suyuan/v1/shipment.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TraceTest : public testing::TestWithParam<Topology> {
 protected:
  template <typename Request>
  absl::StatusOr<std::vector<v1::TraceNode>> Trace(Actor& actor, const std::string& method,
                                                   const std::string& batch) {
    Request request;
    request.set_batch(batch);
    request.set_min_sequence(system_.LastSequence());
    return actor.Stream<v1::TraceNode>("TraceService/" + method, request);
  }
  absl::StatusOr<std::vector<v1::TraceNode>> Back(Actor& actor, const std::string& batch) {
    return Trace<v1::TraceBackRequest>(actor, "TraceBack", batch);
  }
  absl::StatusOr<std::vector<v1::TraceNode>> Forward(Actor& actor, const std::string& batch) {
    return Trace<v1::TraceForwardRequest>(actor, "TraceForward", batch);
  }
  absl::StatusOr<std::vector<v1::TimelineEntry>> Timeline(Actor& actor, const std::string& batch) {
    v1::StreamTimelineRequest request;
    request.set_batch(batch);
    request.set_min_sequence(system_.LastSequence());
    return actor.Stream<v1::TimelineEntry>("TraceService/StreamTimeline", request);
  }
  absl::StatusOr<v1::ListStockResponse> Stock(Actor& actor, const std::string& party = "",
                                              int page_size = 0, const std::string& token = "") {
    v1::ListStockRequest request;
    request.set_party(party);
    request.set_page_size(page_size);
    request.set_page_token(token);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::ListStockResponse>("TraceService/ListStock", request);
  }
  std::vector<std::string> Batches(Actor& actor, const std::string& party = "",
                                   const std::string& product = "") {
    v1::ListBatchesRequest request;
    request.set_page_size(1);  // One a page: every list is walked page by page.
    request.set_party(party);
    request.set_product(product);
    request.set_min_sequence(system_.LastSequence());
    std::vector<std::string> names;
    do {
      const auto page = actor.Call<v1::ListBatchesResponse>("TraceService/ListBatches", request);
      EXPECT_OK(page);
      if (!page.ok()) return names;
      for (const v1::Batch& batch : page->batches()) names.push_back(batch.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  // What a scan of a fresh label shows.
  v1::Journey Journey(const std::string& batch) {
    code_ = system_.Label(farm_, batch);
    return Scan();
  }
  v1::Journey Scan() {
    v1::ResolveLabelRequest scan;
    scan.set_code(code_);
    scan.set_min_sequence(system_.LastSequence());
    const auto label =
        system_.stranger().Call<v1::ResolveLabelResponse>("LabelService/ResolveLabel", scan);
    EXPECT_OK(label);
    return label->journey();
  }
  std::vector<std::string> Split(const std::string& batch, std::vector<int64_t> kilograms) {
    v1::SplitBatchRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_split()->set_batch(batch);
    request.mutable_split()->set_site(farm_site_);
    for (const int64_t part : kilograms) {
      *request.mutable_split()->add_parts() = System::Kilograms(part);
    }
    *request.mutable_split()->mutable_occur() = system_.Now();
    const auto response = farm_.Call<v1::SplitBatchResponse>("OriginService/SplitBatch", request);
    EXPECT_OK(response);
    return {response->batches().begin(), response->batches().end()};
  }
  // A sampling and its result; `value` above 20,000 ng/kg does not conform.
  void Inspect(const std::string& batch, int64_t value, const std::string& seal) {
    v1::RecordSamplingRequest sampling;
    sampling.set_request_id(RandomUuid());
    sampling.mutable_sampling()->set_batch(batch);
    sampling.mutable_sampling()->set_purpose(claim::v1::SAMPLING_PURPOSE_SPOT_CHECK);
    sampling.mutable_sampling()->set_lab(lab_.party());
    *sampling.mutable_sampling()->mutable_sample() = System::Kilograms(1);
    sampling.mutable_sampling()->set_seal_number(seal);
    *sampling.mutable_sampling()->mutable_occur() = system_.Now();
    const auto taken =
        regulator_.Call<v1::RecordSamplingResponse>("InspectionService/RecordSampling", sampling);
    ASSERT_OK(taken);
    v1::RecordResultRequest request;
    request.set_request_id(RandomUuid());
    claim::v1::TestResult& result = *request.mutable_result();
    result.set_sampling(taken->sampling());
    result.set_method("GB 23200.121-2021");
    claim::v1::AnalyteResult& analyte = *result.add_results();
    analyte.set_analyte("毒死蜱");
    analyte.mutable_measurement()->set_value_ng_per_kg(value);
    analyte.mutable_measurement()->set_limit_ng_per_kg(20'000);
    result.set_verdict(value > 20'000 ? claim::v1::VERDICT_NON_CONFORMANT
                                      : claim::v1::VERDICT_CONFORMANT);
    *result.mutable_occur() = system_.Now();
    ASSERT_OK(lab_.Call<v1::RecordResultResponse>("InspectionService/RecordResult", request));
    sampling_ = taken->sampling();
  }
  // By the laboratory's signatory.
  void Issue(const std::string& sampling) {
    v1::IssueResultRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_issuance()->set_sampling(sampling);
    *request.mutable_issuance()->mutable_occur() = system_.Now();
    ASSERT_OK(signatory_.Call<v1::IssueResultResponse>("InspectionService/IssueResult", request));
  }
  // The actor's key may have been somebody else's from now on.
  void Suspect(Actor& actor) {
    v1::RevokeKeyRequest revoke;
    revoke.set_request_id(RandomUuid());
    revoke.mutable_revocation()->set_key(
        rpc::NameOfKey("keys", actor.options().key->algorithm(), actor.options().key->Spki()));
    revoke.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_COMPROMISED);
    *revoke.mutable_revocation()->mutable_suspected_since() = since_;
    ASSERT_OK(actor.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", revoke));
  }
  static std::set<std::string> NamesOf(const std::vector<v1::TraceNode>& nodes) {
    std::set<std::string> names;
    for (const v1::TraceNode& node : nodes) names.insert(node.batch().name());
    return names;
  }
  std::string Harvest(int64_t kilograms) {
    return system_.Harvest(farm_, product_, plot_, farm_site_, kilograms);
  }

  System system_{GetParam()};
  Actor& farm_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& shop_ = system_.AddParty("金山超市", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other_ = system_.AddParty("黑井果业合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& lab_ = system_.AddParty("州检测中心", {claim::v1::PARTY_ROLE_LAB});
  Actor& signatory_ = system_.AddMember(lab_, claim::v1::MEMBER_ROLE_SIGNATORY);
  Actor& regulator_ = system_.AddParty("农业农村局", {claim::v1::PARTY_ROLE_REGULATOR});
  const std::string farm_site_ = system_.AddSite(farm_, claim::v1::SITE_KIND_FARM);
  const std::string shop_site_ = system_.AddSite(shop_, claim::v1::SITE_KIND_SHOP);
  const std::string plot_ = system_.AddPlot(farm_);
  const std::string product_ = system_.AddProduct(farm_);
  std::string code_, sampling_;  // Of the last Journey, of the last Inspect.
  google::protobuf::Timestamp since_ = domain::StampOf(system_.clock().Now());
};

TEST_P(TraceTest, FollowsABatchBothWaysWithHoldersAndAmounts) {
  const std::string harvest = Harvest(100);
  const std::vector<std::string> parts = Split(harvest, {30, 20});
  system_.Receive(shop_, system_.Ship(farm_, parts[0], 30, farm_site_, shop_site_));
  const auto forward = Forward(farm_, harvest);
  ASSERT_OK(forward);
  EXPECT_EQ(NamesOf(*forward), (std::set<std::string>{harvest, parts[0], parts[1]}));
  EXPECT_EQ((*forward)[0].batch().name(), harvest) << "the root first";
  for (const v1::TraceNode& node : *forward) {
    EXPECT_EQ(node.as_of_size(), (*forward)[0].as_of_size());
    ASSERT_EQ(node.holdings_size(), 1);
    const bool sold = node.batch().name() == parts[0];
    EXPECT_EQ(node.holdings(0).party_name(), sold ? "金山超市" : "碧城蔬菜合作社");
  }
  const auto back = Back(shop_, parts[0]);
  ASSERT_OK(back);
  EXPECT_EQ(NamesOf(*back), (std::set<std::string>{parts[0], harvest}));
  EXPECT_THAT(back->back().plots(), ElementsAre(plot_));
}

// The rule of services/trace/access.h, for each kind of caller.
TEST_P(TraceTest, ShowsABatchToThoseItConcernsAndToWhoeverInspects) {
  const std::string batch = Harvest(10);
  const auto sees = [&](Actor& actor) {
    const bool seen = Timeline(actor, batch).ok();
    EXPECT_EQ(Back(actor, batch).ok(), seen);
    EXPECT_EQ(Forward(actor, batch).ok(), seen);
    EXPECT_EQ(Batches(actor).size(), seen ? 1u : 0u);
    return seen;
  };
  EXPECT_TRUE(sees(farm_));
  EXPECT_TRUE(sees(lab_));
  EXPECT_TRUE(sees(regulator_));
  EXPECT_TRUE(sees(system_.operator_actor()));
  EXPECT_FALSE(sees(shop_));
  const std::string shipment = system_.Ship(farm_, batch, 10, farm_site_, shop_site_);
  EXPECT_TRUE(sees(shop_)) << "it is on its way to it";
  system_.Receive(shop_, shipment);
  EXPECT_TRUE(sees(shop_));
  EXPECT_TRUE(sees(farm_)) << "it held it once";
  EXPECT_FALSE(sees(other_));
}

// That a batch exists is nobody else's business.
TEST_P(TraceTest, AnswersAbsentAndForeignBatchesAlike) {
  const std::string batch = Harvest(10);
  const std::string absent =
      domain::BatchId::FromId(domain::MakeId(batch.substr(8, 4), "", RandomUuid(), 0)).name();
  const auto answer_of = [&](const std::string& name) { return Timeline(other_, name).status(); };
  EXPECT_THAT(answer_of(absent), Fails(v1::REASON_NOT_FOUND));
  EXPECT_EQ(answer_of(absent).code(), answer_of(batch).code());
  EXPECT_EQ(answer_of(absent).message(), answer_of(batch).message());
  for (const std::string& name : {batch, absent}) {
    EXPECT_THAT(Timeline(other_, name),
                testing::AnyOf(Fails(v1::REASON_NOT_FOUND), Fails(v1::REASON_FIELD_MALFORMED)));
  }
  EXPECT_THAT(Timeline(other_, batch), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Back(other_, batch), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Timeline(system_.stranger(), batch), Fails(v1::REASON_SIGNATURE_MISSING));
  EXPECT_THAT(Stock(other_, farm_.party()), Fails(v1::REASON_NOT_FOUND));
}

TEST_P(TraceTest, KeepsWhatIsForModulesFromTheDoor) {
  v1::GetJourneyRequest journey;
  journey.set_batch(Harvest(1));
  EXPECT_THAT(regulator_.Call<v1::Journey>("TraceService/GetJourney", journey),
              HasCode(absl::StatusCode::kUnimplemented));
  v1::StreamScopeRequest scope;
  scope.add_batches(journey.batch());
  EXPECT_THAT(regulator_.Stream<v1::TraceNode>("TraceService/StreamScope", scope),
              HasCode(absl::StatusCode::kUnimplemented));
}

TEST_P(TraceTest, TellsATimelineInOrderWithNames) {
  const std::string batch = Harvest(10);
  system_.Receive(shop_, system_.Ship(farm_, batch, 4, farm_site_, shop_site_));
  const auto timeline = Timeline(farm_, batch);
  ASSERT_OK(timeline);
  std::vector<std::string> kinds, parties;
  for (const v1::TimelineEntry& entry : *timeline) {
    kinds.push_back(entry.kind());
    parties.push_back(entry.party_name());
    EXPECT_EQ(entry.site_name(), "站点");
  }
  EXPECT_THAT(kinds, ElementsAre("batch_harvested", "shipment_dispatched", "shipment_received"));
  EXPECT_THAT(parties, ElementsAre("碧城蔬菜合作社", "碧城蔬菜合作社", "金山超市"));
  EXPECT_EQ((*timeline)[1].detail(), "站点") << "where it was sent, by name";
}

TEST_P(TraceTest, ListsStockPageByPage) {
  std::map<std::string, int64_t> expected;
  for (const int64_t kilograms : {5, 6, 7}) expected[Harvest(kilograms)] = kilograms * 1'000'000;
  const std::string gone = Harvest(8);
  system_.Ship(farm_, gone, 8, farm_site_, shop_site_);
  std::map<std::string, int64_t> listed;
  std::string token;
  do {
    const auto page = Stock(farm_, "", 2, token);
    ASSERT_OK(page);
    EXPECT_LE(page->lines_size(), 2);
    for (const v1::StockLine& line : page->lines()) {
      EXPECT_TRUE(listed.emplace(line.batch(), line.holding().quantity().amount()).second);
      EXPECT_EQ(line.product_name(), "香葱");
    }
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(listed, expected);
  EXPECT_EQ(Stock(regulator_, farm_.party())->lines_size(), 3);
  EXPECT_EQ(Stock(regulator_)->lines_size(), 0);
}

TEST_P(TraceTest, ListsBatchesNewestFirstByPartyAndProduct) {
  const std::string first = Harvest(1), second = Harvest(2);
  const std::string other =
      system_.Harvest(other_, system_.AddProduct(other_), system_.AddPlot(other_),
                      system_.AddSite(other_, claim::v1::SITE_KIND_FARM), 3);
  EXPECT_THAT(Batches(regulator_), ElementsAre(other, second, first));
  EXPECT_THAT(Batches(regulator_, farm_.party()), ElementsAre(second, first));
  EXPECT_THAT(Batches(regulator_, "", product_), ElementsAre(second, first));
  EXPECT_THAT(Batches(regulator_, other_.party(), product_), IsEmpty());
  EXPECT_THAT(Batches(farm_), ElementsAre(second, first));
  EXPECT_THAT(Batches(farm_, other_.party()), IsEmpty());
}

TEST_P(TraceTest, AJourneyTellsOriginsTestsAndSteps) {
  const std::string harvest = Harvest(100);
  Inspect(harvest, 5'000, "SEAL-1");
  Issue(sampling_);
  const std::vector<std::string> parts = Split(harvest, {30, 20});
  system_.Receive(shop_, system_.Ship(farm_, parts[0], 25, farm_site_, shop_site_));
  const v1::Journey journey = Journey(parts[0]);
  EXPECT_EQ(journey.batch().name(), parts[0]);
  EXPECT_EQ(journey.product().name_en(), "Chives");
  ASSERT_EQ(journey.origins_size(), 1);
  EXPECT_EQ(journey.origins_total(), 1);
  EXPECT_EQ(journey.origins(0).batch(), harvest);
  EXPECT_EQ(journey.origins(0).party_name(), "碧城蔬菜合作社");
  EXPECT_EQ(journey.origins(0).township(), "金山镇");
  EXPECT_EQ(journey.origins(0).village(), "大村");
  EXPECT_EQ(journey.origins(0).plot_name(), "一号地");
  ASSERT_EQ(journey.tests_size(), 1);
  EXPECT_EQ(journey.tests(0).lab_name(), "州检测中心");
  EXPECT_EQ(journey.tests(0).purpose(), claim::v1::SAMPLING_PURPOSE_SPOT_CHECK);
  std::vector<std::string> kinds;
  for (const v1::TimelineEntry& step : journey.steps()) kinds.push_back(step.kind());
  EXPECT_THAT(kinds, ElementsAre("batch_harvested", "sample_taken", "result_recorded",
                                 "result_issued", "batch_split", "shipment_dispatched",
                                 "shipment_received", "labels_issued"));
  EXPECT_EQ(journey.steps(4).quantity().amount(), 30'000'000) << "its own part, not the whole";
  EXPECT_TRUE(journey.shipped());
  EXPECT_FALSE(journey.on_hold());
  EXPECT_FALSE(journey.has_recall());
  EXPECT_EQ(journey.sequence(), journey.batch().sequence());
  EXPECT_GT(journey.as_of_size(), journey.sequence());
}

// A good test that somebody else may have signed is none; a bad one is told, to be on the safe
// side.
TEST_P(TraceTest, ADisputedTestShowsNothingAsGood) {
  const std::string good = Harvest(100);
  Inspect(good, 5'000, "SEAL-1");
  Issue(sampling_);
  EXPECT_EQ(Journey(good).tests_size(), 1);
  const std::string good_code = code_;
  const std::string bad = Harvest(100);
  Journey(bad);
  Inspect(bad, 50'000, "SEAL-2");
  Suspect(lab_);
  const v1::Journey told = Scan();
  ASSERT_EQ(told.tests_size(), 1);
  EXPECT_EQ(told.tests(0).standing(), v1::STANDING_DISPUTED);
  code_ = good_code;
  EXPECT_EQ(Scan().tests_size(), 0);
}

// D6: of a result that no third person stands for, the page tells that there is one; a bad one is
// told and held at once.
TEST_P(TraceTest, D6_AResultCountsOnceASignatoryIssuesIt) {
  const std::string batch = Harvest(100);
  Inspect(batch, 5'000, "SEAL-1");
  const std::string sampling = sampling_;
  v1::Journey journey = Journey(batch);
  ASSERT_EQ(journey.tests_size(), 1);
  EXPECT_TRUE(journey.tests(0).provisional());
  EXPECT_EQ(journey.tests(0).result().verdict(), claim::v1::VERDICT_UNSPECIFIED);
  EXPECT_EQ(journey.tests(0).result().results_size(), 0) << "no answer is told";
  EXPECT_EQ(journey.batch().verdict(), claim::v1::VERDICT_UNSPECIFIED);
  EXPECT_EQ(journey.steps(2).kind(), "result_recorded");
  EXPECT_EQ(journey.steps(2).detail(), "");
  Issue(sampling);
  journey = Scan();
  EXPECT_FALSE(journey.tests(0).provisional());
  EXPECT_EQ(journey.tests(0).result().verdict(), claim::v1::VERDICT_CONFORMANT);
  EXPECT_EQ(journey.tests(0).result().results_size(), 1);
  EXPECT_EQ(journey.batch().verdict(), claim::v1::VERDICT_CONFORMANT);
  // Whoever has the signatory's key since then issued nothing.
  Suspect(signatory_);
  journey = Scan();
  EXPECT_TRUE(journey.tests(0).provisional());
  EXPECT_EQ(journey.tests(0).result().results_size(), 0);
}

TEST_P(TraceTest, ABadResultIsToldAndHoldsBeforeAnybodyIssuesIt) {
  const std::string batch = Harvest(100);
  Journey(batch);
  Inspect(batch, 5'000, "SEAL-1");
  const std::string earlier = sampling_;
  Inspect(batch, 50'000, "SEAL-2");
  v1::Journey journey = Scan();
  ASSERT_EQ(journey.tests_size(), 2);
  EXPECT_TRUE(journey.tests(0).provisional());
  EXPECT_EQ(journey.tests(0).result().verdict(), claim::v1::VERDICT_NON_CONFORMANT);
  EXPECT_EQ(journey.tests(0).result().results_size(), 1);
  EXPECT_TRUE(journey.on_hold());
  EXPECT_EQ(journey.batch().verdict(), claim::v1::VERDICT_NON_CONFORMANT);
  // An earlier good one, issued later, is still the earlier one.
  Issue(earlier);
  journey = Scan();
  EXPECT_EQ(journey.batch().verdict(), claim::v1::VERDICT_NON_CONFORMANT);
  EXPECT_TRUE(journey.on_hold());
}

// What became of the rest of a harvest is another pack's story.
TEST_P(TraceTest, AJourneyLeavesOutWhereTheRestOfAnAncestorWent) {
  const std::string harvest = Harvest(100);
  const std::vector<std::string> parts = Split(harvest, {30, 20});
  system_.Receive(shop_, system_.Ship(farm_, harvest, 50, farm_site_, shop_site_));
  const v1::Journey journey = Journey(parts[0]);
  for (const v1::TimelineEntry& step : journey.steps()) {
    EXPECT_NE(step.kind(), "shipment_dispatched");
  }
  EXPECT_FALSE(journey.shipped());
}

TEST_P(TraceTest, AJourneyCountsEveryHarvestAndShowsFifty) {
  std::vector<std::string> merged;
  for (int i = 0; i < 2; ++i) {
    v1::RegisterHarvestsRequest harvests;
    harvests.set_request_id(RandomUuid());
    v1::MergeBatchesRequest merge;
    merge.set_request_id(RandomUuid());
    for (int k = 0; k < 30; ++k) {
      claim::v1::Harvest& harvest = *harvests.add_harvests();
      harvest.set_product(product_);
      harvest.add_plots(plot_);
      harvest.set_site(farm_site_);
      *harvest.mutable_quantity() = System::Kilograms(2);
      *harvest.mutable_occur() = system_.Now();
    }
    const auto made =
        farm_.Call<v1::RegisterHarvestsResponse>("OriginService/RegisterHarvests", harvests);
    ASSERT_OK(made);
    for (const std::string& batch : made->batches()) {
      claim::v1::BatchQuantity& input = *merge.mutable_merge()->add_inputs();
      input.set_batch(batch);
      *input.mutable_quantity() = System::Kilograms(2);
    }
    for (const std::string& batch : merged) {
      claim::v1::BatchQuantity& input = *merge.mutable_merge()->add_inputs();
      input.set_batch(batch);
      *input.mutable_quantity() = System::Kilograms(1);
    }
    merge.mutable_merge()->set_site(farm_site_);
    *merge.mutable_merge()->mutable_occur() = system_.Now();
    const auto response = farm_.Call<v1::MergeBatchesResponse>("OriginService/MergeBatches", merge);
    ASSERT_OK(response);
    merged = {response->batch()};
  }
  const v1::Journey journey = Journey(merged[0]);
  EXPECT_EQ(journey.origins_total(), 60);
  EXPECT_EQ(journey.origins_size(), 50);
}

TEST_P(TraceTest, AJourneyTellsWhatWasAskedAndMeasuredOnTheWay) {
  const std::string batch = Harvest(100);
  v1::ShipRequest ship;
  ship.set_request_id(RandomUuid());
  claim::v1::Dispatch& dispatch = *ship.mutable_dispatch();
  dispatch.set_from_site(farm_site_);
  dispatch.set_to_site(shop_site_);
  dispatch.add_lines()->set_batch(batch);
  *dispatch.mutable_lines(0)->mutable_quantity() = System::Kilograms(40);
  dispatch.mutable_keep()->set_highest_decidegrees(80);
  *dispatch.mutable_occur() = system_.Now();
  const auto shipped = farm_.Call<v1::ShipResponse>("ShipmentService/Ship", ship);
  ASSERT_OK(shipped);
  v1::ReceiveShipmentRequest receive;
  receive.set_request_id(RandomUuid());
  receive.mutable_arrival()->set_shipment(shipped->shipment());
  receive.mutable_arrival()->mutable_measured()->set_lowest_decidegrees(-5);
  receive.mutable_arrival()->mutable_measured()->set_highest_decidegrees(110);
  *receive.mutable_arrival()->mutable_occur() = system_.Now();
  ASSERT_OK(shop_.Call<v1::ReceiveShipmentResponse>("ShipmentService/ReceiveShipment", receive));
  system_.Receive(shop_, system_.Ship(farm_, batch, 40, farm_site_, shop_site_));
  const v1::Journey journey = Journey(batch);
  const v1::TimelineEntry &sent = journey.steps(1), &received = journey.steps(2);
  EXPECT_EQ(sent.keep().highest_decidegrees(), 80);
  EXPECT_FALSE(sent.has_measured());
  EXPECT_EQ(received.keep().highest_decidegrees(), 80);
  EXPECT_EQ(received.measured().lowest_decidegrees(), -5);
  EXPECT_EQ(received.measured().highest_decidegrees(), 110);
  EXPECT_FALSE(journey.steps(3).has_keep()) << "nothing was asked";
  EXPECT_FALSE(journey.steps(4).has_measured());
}

TEST_P(TraceTest, AJourneyTellsAHoldAndARecallAtOnce) {
  const std::string batch = Harvest(100);
  EXPECT_FALSE(Journey(batch).on_hold());
  Inspect(batch, 50'000, "SEAL-2");
  const v1::Journey held = Scan();
  EXPECT_TRUE(held.on_hold());
  EXPECT_EQ(held.hold_cause(), claim::v1::HOLD_CAUSE_FAILED_TEST);
  v1::OpenRecallRequest open;
  open.set_request_id(RandomUuid());
  open.mutable_recall()->add_batches(batch);
  open.mutable_recall()->set_level(claim::v1::RECALL_LEVEL_ONE);
  open.mutable_recall()->set_hazard(claim::v1::HAZARD_PESTICIDE_RESIDUE);
  open.mutable_recall()->set_notice_zh("请停止食用。");
  *open.mutable_recall()->mutable_occur() = system_.Now();
  const auto opened = regulator_.Call<v1::OpenRecallResponse>("RecallService/OpenRecall", open);
  ASSERT_OK(opened);
  const v1::Journey recalled = Scan();
  EXPECT_EQ(recalled.recall().recall(), opened->recall());
  EXPECT_EQ(recalled.recall().party_name(), "农业农村局");
  EXPECT_EQ(recalled.recall().claim().notice_zh(), "请停止食用。");
  EXPECT_TRUE(recalled.recall().has_record_time());
  EXPECT_TRUE(Stock(farm_)->lines(0).on_hold());
  EXPECT_TRUE(Stock(farm_)->lines(0).recalled());
  v1::CloseRecallRequest close;
  close.set_request_id(RandomUuid());
  close.mutable_closure()->set_recall(opened->recall());
  close.mutable_closure()->set_outcome(claim::v1::RECALL_OUTCOME_COMPLETED);
  *close.mutable_closure()->mutable_occur() = system_.Now();
  ASSERT_OK(regulator_.Call<v1::CloseRecallResponse>("RecallService/CloseRecall", close));
  EXPECT_FALSE(Scan().has_recall());
  EXPECT_TRUE(Scan().on_hold()) << "a hold does not end with a recall";
}

INSTANTIATE_TEST_SUITE_P(Topologies, TraceTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
