// Roles as grants over both topologies: two persons, terms, scopes, jurisdictions, suspension.
#include <thread>

#include "services/domain/region.h"
#include "storage/base/text.h"
#include "suyuan/v1/audit.pb.h"
#include "tests/support/chain.h"

namespace suyuan {
namespace {

using claim::v1::PartyRole;
using test::Actor;
using test::Chain;
using test::Fails;
using test::System;
using test::Topology;

class GrantTest : public testing::TestWithParam<Topology> {
 protected:
  absl::StatusOr<std::string> Propose(Actor& actor, const claim::v1::Proposal& proposal) {
    auto request = Chain::New<v1::ProposeChangeRequest>();
    *request.mutable_proposal() = proposal;
    const auto response =
        actor.Call<v1::ProposeChangeResponse>("IdentityService/ProposeChange", request);
    if (!response.ok()) return response.status();
    return response->proposal();
  }
  absl::StatusOr<std::string> Propose(Actor& actor, const claim::v1::Grant& grant) {
    claim::v1::Proposal proposal;
    *proposal.mutable_grant() = grant;
    return Propose(actor, proposal);
  }
  absl::StatusOr<v1::ApproveChangeResponse> Approve(Actor& actor, const std::string& proposal) {
    auto request = Chain::New<v1::ApproveChangeRequest>();
    request.mutable_approval()->set_proposal(proposal);
    return actor.Call<v1::ApproveChangeResponse>("IdentityService/ApproveChange", request);
  }
  absl::StatusOr<v1::PlaceHoldResponse> Hold(Actor& actor, const Chain& chain,
                                             const std::string& batch) {
    return actor.Call<v1::PlaceHoldResponse>("InspectionService/PlaceHold",
                                             chain.HoldRequest(batch));
  }
  static claim::v1::Proposal Suspension(const std::string& party, bool suspended) {
    claim::v1::Proposal proposal;
    proposal.mutable_suspension()->set_party(party);
    proposal.mutable_suspension()->set_suspended(suspended);
    return proposal;
  }
  std::string Party(const std::string& name) { return system_.AddParty(name, {}).party(); }

  System system_{GetParam()};
  Actor& operator_ = system_.operator_actor();
  Actor& second_ = system_.second_operator();
};

TEST_P(GrantTest, APartyTradesAsItRegistersAndIsGrantedTheRest) {
  auto request = Chain::New<v1::RegisterPartyRequest>();
  request.mutable_party()->set_name("甲");
  for (const PartyRole role : {claim::v1::PARTY_ROLE_LAB, claim::v1::PARTY_ROLE_REGULATOR,
                               claim::v1::PARTY_ROLE_AUDITOR, claim::v1::PARTY_ROLE_OPERATOR}) {
    request.mutable_party()->clear_roles();
    request.mutable_party()->add_roles(role);
    EXPECT_THAT(operator_.Call<v1::RegisterPartyResponse>("RegistryService/RegisterParty", request),
                Fails(v1::REASON_PARTY_ROLE));
  }
}

TEST_P(GrantTest, AGrantCountsFromTheRecordThatASecondPersonApprovesIt) {
  Chain chain(system_);
  const std::string batch = chain.Harvest(10);
  Actor& office = system_.AddParty("监管所", {});
  EXPECT_THAT(Hold(office, chain, batch), Fails(v1::REASON_NOT_ALLOWED));
  const auto proposal =
      Propose(operator_, system_.GrantOf(office.party(), claim::v1::PARTY_ROLE_REGULATOR));
  ASSERT_OK(proposal);
  EXPECT_THAT(Hold(office, chain, batch), Fails(v1::REASON_NOT_ALLOWED));
  ASSERT_OK(Approve(second_, *proposal));
  EXPECT_OK(Hold(office, chain, batch));
  EXPECT_THAT(Approve(second_, *proposal), Fails(v1::REASON_PROPOSAL_CLOSED));
  v1::ListProposalsRequest list;
  list.set_min_sequence(system_.LastSequence());
  const auto proposals =
      operator_.Call<v1::ListProposalsResponse>("IdentityService/ListProposals", list);
  ASSERT_OK(proposals);
  ASSERT_EQ(proposals->proposals_size(), 1);
  EXPECT_TRUE(proposals->proposals(0).approved());
  EXPECT_EQ(proposals->proposals(0).member(), operator_.member());
}

// No self-approval: not with the same key, nor through members made for it, nor with a colleague's
// new device, rotated or not.
TEST_P(GrantTest, NobodyApprovesWhatHeProposedUnderWhateverKey) {
  const std::string party = Party("甲");
  const auto proposal = Propose(operator_, system_.GrantOf(party, claim::v1::PARTY_ROLE_AUDITOR));
  ASSERT_OK(proposal);
  EXPECT_THAT(Approve(operator_, *proposal), Fails(v1::REASON_SAME_PERSON));
  Actor& third = system_.AddMember(operator_, claim::v1::MEMBER_ROLE_MANAGER);
  EXPECT_THAT(Approve(third, *proposal), Fails(v1::REASON_SAME_PERSON));
  Actor& fourth = system_.AddMember(third, claim::v1::MEMBER_ROLE_MANAGER);
  EXPECT_THAT(Approve(fourth, *proposal), Fails(v1::REASON_SAME_PERSON));
  const auto code = *rpc::KeyOfCode(system_.portal().origin(), rpc::NewCode());
  auto invite = system_.Invitation(operator_.party(), claim::v1::MEMBER_ROLE_MANAGER, code);
  invite.mutable_invitation()->set_member(second_.member());
  ASSERT_OK(operator_.Call<v1::InviteMemberResponse>("IdentityService/InviteMember", invite));
  const auto key = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  const auto posing = system_.MakeActor(second_.party(), second_.member(), key);
  ASSERT_OK(posing->Call<v1::EnrollKeyResponse>(
      "IdentityService/EnrollKey", System::Enrollment(system_.portal().origin(), code, key)));
  EXPECT_THAT(Approve(*posing, *proposal), Fails(v1::REASON_SAME_PERSON));
  const auto next = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  auto rotate = Chain::New<v1::RotateKeyRequest>();
  rotate.mutable_rotation()->set_algorithm(claim::v1::KEY_ALGORITHM_ECDSA_P256);
  rotate.mutable_rotation()->set_spki(next.Spki());
  rotate.mutable_rotation()->set_proof(next.Sign(rpc::RotationText(
      system_.portal().origin(), rpc::NameOfKey("keys", key.algorithm(), key.Spki()),
      rpc::NameOfKey("keys", next.algorithm(), next.Spki()))));
  ASSERT_OK(posing->Call<v1::RotateKeyResponse>("IdentityService/RotateKey", rotate));
  const auto rotated = system_.MakeActor(second_.party(), second_.member(), next);
  EXPECT_THAT(Approve(*rotated, *proposal), Fails(v1::REASON_SAME_PERSON));
  // After a week everybody has had the time to see it.
  system_.clock().Advance(absl::Hours(7 * 24) + absl::Seconds(1));
  EXPECT_OK(Approve(third, *proposal));
}

TEST_P(GrantTest, OfTwoApprovalsAtOnceOneCounts) {
  const auto proposal =
      Propose(operator_, system_.GrantOf(Party("甲"), claim::v1::PARTY_ROLE_AUDITOR));
  ASSERT_OK(proposal);
  absl::StatusOr<v1::ApproveChangeResponse> first, second;
  std::thread other([&] { first = Approve(second_, *proposal); });
  second = Approve(second_, *proposal);
  other.join();
  EXPECT_NE(first.ok(), second.ok());
  EXPECT_THAT(first.ok() ? second : first, Fails(v1::REASON_PROPOSAL_CLOSED));
}

TEST_P(GrantTest, RefusesAGrantThatIsIncompleteOrNotOfItsRole) {
  const std::string party = Party("甲");
  const auto lab = system_.GrantOf(party, claim::v1::PARTY_ROLE_LAB);
  const auto regulator = system_.GrantOf(party, claim::v1::PARTY_ROLE_REGULATOR);
  std::vector<claim::v1::Grant> wrong(8, lab);
  wrong[0].clear_certificate();
  wrong[1].clear_until_time();
  wrong[2].clear_parameters();
  wrong[3].set_region_code("53");
  *wrong[4].mutable_until_time() = domain::StampOf(system_.clock().Now());
  *wrong[5].mutable_from_time() = wrong[5].until_time();
  wrong[6] = regulator;
  wrong[6].add_parameters("毒死蜱");
  wrong[7].set_role(claim::v1::PARTY_ROLE_OPERATOR);
  for (size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_THAT(Propose(operator_, wrong[i]), Fails(v1::REASON_GRANT)) << i;
  }
  EXPECT_THAT(Propose(operator_, claim::v1::Proposal()), Fails(v1::REASON_GRANT));
  // The operator does no business, and nobody is judge in his own cause.
  EXPECT_THAT(Propose(operator_, system_.GrantOf(operator_.party(), claim::v1::PARTY_ROLE_LAB)),
              Fails(v1::REASON_PARTY_ROLE));
  Actor& office = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  EXPECT_THAT(Propose(office, system_.GrantOf(office.party(), claim::v1::PARTY_ROLE_LAB)),
              Fails(v1::REASON_PARTY_ROLE));
  Actor& shop = system_.AddParty("超市", {claim::v1::PARTY_ROLE_RETAILER});
  EXPECT_THAT(Propose(operator_, system_.GrantOf(shop.party(), claim::v1::PARTY_ROLE_LAB)),
              Fails(v1::REASON_PARTY_ROLE));
}

TEST_P(GrantTest, AGrantBeginsAndEndsAtItsTimes) {
  Chain chain(system_);
  const std::string batch = chain.Harvest(10);
  Actor& office = system_.AddParty("监管所", {});
  const absl::Time now = system_.clock().Now();
  claim::v1::Grant grant = system_.GrantOf(office.party(), claim::v1::PARTY_ROLE_REGULATOR);
  *grant.mutable_from_time() = domain::StampOf(now + absl::Hours(1));
  *grant.mutable_until_time() = domain::StampOf(now + absl::Hours(2));
  system_.Give(grant);
  EXPECT_THAT(Hold(office, chain, batch), Fails(v1::REASON_NOT_ALLOWED));
  system_.clock().Set(now + absl::Hours(1));
  EXPECT_OK(Hold(office, chain, batch));
  system_.clock().Set(now + absl::Hours(2));
  EXPECT_THAT(Hold(office, chain, batch), Fails(v1::REASON_NOT_ALLOWED));
}

TEST_P(GrantTest, AnEndedGrantIsNoMoreAndStaysListed) {
  Actor& auditor = system_.AddParty("审计", {});
  const std::string grant =
      system_.Give(system_.GrantOf(auditor.party(), claim::v1::PARTY_ROLE_AUDITOR));
  const auto audits = [&] {
    return auditor.Call<v1::ListRecordsResponse>("AuditService/ListRecords",
                                                 v1::ListRecordsRequest());
  };
  EXPECT_OK(audits());
  claim::v1::Proposal end;
  end.mutable_grant_end()->set_party(auditor.party());
  end.mutable_grant_end()->set_grant(grant);
  system_.Change(end);
  EXPECT_THAT(audits(), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Propose(operator_, end), Fails(v1::REASON_NOT_FOUND));
  v1::ListGrantsRequest request;
  request.set_party(auditor.party());
  const auto grants = auditor.Call<v1::ListGrantsResponse>("IdentityService/ListGrants", request);
  ASSERT_OK(grants);
  ASSERT_EQ(grants->grants_size(), 1);
  EXPECT_EQ(grants->grants(0).grant(), grant);
  EXPECT_TRUE(grants->grants(0).ended());
}

TEST_P(GrantTest, ASuspendedPartyReadsAndDoesNothingElse) {
  Chain chain(system_);
  system_.Suspend(chain.coop().party(), true);
  EXPECT_THAT(chain.coop().Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest",
                                                             chain.HarvestRequest(1)),
              Fails(v1::REASON_PARTY_SUSPENDED));
  const auto caller =
      chain.coop().Call<v1::GetCallerResponse>("IdentityService/GetCaller", v1::GetCallerRequest());
  ASSERT_OK(caller);
  EXPECT_TRUE(caller->suspended());
  EXPECT_THAT(Propose(operator_, Suspension(chain.coop().party(), true)), Fails(v1::REASON_GRANT));
  system_.Suspend(chain.coop().party(), false);
  chain.Harvest(1);
}

// D9: jurisdictions by whole levels, with what a division was called before.
TEST_P(GrantTest, D9_ARegulatorActsWithinHisJurisdiction) {
  Actor& county = system_.AddParty("禄丰监管所", {claim::v1::PARTY_ROLE_REGULATOR}, "532302");
  Actor& other = system_.AddParty("楚雄监管所", {claim::v1::PARTY_ROLE_REGULATOR}, "532301");
  Actor& coop = system_.AddParty("黑井合作社", {claim::v1::PARTY_ROLE_COOPERATIVE}, "532331107");
  const std::string batch = system_.Harvest(coop, system_.AddProduct(coop), system_.AddPlot(coop),
                                            system_.AddSite(coop, claim::v1::SITE_KIND_FARM), 10);
  Chain chain(system_);
  EXPECT_THAT(Hold(other, chain, batch), Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(Hold(county, chain, batch));
  const auto recall = [&](Actor& actor) {
    return actor.Call<v1::OpenRecallResponse>("RecallService/OpenRecall",
                                              chain.RecallRequest({batch}));
  };
  EXPECT_THAT(recall(other), Fails(v1::REASON_NOT_FOUND));
  v1::OpenRecallRequest drill = chain.RecallRequest({batch});
  drill.mutable_recall()->set_drill(true);
  EXPECT_THAT(other.Call<v1::OpenRecallResponse>("RecallService/OpenRecall", drill),
              Fails(v1::REASON_NOT_FOUND));
  const auto opened = recall(county);
  ASSERT_OK(opened);
  EXPECT_THAT(other.Call<v1::CloseRecallResponse>("RecallService/CloseRecall",
                                                  chain.CloseRequest(opened->recall())),
              Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Propose(other, Suspension(coop.party(), true)), Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(Propose(county, Suspension(coop.party(), true)));
}

TEST_P(GrantTest, D9_RefusesAJurisdictionThatIsNone) {
  const std::string party = Party("甲");
  for (const char* code : {"5390", "1101", "532331", "532331107"}) {
    claim::v1::Grant grant = system_.GrantOf(party, claim::v1::PARTY_ROLE_REGULATOR);
    grant.set_region_code(code);
    EXPECT_THAT(Propose(operator_, grant), Fails(v1::REASON_GRANT)) << code;
  }
}

// Two operators, not one, end a key that is not the operator's.
TEST_P(GrantTest, TwoOperatorsRevokeAnothersKey) {
  Chain chain(system_);
  claim::v1::Proposal proposal;
  proposal.mutable_key_revocation()->set_key(
      rpc::NameOfKey("keys", rpc::kEcdsaP256, chain.coop().options().key->Spki()));
  proposal.mutable_key_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_COMPROMISED);
  const auto proposed = Propose(operator_, proposal);
  ASSERT_OK(proposed);
  EXPECT_THAT(Approve(operator_, *proposed), Fails(v1::REASON_SAME_PERSON));
  chain.Harvest(1);
  ASSERT_OK(Approve(second_, *proposed));
  EXPECT_THAT(chain.coop().Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest",
                                                             chain.HarvestRequest(1)),
              Fails(v1::REASON_KEY_REVOKED));
  proposal.mutable_key_revocation()->set_key(operator_.party());
  EXPECT_THAT(Propose(operator_, proposal), Fails(v1::REASON_FIELD_MALFORMED));
}

// A harvest names a product of its own party, or one whose owner lets it.
TEST_P(GrantTest, AHarvestIsOfAProductOfItsPartyOrOneItMayUse) {
  Chain chain(system_);
  Actor& owner = system_.AddParty("品牌方", {claim::v1::PARTY_ROLE_PACKER});
  const std::string product = system_.AddProduct(owner, "6901234567892");
  v1::RegisterHarvestRequest harvest = chain.HarvestRequest(1);
  harvest.mutable_harvest()->set_product(product);
  const auto harvests = [&] {
    harvest.set_request_id(Chain::New<v1::RegisterHarvestRequest>().request_id());
    return chain.coop().Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest", harvest);
  };
  const auto use = [&](Actor& actor, bool allowed) {
    auto request = Chain::New<v1::SetProductUseRequest>();
    request.mutable_product_use()->set_product(product);
    request.mutable_product_use()->set_party(chain.coop().party());
    request.mutable_product_use()->set_allowed(allowed);
    return actor.Call<v1::SetProductUseResponse>("RegistryService/SetProductUse", request);
  };
  EXPECT_THAT(harvests(), Fails(v1::REASON_NOT_OWN));
  EXPECT_THAT(use(chain.coop(), true), Fails(v1::REASON_NOT_OWN));
  ASSERT_OK(use(owner, true));
  EXPECT_OK(harvests());
  ASSERT_OK(use(owner, false));
  EXPECT_THAT(harvests(), Fails(v1::REASON_NOT_OWN));
}

// A party whose managers can do nothing, and the codes that are made for it.
class RecoveryTest : public GrantTest {
 protected:
  void Revoke(Actor& by, const Actor& whose) {
    auto request = Chain::New<v1::RevokeKeyRequest>();
    request.mutable_revocation()->set_key(KeyOf(whose));
    request.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_LOST);
    ASSERT_OK(by.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", request));
  }
  static std::string KeyOf(const Actor& actor) {
    return rpc::NameOfKey("keys", actor.options().key->algorithm(), actor.options().key->Spki());
  }
  claim::v1::Proposal Recovery(const rpc::SigningKey& code, const std::string& member = "") {
    claim::v1::Proposal proposal;
    claim::v1::Recovery& claim = *proposal.mutable_recovery();
    claim.set_party(manager_.party());
    claim.set_member(member);
    claim.set_code_spki(code.Spki());
    *claim.mutable_expire_time() = domain::StampOf(system_.clock().Now() + absl::Hours(24));
    return proposal;
  }
  rpc::SigningKey Code() { return *rpc::KeyOfCode(system_.portal().origin(), rpc::NewCode()); }
  // A device that takes up the code, signing with `key`.
  absl::StatusOr<std::unique_ptr<Actor>> TakeUp(const rpc::SigningKey& code) {
    const auto key = rpc::SigningKey::Generate(rpc::kEcdsaP256);
    const auto device = system_.MakeActor("", "", key);
    const auto enrolled = device->Call<v1::EnrollKeyResponse>(
        "IdentityService/EnrollKey", System::Enrollment(system_.portal().origin(), code, key));
    if (!enrolled.ok()) return enrolled.status();
    return system_.MakeActor(enrolled->party(), enrolled->member(), key);
  }
  bool MayInvite(Actor& actor) {
    return actor
        .Call<v1::InviteMemberResponse>(
            "IdentityService/InviteMember",
            system_.Invitation(manager_.party(), claim::v1::MEMBER_ROLE_WORKER, Code()))
        .ok();
  }

  Actor& manager_ = system_.AddParty("甲合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
};

TEST_P(RecoveryTest, TwoPersonsLetInAManagerWhereAllManagersKeysAreLost) {
  Revoke(manager_, manager_);
  const rpc::SigningKey code = Code();
  const auto proposal = Propose(operator_, Recovery(code, manager_.member()));
  ASSERT_OK(proposal);
  EXPECT_THAT(TakeUp(code), Fails(v1::REASON_INVITATION_INVALID)) << "nobody has approved it";
  EXPECT_THAT(Approve(operator_, *proposal), Fails(v1::REASON_SAME_PERSON));
  ASSERT_OK(Approve(second_, *proposal));
  const auto device = TakeUp(code);
  ASSERT_OK(device);
  EXPECT_EQ((*device)->member(), manager_.member()) << "a further device of the same person";
  EXPECT_TRUE(MayInvite(**device));
  EXPECT_THAT(TakeUp(code), Fails(v1::REASON_INVITATION_INVALID)) << "good once";
}

// As long as one manager can act the party is its own, whoever says what he has lost.
TEST_P(RecoveryTest, NobodyIsLetInWhileAManagerCanAct) {
  EXPECT_THAT(Propose(operator_, Recovery(Code())), Fails(v1::REASON_PARTY_MANAGED));
  Actor& other = system_.AddMember(manager_, claim::v1::MEMBER_ROLE_MANAGER);
  system_.AddMember(manager_, claim::v1::MEMBER_ROLE_WORKER);
  Revoke(manager_, manager_);
  EXPECT_THAT(Propose(operator_, Recovery(Code())), Fails(v1::REASON_PARTY_MANAGED));
  // A rotated key is a manager's still.
  const auto key = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  auto rotate = Chain::New<v1::RotateKeyRequest>();
  rotate.mutable_rotation()->set_algorithm(static_cast<claim::v1::KeyAlgorithm>(key.algorithm()));
  rotate.mutable_rotation()->set_spki(key.Spki());
  rotate.mutable_rotation()->set_proof(
      key.Sign(rpc::RotationText(system_.portal().origin(), KeyOf(other),
                                 rpc::NameOfKey("keys", key.algorithm(), key.Spki()))));
  ASSERT_OK(other.Call<v1::RotateKeyResponse>("IdentityService/RotateKey", rotate));
  EXPECT_THAT(Propose(operator_, Recovery(Code())), Fails(v1::REASON_PARTY_MANAGED));
  const auto rotated = system_.MakeActor(other.party(), other.member(), key);
  Revoke(*rotated, *rotated);
  EXPECT_OK(Propose(operator_, Recovery(Code())));
}

// Of two recoveries that are approved, the one taken up first makes the other void.
TEST_P(RecoveryTest, TheSecondCodeIsVoidOnceTheFirstIsTakenUp) {
  Revoke(manager_, manager_);
  const rpc::SigningKey first = Code(), second = Code();
  const auto one = Propose(operator_, Recovery(first)), two = Propose(operator_, Recovery(second));
  ASSERT_OK(one);
  ASSERT_OK(two);
  ASSERT_OK(Approve(second_, *one));
  ASSERT_OK(Approve(second_, *two));
  const auto manager = TakeUp(first);
  ASSERT_OK(manager);
  EXPECT_NE((*manager)->member(), manager_.member()) << "somebody new";
  EXPECT_THAT(TakeUp(second), Fails(v1::REASON_INVITATION_INVALID));
  // Nor is what is proposed and approved too late.
  EXPECT_THAT(Propose(operator_, Recovery(Code())), Fails(v1::REASON_PARTY_MANAGED));
}

TEST_P(RecoveryTest, RegulatorsRecoverWithinTheirReachAndNobodyForHimself) {
  Actor& office = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR}, "532302");
  Actor& approver = system_.AddMember(office, claim::v1::MEMBER_ROLE_APPROVER);
  Actor& officer = system_.AddMember(office, claim::v1::MEMBER_ROLE_OFFICER);
  Actor& elsewhere = system_.AddParty("外地监管所", {claim::v1::PARTY_ROLE_REGULATOR}, "532301");
  Actor& far = system_.AddParty("外地社", {claim::v1::PARTY_ROLE_COOPERATIVE}, "532301");
  Revoke(manager_, manager_);
  Revoke(far, far);
  const rpc::SigningKey code = Code();
  const auto proposal = Propose(officer, Recovery(code));
  ASSERT_OK(proposal);
  EXPECT_THAT(Approve(officer, *proposal), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Approve(approver, *proposal), Fails(v1::REASON_SAME_PERSON)) << "his key is new";
  system_.clock().Advance(absl::Hours(8 * 24));
  EXPECT_THAT(Approve(approver, *proposal), Fails(v1::REASON_INVITATION_TERM)) << "too late";
  const auto again = Propose(officer, Recovery(code));
  ASSERT_OK(again);
  ASSERT_OK(Approve(approver, *again));
  EXPECT_OK(TakeUp(code));
  claim::v1::Proposal other = Recovery(Code());
  other.mutable_recovery()->set_party(far.party());
  EXPECT_THAT(Propose(officer, other), Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(Propose(elsewhere, other));
  other.mutable_recovery()->set_party(office.party());
  EXPECT_THAT(Propose(officer, other), Fails(v1::REASON_PARTY_ROLE));
  other.mutable_recovery()->set_party(operator_.party());
  EXPECT_THAT(Propose(operator_, other), Fails(v1::REASON_PARTY_ROLE));
}

// The code ends with the key of who approved it.
TEST_P(RecoveryTest, ACodeEndsWithTheKeyThatApprovedIt) {
  Revoke(manager_, manager_);
  const rpc::SigningKey code = Code();
  const auto proposal = Propose(operator_, Recovery(code));
  ASSERT_OK(proposal);
  ASSERT_OK(Approve(second_, *proposal));
  Revoke(second_, second_);
  EXPECT_THAT(TakeUp(code), Fails(v1::REASON_INVITATION_INVALID));
}

// A manager whose key grew too old is replaced likewise, and a member of another party is nobody.
TEST_P(RecoveryTest, AManagerWithAnAgedKeyCannotActAndAStrangerIsNoManager) {
  Actor& other = system_.AddParty("乙合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  system_.clock().Advance(absl::Hours(2 * 365 * 24 - 1));
  EXPECT_THAT(Propose(operator_, Recovery(Code())), Fails(v1::REASON_PARTY_MANAGED));
  Revoke(manager_, manager_);
  EXPECT_THAT(Propose(operator_, Recovery(Code(), other.member())), Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(Propose(operator_, Recovery(Code())));
}

INSTANTIATE_TEST_SUITE_P(Topologies, RecoveryTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

INSTANTIATE_TEST_SUITE_P(Topologies, GrantTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

TEST(RegionTest, CoversByWholeLevelsAndAcrossSuccessions) {
  EXPECT_TRUE(domain::Covers("", "532302"));
  EXPECT_TRUE(domain::Covers("532302", ""));
  EXPECT_TRUE(domain::Covers("53", "532302107"));
  EXPECT_TRUE(domain::Covers("5323", "532302"));
  EXPECT_TRUE(domain::Covers("532302", "532302107"));
  EXPECT_TRUE(domain::Covers("532302", "532331107"));
  EXPECT_TRUE(domain::Covers("532331", "532302"));
  EXPECT_FALSE(domain::Covers("5", "532302")) << "a prefix, not a level";
  EXPECT_FALSE(domain::Covers("53230", "532302"));
  EXPECT_FALSE(domain::Covers("11", "1")) << "a place without a level";
  EXPECT_FALSE(domain::Covers("532302", "5323")) << "the prefecture is not the county's";
  EXPECT_FALSE(domain::Covers("5390", "539001")) << "collective: no prefecture is behind it";
  EXPECT_FALSE(domain::Covers("1101", "110105"));
  EXPECT_TRUE(domain::Covers("11", "110105"));
}

// A code is a fact with a date: in the year of a succession both are written, before it only the
// old one, after it only the new.
TEST(RegionTest, ACodeIsAJurisdictionWithinItsTime) {
  const auto in = [](int year, const char* code) {
    const absl::Time now = absl::FromCivil(absl::CivilDay(year, 6, 1), absl::UTCTimeZone());
    return domain::CheckJurisdiction(code, now);
  };
  EXPECT_OK(in(2020, "532331"));
  EXPECT_THAT(in(2020, "532302"), Fails(v1::REASON_GRANT));
  EXPECT_OK(in(2021, "532331"));
  EXPECT_OK(in(2021, "532302"));
  EXPECT_THAT(in(2022, "532331"), Fails(v1::REASON_GRANT));
  EXPECT_THAT(in(2022, "532331107"), Fails(v1::REASON_GRANT)) << "a township of the old county";
  EXPECT_OK(in(2022, "532302107"));
  for (const char* code : {"", "53", "5323", "532302", "532302107", "532302107201"}) {
    EXPECT_OK(in(2026, code)) << code;
  }
  // The year begins at midnight in China, eight hours before it does in UTC.
  const absl::Time eve = absl::FromCivil(absl::CivilHour(2021, 12, 31, 16), absl::UTCTimeZone());
  EXPECT_OK(domain::CheckJurisdiction("532331", eve - absl::Seconds(1)));
  EXPECT_THAT(domain::CheckJurisdiction("532331", eve), Fails(v1::REASON_GRANT));
}

// `store verify` decides grants again: a line that is added judges nothing that came before it.
TEST(RegionTest, WhatWasGrantedBeforeAnEditionStands) {
  const absl::Time edition =
      absl::FromCivil(absl::CivilHour(2026, 11, 27, 16), absl::UTCTimeZone());
  for (const char* code : {"532522", "5371", "99"}) {
    EXPECT_OK(domain::CheckJurisdiction(code, edition - absl::Microseconds(1))) << code;
    EXPECT_THAT(domain::CheckJurisdiction(code, edition), Fails(v1::REASON_GRANT)) << code;
  }
}

TEST(RegionTest, D9_RefusesWhatIsNoDivision) {
  const absl::Time now = absl::FromCivil(absl::CivilDay(2027, 1, 1), absl::UTCTimeZone());
  for (const char* code :
       {"9", "99", "10", "4290", "1101", "5002", "5371", "538001", "53230", "532302107201001"}) {
    EXPECT_THAT(domain::CheckJurisdiction(code, now), Fails(v1::REASON_GRANT)) << code;
  }
  EXPECT_OK(domain::CheckJurisdiction("429004", now)) << "a county directly under its province";
  EXPECT_OK(domain::CheckJurisdiction("66", now)) << "the Xinjiang Corps";
}

}  // namespace
}  // namespace suyuan
