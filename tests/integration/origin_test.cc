// OriginService and GradingService over both topologies.
#include "tests/support/chain.h"

namespace suyuan {
namespace {

using test::Actor;
using test::Chain;
using test::Fails;
using test::System;
using test::Topology;
using testing::ElementsAre;
using testing::IsEmpty;

class OriginTest : public testing::TestWithParam<Topology> {
 protected:
  absl::StatusOr<v1::Batch> Get(Actor& actor, const std::string& name) {
    v1::GetBatchRequest request;
    request.set_name(name);
    return actor.Call<v1::Batch>("OriginService/GetBatch", request);
  }
  absl::StatusOr<v1::RegisterHarvestResponse> Harvest(const v1::RegisterHarvestRequest& request) {
    return chain_.coop().Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest",
                                                           request);
  }
  absl::StatusOr<v1::SplitBatchResponse> Split(Actor& actor, const v1::SplitBatchRequest& request) {
    return actor.Call<v1::SplitBatchResponse>("OriginService/SplitBatch", request);
  }
  absl::StatusOr<v1::MergeBatchesResponse> Merge(const std::vector<std::string>& batches) {
    return chain_.coop().Call<v1::MergeBatchesResponse>("OriginService/MergeBatches",
                                                        chain_.MergeRequest(batches));
  }
  absl::StatusOr<v1::RecordLossResponse> Lose(const std::string& batch, int64_t kilograms) {
    return chain_.coop().Call<v1::RecordLossResponse>("OriginService/RecordLoss",
                                                      chain_.LossRequest(batch, kilograms));
  }
  v1::GradeBatchRequest GradeRequest(const std::string& batch, int64_t input, int64_t first,
                                     int64_t second, int64_t loss) {
    auto request = Chain::New<v1::GradeBatchRequest>();
    claim::v1::Grading& claim = *request.mutable_grading();
    claim.mutable_input()->set_batch(batch);
    *claim.mutable_input()->mutable_quantity() = System::Kilograms(input);
    claim.set_site(chain_.farm());
    const auto add = [&](const char* grade, int64_t kilograms) {
      claim::v1::GradeOutput* output = claim.add_outputs();
      output->set_grade(grade);
      *output->mutable_quantity() = System::Kilograms(kilograms);
    };
    add("特级", first);
    add("一级", second);
    *claim.mutable_loss() = System::Kilograms(loss);
    *claim.mutable_occur() = system_.Now();
    return request;
  }
  absl::StatusOr<v1::GradeBatchResponse> Grade(const v1::GradeBatchRequest& request) {
    return chain_.coop().Call<v1::GradeBatchResponse>("GradingService/GradeBatch", request);
  }

  System system_{GetParam()};
  Chain chain_{system_};
};

TEST_P(OriginTest, AHarvestIsABatchOfItsParty) {
  const auto made = Harvest(chain_.HarvestRequest(500));
  ASSERT_OK(made);
  const auto batch = Get(chain_.coop(), made->batch());
  ASSERT_OK(batch);
  EXPECT_EQ(batch->product(), chain_.product());
  EXPECT_EQ(batch->party(), chain_.coop().party());
  EXPECT_EQ(batch->kind(), v1::BATCH_KIND_HARVEST);
  EXPECT_EQ(batch->quantity().amount(), 500'000'000);
  EXPECT_EQ(batch->sequence(), made->receipt().sequence());
  EXPECT_EQ(domain::TimeOf(batch->record_time()), domain::TimeOf(made->receipt().record_time()));
  EXPECT_THAT(batch->holds(), IsEmpty());
  EXPECT_EQ(batch->verdict(), claim::v1::VERDICT_UNSPECIFIED);
}

// A phone that heard no answer sends the same again.
TEST_P(OriginTest, ARepeatedHarvestIsOneBatchAndOtherWordsUnderItsIdAreRefused) {
  v1::RegisterHarvestRequest request = chain_.HarvestRequest(500);
  const auto first = Harvest(request);
  const auto again = Harvest(request);
  ASSERT_OK(first);
  ASSERT_OK(again);
  EXPECT_EQ(again->batch(), first->batch());
  EXPECT_EQ(again->receipt().leaf_hash(), first->receipt().leaf_hash());
  *request.mutable_harvest()->mutable_quantity() = System::Kilograms(501);
  EXPECT_THAT(Harvest(request), Fails(v1::REASON_REQUEST_ID_REUSED));
}

TEST_P(OriginTest, RefusesAHarvestOfAnotherPartysPlot) {
  Chain other(system_);
  v1::RegisterHarvestRequest request = chain_.HarvestRequest(1);
  request.mutable_harvest()->set_plots(0, other.plot());
  EXPECT_THAT(Harvest(request), Fails(v1::REASON_NOT_OWN));
}

TEST_P(OriginTest, ManyHarvestsAreOneRecordInTheOrderOfTheirRows) {
  auto request = Chain::New<v1::RegisterHarvestsRequest>();
  for (const int64_t kilograms : {10, 20, 30}) {
    *request.add_harvests() = chain_.HarvestClaim(kilograms);
  }
  const auto made =
      chain_.coop().Call<v1::RegisterHarvestsResponse>("OriginService/RegisterHarvests", request);
  ASSERT_OK(made);
  ASSERT_EQ(made->batches_size(), 3);
  for (int row = 0; row < 3; ++row) {
    const auto batch = Get(chain_.coop(), made->batches(row));
    ASSERT_OK(batch);
    EXPECT_EQ(batch->quantity().amount(), (row + 1) * 10'000'000);
    EXPECT_EQ(batch->sequence(), made->receipt().sequence());
  }
}

TEST_P(OriginTest, OneBadRowRefusesAllAndIsNamed) {
  auto request = Chain::New<v1::RegisterHarvestsRequest>();
  for (int row = 0; row < 3; ++row) *request.add_harvests() = chain_.HarvestClaim(10);
  request.mutable_harvests(2)->mutable_quantity()->set_unit(claim::v1::UNIT_PIECE);
  const int64_t before = system_.LastSequence();
  const auto made =
      chain_.coop().Call<v1::RegisterHarvestsResponse>("OriginService/RegisterHarvests", request);
  EXPECT_THAT(made, Fails(v1::REASON_WRONG_UNIT));
  EXPECT_EQ(domain::DetailsOf(made.status())["row"], "2");
  EXPECT_EQ(system_.LastSequence(), before);
}

TEST_P(OriginTest, PartsAndMergedBatchesKeepProductAndParty) {
  const std::string harvest = chain_.Harvest(100);
  const auto parts = Split(chain_.coop(), chain_.SplitRequest(harvest, {30, 20}));
  ASSERT_OK(parts);
  ASSERT_EQ(parts->batches_size(), 2);
  const auto part = Get(chain_.coop(), parts->batches(1));
  ASSERT_OK(part);
  EXPECT_EQ(part->kind(), v1::BATCH_KIND_SPLIT);
  EXPECT_EQ(part->quantity().amount(), 20'000'000);
  const auto merged = Merge({parts->batches(0), parts->batches(1)});
  ASSERT_OK(merged);
  const auto whole = Get(chain_.coop(), merged->batch());
  ASSERT_OK(whole);
  EXPECT_EQ(whole->kind(), v1::BATCH_KIND_MERGE);
  EXPECT_EQ(whole->quantity().amount(), 2'000'000);
  EXPECT_EQ(whole->product(), chain_.product());
}

TEST_P(OriginTest, NothingIsMadeOfMoreThanThereIs) {
  const std::string batch = chain_.Harvest(10);
  EXPECT_THAT(Split(chain_.coop(), chain_.SplitRequest(batch, {6, 5})),
              Fails(v1::REASON_INSUFFICIENT_QUANTITY));
  ASSERT_OK(Lose(batch, 4));
  EXPECT_THAT(Lose(batch, 7), Fails(v1::REASON_INSUFFICIENT_QUANTITY));
  EXPECT_OK(Lose(batch, 6));
}

TEST_P(OriginTest, RefusesWhatTheCallerDoesNotPossess) {
  Chain other(system_);
  const std::string batch = chain_.Harvest(10);
  EXPECT_THAT(Split(other.coop(), chain_.SplitRequest(batch, {1, 1})),
              Fails(v1::REASON_NOT_IN_POSSESSION));
  EXPECT_THAT(Split(other.coop(), other.SplitRequest(batch, {1, 1})),
              Fails(v1::REASON_NOT_IN_POSSESSION));
}

TEST_P(OriginTest, RefusesToMergeDifferentProducts) {
  const std::string other_product = system_.AddProduct(chain_.coop());
  const std::string other =
      system_.Harvest(chain_.coop(), other_product, chain_.plot(), chain_.farm(), 5);
  EXPECT_THAT(Merge({chain_.Harvest(5), other}), Fails(v1::REASON_DIFFERENT_PRODUCT));
}

TEST_P(OriginTest, GradesInTheOrderOfTheOutputs) {
  const std::string harvest = chain_.Harvest(100);
  const auto graded = Grade(GradeRequest(harvest, 50, 30, 15, 5));
  ASSERT_OK(graded);
  ASSERT_EQ(graded->batches_size(), 2);
  const auto first = Get(chain_.coop(), graded->batches(0));
  ASSERT_OK(first);
  EXPECT_EQ(first->grade(), "特级");
  EXPECT_EQ(first->kind(), v1::BATCH_KIND_GRADE);
  EXPECT_EQ(first->quantity().amount(), 30'000'000);
  EXPECT_THAT(Grade(GradeRequest(harvest, 50, 30, 15, 4)), Fails(v1::REASON_BALANCE));
  v1::GradeBatchRequest unknown = GradeRequest(harvest, 10, 5, 5, 0);
  unknown.mutable_grading()->mutable_outputs(0)->set_grade("超级");
  EXPECT_THAT(Grade(unknown), Fails(v1::REASON_GRADE_UNKNOWN));
}

TEST_P(OriginTest, ABatchIsSeenByWhoHasToDoWithIt) {
  Actor& shop = system_.AddParty("门店", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& lab = system_.AddParty("检测站", {claim::v1::PARTY_ROLE_LAB});
  Actor& regulator = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  const std::string shop_site = system_.AddSite(shop, claim::v1::SITE_KIND_SHOP);
  const std::string batch = chain_.Harvest(10);
  for (Actor* actor : {&chain_.coop(), &lab, &regulator, &system_.operator_actor()}) {
    EXPECT_OK(Get(*actor, batch));
  }
  EXPECT_THAT(Get(shop, batch), Fails(v1::REASON_NOT_FOUND));
  const std::string shipment = system_.Ship(chain_.coop(), batch, 10, chain_.farm(), shop_site);
  EXPECT_THAT(Get(shop, batch), Fails(v1::REASON_NOT_FOUND));
  system_.Receive(shop, shipment);
  EXPECT_OK(Get(shop, batch));  // At once: the view is brought up to the log.
  EXPECT_OK(Get(chain_.coop(), batch));
}

TEST_P(OriginTest, ABatchThatIsNotThereIsNotFound) {
  const std::string absent = "batches" + chain_.farm().substr(chain_.farm().rfind('/'));
  EXPECT_THAT(Get(chain_.coop(), absent), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Get(system_.operator_actor(), absent), Fails(v1::REASON_NOT_FOUND));
}

INSTANTIATE_TEST_SUITE_P(Topologies, OriginTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
