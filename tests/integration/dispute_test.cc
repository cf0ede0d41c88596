// What somebody else may have signed does not release, close or count, until the key's party stands
// by it and an officer approves: over both topologies.
#include "services/domain/time.h"
#include "services/rpc/keys.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/chain.h"

namespace suyuan {
namespace {

using claim::v1::MEMBER_ROLE_APPROVER;
using claim::v1::MEMBER_ROLE_MANAGER;
using claim::v1::MEMBER_ROLE_WORKER;
using test::Actor;
using test::Chain;
using test::Fails;
using test::NamesOf;
using test::System;
using test::Topology;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string KeyOf(const Actor& actor) {
  return rpc::NameOfKey("keys", actor.options().key->algorithm(), actor.options().key->Spki());
}

class DisputeTest : public testing::TestWithParam<Topology> {
 protected:
  DisputeTest() { system_.clock().Advance(absl::Hours(8 * 24)); }

  // From now on others may sign with the officer's key.
  void Steal() {
    system_.clock().Advance(absl::Hours(1));
    since_ = system_.clock().Now();
    system_.clock().Advance(absl::Hours(1));
  }
  // Found out.
  void Revoke(Actor& by, const Actor& whose) {
    system_.clock().Advance(absl::Hours(1));
    EXPECT_OK(RevokeSince(by, whose, since_));
  }
  absl::StatusOr<v1::RevokeKeyResponse> RevokeSince(Actor& by, const Actor& whose,
                                                    absl::Time since) {
    auto request = Chain::New<v1::RevokeKeyRequest>();
    request.mutable_revocation()->set_key(KeyOf(whose));
    request.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_COMPROMISED);
    *request.mutable_revocation()->mutable_suspected_since() = domain::StampOf(since);
    return by.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", request);
  }
  claim::v1::Proposal Attestation(const Actor& of) {
    claim::v1::Proposal proposal;
    claim::v1::Attestation& attestation = *proposal.mutable_attestation();
    attestation.set_party(of.party());
    attestation.set_key(KeyOf(of));
    *attestation.mutable_from_time() = domain::StampOf(since_);
    *attestation.mutable_until_time() = domain::StampOf(system_.clock().Now());
    return proposal;
  }
  absl::StatusOr<v1::ProposeAttestationResponse> Propose(Actor& by,
                                                         const claim::v1::Proposal& proposal) {
    auto request = Chain::New<v1::ProposeAttestationRequest>();
    *request.mutable_proposal() = proposal;
    return by.Call<v1::ProposeAttestationResponse>("IdentityService/ProposeAttestation", request);
  }
  absl::StatusOr<v1::ApproveChangeResponse> Approve(Actor& by, const std::string& proposal) {
    auto request = Chain::New<v1::ApproveChangeRequest>();
    request.mutable_approval()->set_proposal(proposal);
    return by.Call<v1::ApproveChangeResponse>("IdentityService/ApproveChange", request);
  }
  void Attest(Actor& by, const Actor& of) {
    const auto proposed = Propose(by, Attestation(of));
    ASSERT_OK(proposed);
    ASSERT_OK(Approve(above_, proposed->proposal()));
  }

  std::string Hold(const std::string& batch) {
    const auto held = second_.Call<v1::PlaceHoldResponse>("InspectionService/PlaceHold",
                                                          chain_.HoldRequest(batch));
    EXPECT_OK(held);
    return held.value_or(v1::PlaceHoldResponse()).hold();
  }
  absl::StatusOr<v1::ReleaseHoldResponse> Release(Actor& by, const std::string& batch,
                                                  const std::string& hold) {
    auto request = Chain::New<v1::ReleaseHoldRequest>();
    request.mutable_release()->set_batch(batch);
    request.mutable_release()->set_hold(hold);
    request.mutable_release()->set_basis(claim::v1::RELEASE_BASIS_RECHECK_PASSED);
    *request.mutable_release()->mutable_occur() = system_.Now();
    return by.Call<v1::ReleaseHoldResponse>("InspectionService/ReleaseHold", request);
  }
  absl::StatusOr<std::vector<std::string>> Split(const std::string& batch) {
    const auto made = chain_.coop().Call<v1::SplitBatchResponse>(
        "OriginService/SplitBatch", chain_.SplitRequest(batch, {1, 1}));
    if (!made.ok()) return made.status();
    return std::vector<std::string>(made->batches().begin(), made->batches().end());
  }
  v1::Batch Batch(const std::string& name) {
    v1::GetBatchRequest request;
    request.set_name(name);
    const auto batch = chain_.coop().Call<v1::Batch>("OriginService/GetBatch", request);
    EXPECT_OK(batch);
    return batch.value_or(v1::Batch());
  }
  // As the view of the chain has it.
  v1::Batch Seen(const std::string& name) {
    v1::ListBatchesRequest request;
    request.set_page_size(100);
    request.set_party(chain_.coop().party());
    request.set_min_sequence(system_.LastSequence());
    for (const v1::Batch& batch : test::AllPages<v1::ListBatchesResponse>(
             chain_.coop(), "TraceService/ListBatches", request,
             [](const v1::ListBatchesResponse& response) { return response.batches(); })) {
      if (batch.name() == name) return batch;
    }
    return v1::Batch();
  }
  v1::Journey Scan(const std::string& code) {
    v1::ResolveLabelRequest scan;
    scan.set_code(code);
    scan.set_min_sequence(system_.LastSequence());
    const auto label =
        system_.stranger().Call<v1::ResolveLabelResponse>("LabelService/ResolveLabel", scan);
    EXPECT_OK(label);
    return label->journey();
  }
  v1::Recall Recall(const std::string& name) {
    v1::GetRecallRequest request;
    request.set_name(name);
    const auto recall = chain_.coop().Call<v1::Recall>("RecallService/GetRecall", request);
    EXPECT_OK(recall);
    return recall.value_or(v1::Recall());
  }
  std::vector<std::string> OpenRecalls() {
    v1::ListRecallsRequest request;
    request.set_page_size(100);
    request.set_open(true);
    request.set_min_sequence(system_.LastSequence());
    return NamesOf(test::AllPages<v1::ListRecallsResponse>(
        chain_.coop(), "RecallService/ListRecalls", request,
        [](const v1::ListRecallsResponse& response) { return response.recalls(); }));
  }
  absl::StatusOr<v1::CloseRecallResponse> Close(Actor& by, const std::string& recall) {
    return by.Call<v1::CloseRecallResponse>("RecallService/CloseRecall",
                                            chain_.CloseRequest(recall));
  }
  v1::Standing StandingOfLast(const Actor& actor) {
    v1::ListRecordsRequest request;
    request.set_page_size(100);
    v1::Standing standing = v1::STANDING_UNSPECIFIED;
    for (const v1::RecordSummary& record : test::AllPages<v1::ListRecordsResponse>(
             system_.operator_actor(), "AuditService/ListRecords", request,
             [](const v1::ListRecordsResponse& response) { return response.records(); })) {
      if (record.key() == KeyOf(actor)) standing = record.standing();
    }
    return standing;
  }
  void ExpectLogVerifies() { test::ExpectLogVerifies(system_); }

  System system_{GetParam()};
  Chain chain_{system_};
  Actor& office_ = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& officer_ = system_.AddMember(office_, MEMBER_ROLE_APPROVER);
  Actor& second_ = system_.AddMember(office_, MEMBER_ROLE_APPROVER);
  Actor& above_ = system_.AddParty("州局", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& worker_ = system_.AddMember(chain_.coop(), MEMBER_ROLE_WORKER);
  absl::Time since_;
};

TEST_P(DisputeTest, D13_AHoldThatAStolenKeyReleasedHoldsAgainWithAllMadeMeanwhile) {
  const std::string batch = chain_.Harvest(100), other = chain_.Harvest(100);
  const std::string hold = Hold(batch), earlier = Hold(other);
  ASSERT_OK(Release(officer_, other, earlier));
  Steal();
  ASSERT_OK(Release(officer_, batch, hold));
  const auto parts = Split(batch);
  ASSERT_OK(parts);
  EXPECT_THAT(Batch(batch).holds(), IsEmpty());
  EXPECT_THAT(Batch(batch).released_holds(), ElementsAre(hold));
  EXPECT_THAT(Seen((*parts)[0]).released_holds(), ElementsAre(hold));
  Revoke(office_, officer_);
  for (const std::string& held : {batch, (*parts)[0], (*parts)[1]}) {
    EXPECT_THAT(Split(held), Fails(v1::REASON_BATCH_ON_HOLD));
    EXPECT_THAT(Batch(held).holds(), ElementsAre(hold));
    EXPECT_THAT(Batch(held).released_holds(), IsEmpty());
    EXPECT_THAT(Seen(held).holds(), ElementsAre(hold));
  }
  // What was released before is free.
  EXPECT_OK(Split(other));
  // Whoever has the right releases it anew.
  ASSERT_OK(Release(second_, batch, hold));
  EXPECT_OK(Split(batch));
  EXPECT_THAT(Seen(batch).holds(), IsEmpty());
  EXPECT_THAT(Release(second_, batch, hold), Fails(v1::REASON_NOT_ON_HOLD));
  EXPECT_THAT(Split((*parts)[0]), Fails(v1::REASON_BATCH_ON_HOLD));
  ExpectLogVerifies();
}

TEST_P(DisputeTest, D13_ARecallThatAStolenKeyClosedIsOpenAgain) {
  const std::string batch = chain_.Harvest(100);
  const auto opened = second_.Call<v1::OpenRecallResponse>("RecallService/OpenRecall",
                                                           chain_.RecallRequest({batch}));
  ASSERT_OK(opened);
  const std::string recall = opened->recall();
  OpenRecalls();  // Its scope is complete.
  Steal();
  ASSERT_OK(Close(officer_, recall));
  EXPECT_OK(Split(batch));
  EXPECT_TRUE(Recall(recall).closed());
  EXPECT_THAT(OpenRecalls(), IsEmpty());
  Revoke(office_, officer_);
  EXPECT_THAT(Split(batch), Fails(v1::REASON_BATCH_RECALLED));
  EXPECT_FALSE(Recall(recall).closed());
  EXPECT_EQ(Recall(recall).close_standing(), v1::STANDING_DISPUTED);
  EXPECT_THAT(OpenRecalls(), ElementsAre(recall));
  ASSERT_OK(Close(second_, recall));
  EXPECT_OK(Split(batch));
  EXPECT_THAT(OpenRecalls(), IsEmpty());
  EXPECT_THAT(Close(second_, recall), Fails(v1::REASON_RECALL_CLOSED));
  ExpectLogVerifies();
}

TEST_P(DisputeTest, WhoScansIsToldOfTheHoldAndTheRecallThatStandAgain) {
  const std::string batch = chain_.Harvest(100), code = system_.Label(chain_.coop(), batch);
  const std::string hold = Hold(batch);
  const auto opened = second_.Call<v1::OpenRecallResponse>("RecallService/OpenRecall",
                                                           chain_.RecallRequest({batch}));
  ASSERT_OK(opened);
  Steal();
  ASSERT_OK(Release(officer_, batch, hold));
  ASSERT_OK(Close(officer_, opened->recall()));
  EXPECT_FALSE(Scan(code).on_hold());
  EXPECT_FALSE(Scan(code).has_recall());
  Revoke(office_, officer_);
  EXPECT_TRUE(Scan(code).on_hold());
  EXPECT_EQ(Scan(code).hold_cause(), claim::v1::HOLD_CAUSE_SUSPICION);
  EXPECT_TRUE(Scan(code).has_recall());
  Attest(office_, officer_);
  EXPECT_FALSE(Scan(code).on_hold());
  EXPECT_FALSE(Scan(code).has_recall());
}

TEST_P(DisputeTest, WhatItsPartyStandsByAndAnOfficerApprovesCountsAgain) {
  const std::string batch = chain_.Harvest(100);
  const std::string hold = Hold(batch);
  const auto opened = second_.Call<v1::OpenRecallResponse>(
      "RecallService/OpenRecall", chain_.RecallRequest({chain_.Harvest(1)}));
  ASSERT_OK(opened);
  OpenRecalls();
  Steal();
  ASSERT_OK(Release(officer_, batch, hold));
  ASSERT_OK(Close(officer_, opened->recall()));
  Revoke(office_, officer_);
  EXPECT_EQ(StandingOfLast(officer_), v1::STANDING_DISPUTED);
  Attest(office_, officer_);
  EXPECT_EQ(StandingOfLast(officer_), v1::STANDING_ATTESTED);
  EXPECT_OK(Split(batch));
  EXPECT_THAT(Seen(batch).released_holds(), ElementsAre(hold));
  EXPECT_TRUE(Recall(opened->recall()).closed());
  EXPECT_EQ(Recall(opened->recall()).close_standing(), v1::STANDING_ATTESTED);
  EXPECT_THAT(OpenRecalls(), IsEmpty());
  ExpectLogVerifies();
}

// Whoever has a key can end it: with no word of a suspicion, or by a new one in its place.
TEST_P(DisputeTest, AThiefWhoEndsTheKeyHimselfIsFoundOutAllTheSame) {
  const std::string batch = chain_.Harvest(100), hold = Hold(batch);
  Steal();
  ASSERT_OK(Release(officer_, batch, hold));
  auto left = Chain::New<v1::RevokeKeyRequest>();
  left.mutable_revocation()->set_key(KeyOf(officer_));
  left.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_LEFT);
  ASSERT_OK(officer_.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", left));
  EXPECT_OK(Split(batch));
  system_.clock().Advance(absl::Hours(1));
  const absl::Time later = system_.clock().Now();
  ASSERT_OK(RevokeSince(office_, officer_, later));
  EXPECT_OK(Split(batch)) << "suspected since after the release";
  Revoke(office_, officer_);
  EXPECT_THAT(Split(batch), Fails(v1::REASON_BATCH_ON_HOLD));
  EXPECT_THAT(RevokeSince(office_, officer_, later), Fails(v1::REASON_KEY_REVOKED))
      << "it says less than what stands";
  ExpectLogVerifies();
}

TEST_P(DisputeTest, AKeyThatWasReplacedIsSuspectedLater) {
  const std::string batch = chain_.Harvest(100), hold = Hold(batch);
  Steal();
  ASSERT_OK(Release(officer_, batch, hold));
  const rpc::SigningKey next = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  auto rotate = Chain::New<v1::RotateKeyRequest>();
  claim::v1::KeyRotation& rotation = *rotate.mutable_rotation();
  rotation.set_algorithm(claim::v1::KEY_ALGORITHM_ECDSA_P256);
  rotation.set_spki(next.Spki());
  rotation.set_proof(
      next.Sign(rpc::RotationText(system_.portal().origin(), KeyOf(officer_),
                                  rpc::NameOfKey("keys", next.algorithm(), next.Spki()))));
  ASSERT_OK(officer_.Call<v1::RotateKeyResponse>("IdentityService/RotateKey", rotate));
  EXPECT_OK(Split(batch));
  Revoke(office_, officer_);
  EXPECT_THAT(Split(batch), Fails(v1::REASON_BATCH_ON_HOLD));
  ExpectLogVerifies();
}

TEST_P(DisputeTest, AnAttestationThatAThiefApprovedCountsNoLonger) {
  const std::string batch = chain_.Harvest(100), hold = Hold(batch);
  Steal();
  ASSERT_OK(Release(officer_, batch, hold));
  Revoke(office_, officer_);
  const absl::Time released = since_;
  Steal();
  const absl::Time stolen = since_;
  since_ = released;
  Attest(office_, officer_);
  EXPECT_OK(Split(batch));
  EXPECT_EQ(StandingOfLast(officer_), v1::STANDING_ATTESTED);
  ASSERT_OK(RevokeSince(above_, above_, stolen));
  EXPECT_THAT(Split(batch), Fails(v1::REASON_BATCH_ON_HOLD));
  EXPECT_EQ(StandingOfLast(officer_), v1::STANDING_DISPUTED);
  EXPECT_THAT(Seen(batch).holds(), ElementsAre(hold));
  ExpectLogVerifies();
}

TEST_P(DisputeTest, NoOfficeApprovesWhatIsItsOwn) {
  Steal();
  Revoke(office_, officer_);
  const auto proposed = Propose(office_, Attestation(officer_));
  ASSERT_OK(proposed);
  EXPECT_THAT(Approve(second_, proposed->proposal()), Fails(v1::REASON_PARTY_ROLE));
  EXPECT_OK(Approve(above_, proposed->proposal()));
}

TEST_P(DisputeTest, OnlyTheStretchThatWasAttestedCounts) {
  Steal();
  const auto harvest = [&] {
    const auto made = worker_.Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest",
                                                                chain_.HarvestRequest(1));
    EXPECT_OK(made);
    return made.value_or(v1::RegisterHarvestResponse()).batch();
  };
  const std::string ours = harvest();
  system_.clock().Advance(absl::Hours(1));
  claim::v1::Proposal proposal = Attestation(worker_);
  const std::string theirs = harvest();
  Revoke(chain_.coop(), worker_);
  const auto proposed = Propose(chain_.coop(), proposal);
  ASSERT_OK(proposed);
  ASSERT_OK(Approve(above_, proposed->proposal()));
  for (const auto& [batch, standing] :
       {std::pair{ours, v1::STANDING_ATTESTED}, {theirs, v1::STANDING_DISPUTED}}) {
    v1::StreamTimelineRequest request;
    request.set_batch(batch);
    request.set_min_sequence(system_.LastSequence());
    const auto timeline =
        chain_.coop().Stream<v1::TimelineEntry>("TraceService/StreamTimeline", request);
    ASSERT_OK(timeline);
    ASSERT_EQ(timeline->size(), 1u);
    EXPECT_EQ(timeline->front().standing(), standing);
  }
  ExpectLogVerifies();
}

TEST_P(DisputeTest, NobodyAttestsForOthersNorWhatIsNotDisputedNorAlone) {
  Actor& elsewhere = system_.AddParty("邻县合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Steal();
  ASSERT_OK(worker_.Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest",
                                                      chain_.HarvestRequest(1)));
  const claim::v1::Proposal early = Attestation(worker_);
  EXPECT_THAT(Propose(chain_.coop(), early), Fails(v1::REASON_GRANT)) << "not revoked";
  Revoke(chain_.coop(), worker_);
  const claim::v1::Proposal right = Attestation(worker_);
  EXPECT_THAT(Propose(elsewhere, right), Fails(v1::REASON_GRANT)) << "another party's";
  claim::v1::Proposal wrong = right;
  wrong.mutable_attestation()->set_party(elsewhere.party());
  EXPECT_THAT(Propose(elsewhere, wrong), Fails(v1::REASON_GRANT)) << "another party's key";
  Actor& hand = system_.AddMember(chain_.coop(), MEMBER_ROLE_WORKER);
  EXPECT_THAT(Propose(hand, right), Fails(v1::REASON_NOT_ALLOWED)) << "a worker";
  wrong = right;
  *wrong.mutable_attestation()->mutable_from_time() = domain::StampOf(since_ - absl::Seconds(1));
  EXPECT_THAT(Propose(chain_.coop(), wrong), Fails(v1::REASON_GRANT)) << "before the suspicion";
  wrong = right;
  wrong.mutable_attestation()->mutable_until_time()->CopyFrom(right.attestation().from_time());
  EXPECT_THAT(Propose(chain_.coop(), wrong), Fails(v1::REASON_GRANT)) << "no stretch";
  wrong = right;
  wrong.mutable_attestation()->set_key(chain_.coop().party());
  EXPECT_THAT(Propose(chain_.coop(), wrong), Fails(v1::REASON_FIELD_MALFORMED)) << "no key";
  wrong.Clear();
  wrong.mutable_suspension()->set_party(elsewhere.party());
  EXPECT_THAT(Propose(chain_.coop(), wrong), Fails(v1::REASON_FIELD_MALFORMED))
      << "another proposal";
  auto change = Chain::New<v1::ProposeChangeRequest>();
  *change.mutable_proposal() = right;
  EXPECT_THAT(office_.Call<v1::ProposeChangeResponse>("IdentityService/ProposeChange", change),
              Fails(v1::REASON_GRANT));

  const auto proposed = Propose(chain_.coop(), right);
  ASSERT_OK(proposed);
  EXPECT_THAT(Approve(chain_.coop(), proposed->proposal()), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Approve(system_.operator_actor(), proposed->proposal()), Fails(v1::REASON_NOT_FOUND));
  EXPECT_EQ(StandingOfLast(worker_), v1::STANDING_DISPUTED);
  EXPECT_OK(Approve(second_, proposed->proposal()));
  EXPECT_THAT(Approve(second_, proposed->proposal()), Fails(v1::REASON_PROPOSAL_CLOSED));
  EXPECT_EQ(StandingOfLast(worker_), v1::STANDING_ATTESTED);
}

// A decision asks for all keys at once, however many released, or closed a recall of, what it
// moves.
TEST_P(DisputeTest, WhatManyKeysFreedMovesInOneDecision) {
  constexpr int kBatches = 22;
  std::vector<std::string> batches;
  for (int i = 0; i < kBatches; ++i) {
    batches.push_back(chain_.Harvest(10));
    const std::string hold = Hold(batches.back());
    Actor& officer = system_.AddMember(office_, MEMBER_ROLE_APPROVER);
    ASSERT_OK(Release(officer, batches.back(), hold));
    const auto opened = second_.Call<v1::OpenRecallResponse>(
        "RecallService/OpenRecall", chain_.RecallRequest({batches.back()}));
    ASSERT_OK(opened);
    ASSERT_OK(Close(officer, opened->recall()));
  }
  const auto merged = chain_.coop().Call<v1::MergeBatchesResponse>("OriginService/MergeBatches",
                                                                   chain_.MergeRequest(batches));
  ASSERT_OK(merged);
  EXPECT_EQ(Batch(merged->batch()).released_holds_size(), kBatches);
  EXPECT_OK(Split(merged->batch()));
}

INSTANTIATE_TEST_SUITE_P(Topologies, DisputeTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
