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
  absl::StatusOr<std::string> Sample(
      Actor& actor, const std::string& batch, const std::string& seal,
      claim::v1::SamplingPurpose purpose = claim::v1::SAMPLING_PURPOSE_ROUTINE,
      const std::string& lab = "") {
    auto request = Chain::New<v1::RecordSamplingRequest>();
    claim::v1::Sampling& claim = *request.mutable_sampling();
    claim.set_batch(batch);
    claim.set_purpose(purpose);
    claim.set_lab(lab);
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
  absl::StatusOr<v1::IssueResultResponse> Issue(Actor& actor, const std::string& sampling) {
    auto request = Chain::New<v1::IssueResultRequest>();
    request.mutable_issuance()->set_sampling(sampling);
    *request.mutable_issuance()->mutable_occur() = system_.Now();
    return actor.Call<v1::IssueResultResponse>("InspectionService/IssueResult", request);
  }
  absl::StatusOr<v1::Sampling> Show(Actor& actor, const std::string& sampling) {
    v1::GetSamplingRequest request;
    request.set_name(sampling);
    return actor.Call<v1::Sampling>("InspectionService/GetSampling", request);
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
  Actor& sampler_ = system_.AddMember(lab_, claim::v1::MEMBER_ROLE_SAMPLER);
  Actor& signatory_ = system_.AddMember(lab_, claim::v1::MEMBER_ROLE_SIGNATORY);
  Actor& regulator_ = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  const std::string batch_ = chain_.Harvest(100);
};

TEST_P(InspectionTest, AnIssuedConformantResultIsTheBatchsVerdictAndHoldsNothing) {
  const auto sampling = Sample(sampler_, batch_, "LF-1");
  ASSERT_OK(sampling);
  const auto result = Result(lab_, Measured(*sampling, 8'000));
  ASSERT_OK(result);
  EXPECT_TRUE(domain::ValidName("results", result->result()));
  EXPECT_THAT(result->hold(), IsEmpty());
  EXPECT_EQ(Get(batch_).verdict(), claim::v1::VERDICT_UNSPECIFIED) << "nobody has issued it";
  ASSERT_OK(Issue(signatory_, *sampling));
  const v1::Batch batch = Get(batch_);
  EXPECT_EQ(batch.verdict(), claim::v1::VERDICT_CONFORMANT);
  EXPECT_EQ(batch.verdict_sequence(), result->receipt().sequence());
  EXPECT_THAT(batch.holds(), IsEmpty());
  EXPECT_OK(Split(batch_));
}

// Between a bad result and its hold nothing can move: they are one record.
TEST_P(InspectionTest, ANonConformantResultHoldsTheBatchInTheSameRecord) {
  const auto sampling = Sample(sampler_, batch_, "LF-1");
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

TEST_P(InspectionTest, ASealIsUsedOnceByALaboratory) {
  Actor& other = system_.AddParty("另一检测站", {claim::v1::PARTY_ROLE_LAB});
  ASSERT_OK(Sample(sampler_, batch_, "LF-1"));
  EXPECT_THAT(Sample(sampler_, batch_, "LF-1"), Fails(v1::REASON_ALREADY_EXISTS));
  EXPECT_OK(Sample(other, batch_, "LF-1"));
}

TEST_P(InspectionTest, ASamplingHasOneResultOfItsOwnLaboratory) {
  Actor& other = system_.AddParty("另一检测站", {claim::v1::PARTY_ROLE_LAB});
  const auto sampling = Sample(sampler_, batch_, "LF-1");
  ASSERT_OK(sampling);
  EXPECT_THAT(Result(other, Measured(*sampling, 1)), Fails(v1::REASON_NOT_FOUND));
  ASSERT_OK(Result(lab_, Measured(*sampling, 1)));
  EXPECT_THAT(Result(lab_, Measured(*sampling, 1)), Fails(v1::REASON_RESULT_EXISTS));
}

TEST_P(InspectionTest, RefusesAVerdictThatDoesNotFollow) {
  const auto sampling = Sample(sampler_, batch_, "LF-1");
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
  EXPECT_THAT(Sample(sampler_, "batches" + id, "LF-1"), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Result(lab_, Measured("samplings" + id, 1)), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Hold(lab_, "batches" + id), Fails(v1::REASON_NOT_FOUND));
}

// D6: one person samples and another tests, whatever their roles.
TEST_P(InspectionTest, D6_NobodyTestsTheSampleHeTook) {
  const auto sampling = Sample(lab_, batch_, "LF-1");
  ASSERT_OK(sampling);
  EXPECT_THAT(Result(lab_, Measured(*sampling, 1)), Fails(v1::REASON_SEPARATION));
  EXPECT_THAT(Result(sampler_, Measured(*sampling, 1)), Fails(v1::REASON_NOT_ALLOWED));
  Actor& analyst = system_.AddMember(lab_, claim::v1::MEMBER_ROLE_ANALYST);
  EXPECT_THAT(Sample(analyst, batch_, "LF-2"), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_OK(Result(analyst, Measured(*sampling, 1)));
}

// D6: three persons, whatever their roles: a manager has all of them.
TEST_P(InspectionTest, D6_AThirdPersonIssuesWhatOthersSampledAndTested) {
  Actor& manager = system_.AddMember(lab_, claim::v1::MEMBER_ROLE_MANAGER);
  Actor& analyst = system_.AddMember(lab_, claim::v1::MEMBER_ROLE_ANALYST);
  const auto sampling = Sample(manager, batch_, "LF-1");
  ASSERT_OK(sampling);
  EXPECT_THAT(Issue(signatory_, *sampling), Fails(v1::REASON_NO_RESULT));
  ASSERT_OK(Result(lab_, Measured(*sampling, 1)));
  EXPECT_THAT(Issue(lab_, *sampling), Fails(v1::REASON_SEPARATION)) << "he tested it";
  EXPECT_THAT(Issue(manager, *sampling), Fails(v1::REASON_SEPARATION)) << "he took the sample";
  EXPECT_THAT(Issue(analyst, *sampling), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Result(signatory_, Measured(*sampling, 1)), Fails(v1::REASON_NOT_ALLOWED));
  Actor& other = system_.AddParty("另一检测站", {claim::v1::PARTY_ROLE_LAB});
  EXPECT_THAT(Issue(other, *sampling), Fails(v1::REASON_NOT_FOUND));
  ASSERT_OK(Issue(signatory_, *sampling));
  EXPECT_THAT(Issue(signatory_, *sampling), Fails(v1::REASON_RESULT_ISSUED));
}

TEST_P(InspectionTest, ARapidTestCountsAtOnceAndIsNotIssued) {
  const auto sampling = Sample(sampler_, batch_, "LF-1");
  ASSERT_OK(sampling);
  v1::RecordResultRequest rapid = Measured(*sampling, 1);
  rapid.mutable_result()->mutable_results(0)->mutable_screening()->set_outcome(
      claim::v1::SCREENING_OUTCOME_NEGATIVE);
  ASSERT_OK(Result(lab_, rapid));
  EXPECT_EQ(Get(batch_).verdict(), claim::v1::VERDICT_CONFORMANT);
  EXPECT_THAT(Issue(signatory_, *sampling), Fails(v1::REASON_NO_RESULT));
}

// An older good result that is issued late takes nothing back.
TEST_P(InspectionTest, ABadResultCountsBeforeItIsIssuedAndAnOlderOneDoesNotUndoIt) {
  const auto good = Sample(sampler_, batch_, "LF-1"), bad = Sample(sampler_, batch_, "LF-2");
  ASSERT_OK(good);
  ASSERT_OK(bad);
  ASSERT_OK(Result(lab_, Measured(*good, 1)));
  const auto held = Result(lab_, Measured(*bad, 20'001));
  ASSERT_OK(held);
  EXPECT_EQ(Get(batch_).verdict(), claim::v1::VERDICT_NON_CONFORMANT);
  ASSERT_OK(Issue(signatory_, *good));
  EXPECT_EQ(Get(batch_).verdict(), claim::v1::VERDICT_NON_CONFORMANT);
  ASSERT_OK(Issue(signatory_, *bad));
  EXPECT_THAT(Get(batch_).holds(), ElementsAre(held->hold())) << "one hold, from the first moment";
}

// A laboratory that has lost its accreditation issues nothing more (D7).
TEST_P(InspectionTest, D7_NothingIsIssuedAfterTheAccreditationHasEnded) {
  Actor& other = system_.AddParty("小检测站", {});
  claim::v1::Grant grant = system_.GrantOf(other.party(), claim::v1::PARTY_ROLE_LAB);
  const std::string first = system_.Give(grant);
  grant.clear_parameters();
  grant.add_parameters("镉");
  system_.Give(grant);
  Actor& signatory = system_.AddMember(other, claim::v1::MEMBER_ROLE_SIGNATORY);
  const auto sampling =
      Sample(regulator_, batch_, "LF-1", claim::v1::SAMPLING_PURPOSE_ROUTINE, other.party());
  ASSERT_OK(sampling);
  ASSERT_OK(Result(other, Measured(*sampling, 1)));
  claim::v1::Proposal end;
  end.mutable_grant_end()->set_party(other.party());
  end.mutable_grant_end()->set_grant(first);
  system_.Change(end);
  EXPECT_THAT(Issue(signatory, *sampling), Fails(v1::REASON_NOT_ACCREDITED));
}

TEST_P(InspectionTest, ASignatoryReadsWhatHeIssuesAndTheBatchsPartyWhatCounts) {
  const auto sampling = Sample(sampler_, batch_, "LF-1");
  ASSERT_OK(sampling);
  ASSERT_OK(Result(lab_, Measured(*sampling, 8'000)));
  auto shown = Show(signatory_, *sampling);
  ASSERT_OK(shown);
  EXPECT_EQ(shown->analyst(), lab_.member());
  EXPECT_EQ(shown->sampler(), sampler_.member());
  EXPECT_EQ(shown->result_claim().results(0).measurement().value_ng_per_kg(), 8'000);
  EXPECT_THAT(shown->signatory(), IsEmpty());
  EXPECT_THAT(Show(chain_.coop(), *sampling)->result(), IsEmpty());
  EXPECT_FALSE(Show(chain_.coop(), *sampling)->has_result_claim());
  ASSERT_OK(Issue(signatory_, *sampling));
  shown = Show(chain_.coop(), *sampling);
  ASSERT_OK(shown);
  EXPECT_EQ(shown->signatory(), signatory_.member());
  EXPECT_TRUE(shown->has_result_claim());
  Actor& other = system_.AddParty("另一检测站", {claim::v1::PARTY_ROLE_LAB});
  EXPECT_THAT(Show(other, *sampling), Fails(v1::REASON_NOT_FOUND));
}

// D6: of a spot check one body samples and another tests; rapid tests on the spot are exempt.
TEST_P(InspectionTest, D6_ASpotCheckIsTestedByAnotherBodyThanSampled) {
  const auto purpose = claim::v1::SAMPLING_PURPOSE_SPOT_CHECK;
  const auto own = Sample(sampler_, batch_, "LF-1", purpose);
  ASSERT_OK(own);
  EXPECT_THAT(Result(lab_, Measured(*own, 1)), Fails(v1::REASON_SEPARATION));
  v1::RecordResultRequest rapid = Measured(*own, 1);
  rapid.mutable_result()->mutable_results(0)->mutable_screening()->set_outcome(
      claim::v1::SCREENING_OUTCOME_NEGATIVE);
  EXPECT_OK(Result(lab_, rapid));
  const auto official = Sample(regulator_, batch_, "LF-1", purpose, lab_.party());
  ASSERT_OK(official);
  Actor& other = system_.AddParty("另一检测站", {claim::v1::PARTY_ROLE_LAB});
  EXPECT_THAT(Result(other, Measured(*official, 1)), Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(Result(lab_, Measured(*official, 1)));
  // A sample goes to a laboratory, and to one that did not grow the batch.
  EXPECT_THAT(Sample(regulator_, batch_, "LF-2", purpose), Fails(v1::REASON_PARTY_ROLE));
  EXPECT_THAT(Sample(regulator_, batch_, "LF-2", purpose, chain_.coop().party()),
              Fails(v1::REASON_OWN_BATCH));
}

// D7: accredited for the parameter and the class of products, at the test and now.
TEST_P(InspectionTest, D7_RefusesAResultBeyondTheAccreditation) {
  const auto sampling = Sample(sampler_, batch_, "LF-1");
  ASSERT_OK(sampling);
  v1::RecordResultRequest request = Measured(*sampling, 1);
  request.mutable_result()->mutable_results(0)->set_analyte("镉");
  EXPECT_THAT(Result(lab_, request), Fails(v1::REASON_NOT_ACCREDITED));
  // Of another class of products than the batch's.
  Actor& fruit = system_.AddParty("果品检测站", {});
  claim::v1::Grant grant = system_.GrantOf(fruit.party(), claim::v1::PARTY_ROLE_LAB);
  grant.add_product_classes("水果");
  system_.Give(grant);
  const auto routine = claim::v1::SAMPLING_PURPOSE_ROUTINE;
  const auto other = Sample(regulator_, batch_, "LF-2", routine, fruit.party());
  ASSERT_OK(other);
  EXPECT_THAT(Result(fruit, Measured(*other, 1)), Fails(v1::REASON_NOT_ACCREDITED));
  // Tested before the accreditation began, recorded after.
  Actor& young = system_.AddParty("新检测站", {});
  const claim::v1::When before = system_.Now();
  system_.clock().Advance(absl::Hours(1));
  grant = system_.GrantOf(young.party(), claim::v1::PARTY_ROLE_LAB);
  *grant.mutable_from_time() = domain::StampOf(system_.clock().Now());
  system_.Give(grant);
  const auto third = Sample(regulator_, batch_, "LF-3", routine, young.party());
  ASSERT_OK(third);
  v1::RecordResultRequest early = Measured(*third, 1);
  *early.mutable_result()->mutable_occur() = before;
  EXPECT_THAT(Result(young, early), Fails(v1::REASON_NOT_ACCREDITED));
  EXPECT_OK(Result(young, Measured(*third, 1)));
  // Expired: it may no longer be recorded.
  const auto late = Sample(sampler_, batch_, "LF-4");
  ASSERT_OK(late);
  system_.clock().Advance(absl::Hours(24 * 366));
  EXPECT_THAT(Result(lab_, Measured(*late, 1)), Fails(v1::REASON_NOT_ALLOWED));
}

INSTANTIATE_TEST_SUITE_P(Topologies, InspectionTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
