// InspectionService over both topologies.
#include "services/domain/id.h"
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

class InspectionTest : public testing::TestWithParam<Topology> {
 protected:
  absl::StatusOr<std::string> Sample(Actor& actor, const std::string& batch,
                                     const std::string& seal) {
    auto request = Chain::New<v1::RecordSamplingRequest>();
    claim::v1::Sampling& claim = *request.mutable_sampling();
    claim.set_batch(batch);
    claim.set_purpose(claim::v1::SAMPLING_PURPOSE_ROUTINE);
    *claim.mutable_sample() = System::Kilograms(1);
    claim.set_seal_number(seal);
    *claim.mutable_occur() = system_.Now();
    const auto response =
        actor.Call<v1::RecordSamplingResponse>("InspectionService/RecordSampling", request);
    if (!response.ok()) return response.status();
    return response->sampling();
  }
  // Chlorpyrifos in ng/kg against a limit of 20,000.
  v1::RecordResultRequest Measured(const std::string& sampling, int64_t value) {
    auto request = Chain::New<v1::RecordResultRequest>();
    claim::v1::TestResult& claim = *request.mutable_result();
    claim.set_sampling(sampling);
    claim.set_method("GB 23200.121-2021");
    claim::v1::AnalyteResult& result = *claim.add_results();
    result.set_analyte("毒死蜱");
    result.mutable_measurement()->set_value_ng_per_kg(value);
    result.mutable_measurement()->set_limit_ng_per_kg(20'000);
    claim.set_verdict(value > 20'000 ? claim::v1::VERDICT_NON_CONFORMANT
                                     : claim::v1::VERDICT_CONFORMANT);
    *claim.mutable_occur() = system_.Now();
    return request;
  }
  absl::StatusOr<v1::RecordResultResponse> Result(Actor& actor,
                                                  const v1::RecordResultRequest& request) {
    return actor.Call<v1::RecordResultResponse>("InspectionService/RecordResult", request);
  }
  absl::StatusOr<v1::PlaceHoldResponse> Hold(Actor& actor, const std::string& batch) {
    return actor.Call<v1::PlaceHoldResponse>("InspectionService/PlaceHold",
                                             chain_.HoldRequest(batch));
  }
  absl::StatusOr<v1::ReleaseHoldResponse> Release(Actor& actor, const std::string& batch,
                                                  const std::string& hold) {
    auto request = Chain::New<v1::ReleaseHoldRequest>();
    request.mutable_release()->set_batch(batch);
    request.mutable_release()->set_hold(hold);
    request.mutable_release()->set_basis(claim::v1::RELEASE_BASIS_RECHECK_PASSED);
    *request.mutable_release()->mutable_occur() = system_.Now();
    return actor.Call<v1::ReleaseHoldResponse>("InspectionService/ReleaseHold", request);
  }
  v1::Batch Get(const std::string& name) {
    v1::GetBatchRequest request;
    request.set_name(name);
    const auto batch = regulator_.Call<v1::Batch>("OriginService/GetBatch", request);
    EXPECT_OK(batch);
    return batch.value_or(v1::Batch());
  }
  absl::StatusOr<v1::SplitBatchResponse> Split(const std::string& batch) {
    return chain_.coop().Call<v1::SplitBatchResponse>("OriginService/SplitBatch",
                                                      chain_.SplitRequest(batch, {1, 1}));
  }

  System system_{GetParam()};
  Chain chain_{system_};
  Actor& lab_ = system_.AddParty("检测站", {claim::v1::PARTY_ROLE_LAB});
  Actor& regulator_ = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  const std::string batch_ = chain_.Harvest(100);
};

TEST_P(InspectionTest, AConformantResultIsTheBatchsVerdictAndHoldsNothing) {
  const auto sampling = Sample(lab_, batch_, "LF-1");
  ASSERT_OK(sampling);
  const auto result = Result(lab_, Measured(*sampling, 8'000));
  ASSERT_OK(result);
  EXPECT_TRUE(domain::ValidName("results", result->result()));
  EXPECT_THAT(result->hold(), IsEmpty());
  const v1::Batch batch = Get(batch_);
  EXPECT_EQ(batch.verdict(), claim::v1::VERDICT_CONFORMANT);
  EXPECT_THAT(batch.holds(), IsEmpty());
  EXPECT_OK(Split(batch_));
}

// Between a bad result and its hold nothing can move: they are one record.
TEST_P(InspectionTest, ANonConformantResultHoldsTheBatchInTheSameRecord) {
  const auto sampling = Sample(lab_, batch_, "LF-1");
  ASSERT_OK(sampling);
  const auto result = Result(lab_, Measured(*sampling, 20'001));
  ASSERT_OK(result);
  const v1::Batch batch = Get(batch_);
  EXPECT_EQ(batch.verdict(), claim::v1::VERDICT_NON_CONFORMANT);
  EXPECT_THAT(batch.holds(), ElementsAre(result->hold()));
  EXPECT_THAT(Split(batch_), Fails(v1::REASON_BATCH_ON_HOLD));
}

TEST_P(InspectionTest, AReleaseEndsOneHoldAndNotTheOthers) {
  const auto first = Hold(regulator_, batch_);
  const auto second = Hold(lab_, batch_);
  ASSERT_OK(first);
  ASSERT_OK(second);
  ASSERT_OK(Release(regulator_, batch_, first->hold()));
  EXPECT_THAT(Get(batch_).holds(), ElementsAre(second->hold()));
  EXPECT_THAT(Split(batch_), Fails(v1::REASON_BATCH_ON_HOLD));
  ASSERT_OK(Release(regulator_, batch_, second->hold()));
  EXPECT_OK(Split(batch_));
  EXPECT_THAT(Release(regulator_, batch_, second->hold()), Fails(v1::REASON_NOT_ON_HOLD));
}

TEST_P(InspectionTest, OnlyLabsInspectAndOnlyRegulatorsRelease) {
  EXPECT_THAT(Sample(chain_.coop(), batch_, "LF-1"), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Hold(chain_.coop(), batch_), Fails(v1::REASON_NOT_ALLOWED));
  const auto hold = Hold(lab_, batch_);
  ASSERT_OK(hold);
  EXPECT_THAT(Release(lab_, batch_, hold->hold()), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Release(system_.operator_actor(), batch_, hold->hold()),
              Fails(v1::REASON_NOT_ALLOWED));
}

TEST_P(InspectionTest, NobodyInspectsABatchOfHisOwn) {
  Actor& both =
      system_.AddParty("自检", {claim::v1::PARTY_ROLE_LAB, claim::v1::PARTY_ROLE_COOPERATIVE});
  const std::string own = system_.Harvest(both, system_.AddProduct(both), system_.AddPlot(both),
                                          system_.AddSite(both, claim::v1::SITE_KIND_FARM), 10);
  EXPECT_THAT(Sample(both, own, "LF-1"), Fails(v1::REASON_OWN_BATCH));
  EXPECT_OK(Sample(both, batch_, "LF-1"));
}

TEST_P(InspectionTest, ASealIsUsedOnceByALaboratory) {
  Actor& other = system_.AddParty("另一检测站", {claim::v1::PARTY_ROLE_LAB});
  ASSERT_OK(Sample(lab_, batch_, "LF-1"));
  EXPECT_THAT(Sample(lab_, batch_, "LF-1"), Fails(v1::REASON_ALREADY_EXISTS));
  EXPECT_OK(Sample(other, batch_, "LF-1"));
}

TEST_P(InspectionTest, ASamplingHasOneResultOfItsOwnLaboratory) {
  Actor& other = system_.AddParty("另一检测站", {claim::v1::PARTY_ROLE_LAB});
  const auto sampling = Sample(lab_, batch_, "LF-1");
  ASSERT_OK(sampling);
  EXPECT_THAT(Result(other, Measured(*sampling, 1)), Fails(v1::REASON_NOT_OWN));
  ASSERT_OK(Result(lab_, Measured(*sampling, 1)));
  EXPECT_THAT(Result(lab_, Measured(*sampling, 1)), Fails(v1::REASON_RESULT_EXISTS));
}

TEST_P(InspectionTest, RefusesAVerdictThatDoesNotFollow) {
  const auto sampling = Sample(lab_, batch_, "LF-1");
  ASSERT_OK(sampling);
  v1::RecordResultRequest request = Measured(*sampling, 20'001);
  request.mutable_result()->set_verdict(claim::v1::VERDICT_CONFORMANT);
  EXPECT_THAT(Result(lab_, request), Fails(v1::REASON_VERDICT));
}

TEST_P(InspectionTest, WhatIsMadeOfAHeldBatchsPastIsFreeAndOfItsPresentIsNot) {
  const auto before = Split(batch_);
  ASSERT_OK(before);
  ASSERT_OK(Hold(regulator_, batch_));
  EXPECT_THAT(Get(before->batches(0)).holds(), IsEmpty());
  EXPECT_THAT(Split(batch_), Fails(v1::REASON_BATCH_ON_HOLD));
  // What is destroyed must be recordable.
  EXPECT_OK(chain_.coop().Call<v1::RecordLossResponse>("OriginService/RecordLoss",
                                                       chain_.LossRequest(batch_, 1)));
}

TEST_P(InspectionTest, WhatIsNotThereIsNotFound) {
  const std::string id = chain_.farm().substr(chain_.farm().rfind('/'));
  EXPECT_THAT(Sample(lab_, "batches" + id, "LF-1"), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Result(lab_, Measured("samplings" + id, 1)), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Hold(lab_, "batches" + id), Fails(v1::REASON_NOT_FOUND));
}

INSTANTIATE_TEST_SUITE_P(Topologies, InspectionTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
