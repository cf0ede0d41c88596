// Members and their keys over both topologies: invitations, enrolment, rotation, revocation.
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/chain.h"

namespace suyuan {
namespace {

using claim::v1::KeyRevocation;
using test::Actor;
using test::Chain;
using test::Fails;
using test::NamesOf;
using test::Topology;
using testing::ElementsAre;

class IdentityTest : public testing::TestWithParam<Topology> {
 protected:
  absl::StatusOr<v1::ListKeysResponse> Keys(Actor& actor, const std::string& party) {
    v1::ListKeysRequest request;
    request.set_party(party);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::ListKeysResponse>("IdentityService/ListKeys", request);
  }
  absl::StatusOr<v1::ListMembersResponse> Members(Actor& actor, const std::string& party) {
    v1::ListMembersRequest request;
    request.set_party(party);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::ListMembersResponse>("IdentityService/ListMembers", request);
  }
  absl::StatusOr<v1::InviteMemberResponse> Invite(Actor& actor,
                                                  const v1::InviteMemberRequest& request) {
    return actor.Call<v1::InviteMemberResponse>("IdentityService/InviteMember", request);
  }
  absl::StatusOr<v1::InviteMemberResponse> Invite(
      Actor& actor, const std::string& party,
      claim::v1::MemberRole role = claim::v1::MEMBER_ROLE_WORKER) {
    return Invite(actor, system_.Invitation(party, role, code_key_));
  }
  v1::EnrollKeyRequest Enrollment(const rpc::SigningKey& key) {
    return system_.Enrollment(system_.portal().origin(), code_key_, key);
  }
  // Sent by a device that signs with `key`.
  absl::StatusOr<v1::EnrollKeyResponse> Enroll(const rpc::SigningKey& key,
                                               const v1::EnrollKeyRequest& request) {
    return system_.MakeActor("", "", key)
        ->Call<v1::EnrollKeyResponse>("IdentityService/EnrollKey", request);
  }
  absl::StatusOr<v1::EnrollKeyResponse> Enroll(const rpc::SigningKey& key) {
    return Enroll(key, Enrollment(key));
  }
  static absl::StatusOr<v1::RevokeKeyResponse> Revoke(
      Actor& actor, const std::string& key, KeyRevocation::Cause cause = KeyRevocation::CAUSE_LOST,
      std::optional<absl::Time> suspected_since = std::nullopt) {
    auto request = Chain::New<v1::RevokeKeyRequest>();
    request.mutable_revocation()->set_key(key);
    request.mutable_revocation()->set_cause(cause);
    if (suspected_since.has_value()) {
      *request.mutable_revocation()->mutable_suspected_since() = domain::StampOf(*suspected_since);
    }
    return actor.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", request);
  }
  v1::RotateKeyRequest Rotation(const Actor& actor, const rpc::SigningKey& key) {
    auto request = Chain::New<v1::RotateKeyRequest>();
    request.mutable_rotation()->set_algorithm(
        static_cast<claim::v1::KeyAlgorithm>(key.algorithm()));
    request.mutable_rotation()->set_spki(key.Spki());
    request.mutable_rotation()->set_proof(key.Sign(
        rpc::RotationText(system_.portal().origin(), NameOf(*actor.options().key), NameOf(key))));
    return request;
  }
  static absl::StatusOr<v1::RotateKeyResponse> Rotate(Actor& actor,
                                                      const v1::RotateKeyRequest& request) {
    return actor.Call<v1::RotateKeyResponse>("IdentityService/RotateKey", request);
  }
  static absl::StatusOr<v1::GetCallerResponse> WhoAmI(Actor& actor) {
    return actor.Call<v1::GetCallerResponse>("IdentityService/GetCaller", v1::GetCallerRequest());
  }
  static std::string NameOf(const rpc::SigningKey& key) {
    return rpc::NameOfKey("keys", key.algorithm(), key.Spki());
  }
  static std::string KeyNameOf(const Actor& actor) { return NameOf(*actor.options().key); }
  // Standings of all records signed by a key, in order.
  std::vector<v1::Standing> Standings(const std::string& key) {
    v1::ListRecordsRequest request;
    request.set_page_size(1000);
    const auto records =
        system_.operator_actor().Call<v1::ListRecordsResponse>("AuditService/ListRecords", request);
    EXPECT_OK(records);
    std::vector<v1::Standing> standings;
    for (const v1::RecordSummary& record : records->records()) {
      if (record.key() == key) standings.push_back(record.standing());
    }
    return standings;
  }
  // Everything in the log, decided again by whoever verifies it.
  void ExpectLogVerifies() { test::ExpectLogVerifies(system_); }

  test::System system_{GetParam()};
  const rpc::SigningKey code_key_ =
      *rpc::KeyOfCode(system_.portal().origin(), "ABCD-EFGH-JKMN-PQRS");
  const rpc::SigningKey key_ = rpc::SigningKey::Generate(rpc::kEcdsaP256);
};

TEST_P(IdentityTest, ServerInfoNeedsNoKeyAndSaysWhatClientsPin) {
  const auto info = system_.stranger().Call<v1::GetServerInfoResponse>(
      "IdentityService/GetServerInfo", v1::GetServerInfoRequest());
  ASSERT_OK(info);
  EXPECT_EQ(info->origin(), system_.portal().origin());
  EXPECT_EQ(info->ledger_id().size(), 4u);
  EXPECT_TRUE(info->demo());
  EXPECT_EQ(info->utc_offset_minutes(), 480);
  EXPECT_THAT(info->log_verifier_key(), testing::StartsWith(info->origin() + "+"));
  EXPECT_EQ(info->version(), SUYUAN_VERSION);
  EXPECT_EQ(domain::TimeOf(info->server_time()), system_.clock().Now());
}

TEST_P(IdentityTest, ACallerIsToldWhoHeIs) {
  Chain chain(system_);
  Actor& worker = system_.AddMember(chain.coop(), claim::v1::MEMBER_ROLE_WORKER);
  const auto caller = WhoAmI(worker);
  ASSERT_OK(caller);
  EXPECT_EQ(caller->party(), chain.coop().party());
  EXPECT_EQ(caller->member(), worker.member());
  EXPECT_EQ(caller->key(), KeyNameOf(worker));
  EXPECT_EQ(caller->role(), claim::v1::MEMBER_ROLE_WORKER);
  EXPECT_THAT(caller->party_roles(), ElementsAre(claim::v1::PARTY_ROLE_COOPERATIVE));
}

TEST_P(IdentityTest, MembersAndKeysAreListedForTheirPartyAndForWhoLetsPartiesIn) {
  Actor& own = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& regulator = system_.AddParty("监管", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& worker = system_.AddMember(own, claim::v1::MEMBER_ROLE_WORKER);
  for (Actor* actor : {&own, &worker, &regulator, &system_.operator_actor()}) {
    const auto members = Members(*actor, own.party());
    ASSERT_OK(members);
    EXPECT_THAT(NamesOf(members->members()), ElementsAre(own.member(), worker.member()));
    const auto keys = Keys(*actor, own.party());
    ASSERT_OK(keys);
    EXPECT_THAT(NamesOf(keys->keys()), ElementsAre(KeyNameOf(own), KeyNameOf(worker)));
  }
  EXPECT_THAT(Members(other, own.party()), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Keys(other, own.party()), Fails(v1::REASON_NOT_FOUND));
  const std::string absent = "parties" + own.member().substr(own.member().rfind('/'));
  EXPECT_THAT(Members(regulator, absent), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Keys(regulator, absent), Fails(v1::REASON_NOT_FOUND));
}

TEST_P(IdentityTest, AnInvitationLetsInOneDeviceOfTheRoleAndPartyItNames) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  ASSERT_OK(Invite(manager, manager.party()));
  const v1::EnrollKeyRequest request = Enrollment(key_);
  const auto enrolled = Enroll(key_, request);
  ASSERT_OK(enrolled);
  EXPECT_EQ(enrolled->party(), manager.party());
  EXPECT_EQ(enrolled->key(), NameOf(key_));
  const auto worker = system_.MakeActor(enrolled->party(), enrolled->member(), key_);
  const auto caller = WhoAmI(*worker);
  ASSERT_OK(caller);
  EXPECT_EQ(caller->member(), enrolled->member());
  EXPECT_EQ(caller->role(), claim::v1::MEMBER_ROLE_WORKER);
  // The answer may be lost: the same request is answered again, and enrols nobody twice.
  const auto again = Enroll(key_, request);
  ASSERT_OK(again);
  EXPECT_EQ(again->SerializeAsString(), enrolled->SerializeAsString());
  // The code is used up, for the same device and for any other.
  EXPECT_THAT(Enroll(key_), Fails(v1::REASON_INVITATION_INVALID));
  EXPECT_THAT(Enroll(rpc::SigningKey::Generate(rpc::kEd25519)),
              Fails(v1::REASON_INVITATION_INVALID));
  ExpectLogVerifies();
}

// D14: a stranger without the code, or with a code meant for another device, lets in nobody.
TEST_P(IdentityTest, D14_RefusesAnEnrollmentThatItsCodeDoesNotProve) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  ASSERT_OK(Invite(manager, manager.party()));
  // Overheard: the proof lets in the key it names, and not the listener's.
  v1::EnrollKeyRequest stolen = Enrollment(rpc::SigningKey::Generate(rpc::kEcdsaP256));
  stolen.mutable_enrollment()->set_spki(key_.Spki());
  EXPECT_THAT(Enroll(key_, stolen), Fails(v1::REASON_INVITATION_INVALID));
  // Whoever reads the log knows the code's public key, and cannot sign with it.
  v1::EnrollKeyRequest guessed = Enrollment(key_);
  guessed.mutable_enrollment()->set_code_proof(std::string(64, 'x'));
  EXPECT_THAT(Enroll(key_, guessed), Fails(v1::REASON_INVITATION_INVALID));
  // Made for another ledger.
  EXPECT_THAT(Enroll(key_, system_.Enrollment("other/00", code_key_, key_)),
              Fails(v1::REASON_INVITATION_INVALID));
  // A code nobody made.
  const auto wrong = *rpc::KeyOfCode(system_.portal().origin(), "0000-0000-0000-0000");
  EXPECT_THAT(Enroll(key_, system_.Enrollment(system_.portal().origin(), wrong, key_)),
              Fails(v1::REASON_INVITATION_INVALID));
  // Signed by another key than the one it brings: possession is not proven.
  const auto thief = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  EXPECT_THAT(Enroll(thief, Enrollment(key_)), Fails(v1::REASON_SIGNATURE_INVALID));
  EXPECT_THAT(
      system_.stranger().Call<v1::EnrollKeyResponse>("IdentityService/EnrollKey", Enrollment(key_)),
      Fails(v1::REASON_SIGNATURE_MISSING));
  v1::EnrollKeyRequest no_key = Enrollment(key_);
  no_key.mutable_enrollment()->set_spki("no key");
  EXPECT_THAT(Enroll(key_, no_key), Fails(v1::REASON_KEY_MALFORMED));
  v1::EnrollKeyRequest other_stream = Enrollment(key_);
  other_stream.mutable_enrollment()->set_invitation(manager.party());
  EXPECT_THAT(Enroll(key_, other_stream), Fails(v1::REASON_FIELD_MALFORMED));
  EXPECT_OK(Enroll(key_));
}

TEST_P(IdentityTest, D14_RefusesAKeyThatIsEnrolledAlready) {
  Actor& own = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  ASSERT_OK(Invite(own, own.party()));
  EXPECT_THAT(Enroll(*other.options().key), Fails(v1::REASON_ALREADY_EXISTS));
  Actor& worker = system_.AddMember(own, claim::v1::MEMBER_ROLE_WORKER);
  ASSERT_OK(Revoke(own, KeyNameOf(worker)));
  EXPECT_THAT(Enroll(*worker.options().key), Fails(v1::REASON_ALREADY_EXISTS));
}

TEST_P(IdentityTest, AnInvitationEndsWithItsTimeAndWithItsInvitersKey) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  ASSERT_OK(Invite(manager, manager.party()));
  system_.clock().Advance(absl::Hours(24));
  EXPECT_THAT(Enroll(key_), Fails(v1::REASON_INVITATION_INVALID));
  // A thief's invitations go with the stolen key.
  Actor& second = system_.AddMember(manager, claim::v1::MEMBER_ROLE_MANAGER);
  const auto other = *rpc::KeyOfCode(system_.portal().origin(), rpc::NewCode());
  ASSERT_OK(
      Invite(second, system_.Invitation(manager.party(), claim::v1::MEMBER_ROLE_MANAGER, other)));
  ASSERT_OK(Revoke(manager, KeyNameOf(second), KeyRevocation::CAUSE_COMPROMISED));
  EXPECT_THAT(Enroll(key_, system_.Enrollment(system_.portal().origin(), other, key_)),
              Fails(v1::REASON_INVITATION_INVALID));
}

TEST_P(IdentityTest, AnInvitationIsForAtMostAWeek) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  auto request = system_.Invitation(manager.party(), claim::v1::MEMBER_ROLE_WORKER, code_key_);
  for (const absl::Duration term : {absl::Hours(-1), absl::ZeroDuration(), absl::Hours(169)}) {
    *request.mutable_invitation()->mutable_expire_time() =
        domain::StampOf(system_.clock().Now() + term);
    EXPECT_THAT(Invite(manager, request), Fails(v1::REASON_INVITATION_TERM));
  }
  *request.mutable_invitation()->mutable_expire_time() =
      domain::StampOf(system_.clock().Now() + absl::Hours(168));
  request.mutable_invitation()->set_code_spki("no key");
  EXPECT_THAT(Invite(manager, request), Fails(v1::REASON_KEY_MALFORMED));
}

// The operator lets a party in and from then on has no hand in it: he cannot make himself one of
// its members, and so cannot act for it.
TEST_P(IdentityTest, OnlyAPartysOwnManagerInvitesOnceItHasOne) {
  Actor& own = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& regulator = system_.AddParty("监管", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& worker = system_.AddMember(own, claim::v1::MEMBER_ROLE_WORKER);
  const auto manager = claim::v1::MEMBER_ROLE_MANAGER;
  EXPECT_THAT(Invite(system_.operator_actor(), own.party(), manager),
              Fails(v1::REASON_PARTY_MANAGED));
  EXPECT_THAT(Invite(regulator, own.party(), manager), Fails(v1::REASON_PARTY_MANAGED));
  EXPECT_THAT(Invite(other, own.party(), manager), Fails(v1::REASON_NOT_OWN));
  EXPECT_THAT(Invite(worker, own.party()), Fails(v1::REASON_NOT_ALLOWED));
  // Of a party without a manager they invite the manager and nobody else.
  auto request = Chain::New<v1::RegisterPartyRequest>();
  request.mutable_party()->set_name("丙");
  request.mutable_party()->add_roles(claim::v1::PARTY_ROLE_RETAILER);
  const auto fresh = system_.operator_actor().Call<v1::RegisterPartyResponse>(
      "RegistryService/RegisterParty", request);
  ASSERT_OK(fresh);
  EXPECT_THAT(Invite(system_.operator_actor(), fresh->party()), Fails(v1::REASON_NOT_OWN));
  EXPECT_THAT(Invite(own, fresh->party(), manager), Fails(v1::REASON_NOT_OWN));
  // Two invitations are out; the second to come finds the party managed.
  ASSERT_OK(Invite(system_.operator_actor(), fresh->party(), manager));
  const auto second = *rpc::KeyOfCode(system_.portal().origin(), rpc::NewCode());
  ASSERT_OK(Invite(regulator, system_.Invitation(fresh->party(), manager, second)));
  ASSERT_OK(Enroll(key_));
  const auto late = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  EXPECT_THAT(Enroll(late, system_.Enrollment(system_.portal().origin(), second, late)),
              Fails(v1::REASON_INVITATION_INVALID));
  ExpectLogVerifies();
}

TEST_P(IdentityTest, AFurtherDeviceIsForAMemberOfThePartyInHisRole) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& worker = system_.AddMember(manager, claim::v1::MEMBER_ROLE_WORKER);
  auto request = system_.Invitation(manager.party(), claim::v1::MEMBER_ROLE_WORKER, code_key_);
  request.mutable_invitation()->set_member(other.member());
  EXPECT_THAT(Invite(manager, request), Fails(v1::REASON_NOT_FOUND));
  request.mutable_invitation()->set_member(worker.member());
  request.mutable_invitation()->set_role(claim::v1::MEMBER_ROLE_MANAGER);
  EXPECT_THAT(Invite(manager, request), Fails(v1::REASON_NOT_FOUND));
  request.mutable_invitation()->set_role(claim::v1::MEMBER_ROLE_WORKER);
  ASSERT_OK(Invite(manager, request));
  const auto enrolled = Enroll(key_);
  ASSERT_OK(enrolled);
  EXPECT_EQ(enrolled->member(), worker.member());
  const auto members = Members(manager, manager.party());
  ASSERT_OK(members);
  EXPECT_EQ(members->members_size(), 2);
  ExpectLogVerifies();
}

// D18: guessing trips a budget; it refills, and the right code works again.
TEST_P(IdentityTest, D18_WrongCodesAreRefusedUnseenAfterThirtyTries) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  ASSERT_OK(Invite(manager, manager.party()));
  v1::EnrollKeyRequest wrong = Enrollment(key_);
  wrong.mutable_enrollment()->set_code_proof(std::string(64, 'x'));
  for (int i = 0; i < 30; ++i) {
    EXPECT_THAT(Enroll(key_, wrong), Fails(v1::REASON_INVITATION_INVALID)) << i;
  }
  EXPECT_THAT(Enroll(key_, wrong), Fails(v1::REASON_TOO_MANY_TRIES));
  EXPECT_THAT(Enroll(key_), Fails(v1::REASON_TOO_MANY_TRIES));
  system_.clock().Advance(absl::Seconds(2));
  EXPECT_OK(Enroll(key_));
}

TEST_P(IdentityTest, ARotationPutsANewKeyInTheOldOnesPlace) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  ASSERT_OK(Rotate(manager, Rotation(manager, key_)));
  EXPECT_THAT(WhoAmI(manager), Fails(v1::REASON_KEY_REVOKED));
  const auto rotated = system_.MakeActor(manager.party(), manager.member(), key_);
  const auto caller = WhoAmI(*rotated);
  ASSERT_OK(caller);
  EXPECT_EQ(caller->member(), manager.member());
  EXPECT_EQ(caller->key(), NameOf(key_));
  system_.AddSite(*rotated, claim::v1::SITE_KIND_SHOP);
  const auto keys = Keys(*rotated, manager.party());
  ASSERT_OK(keys);
  ASSERT_EQ(keys->keys_size(), 2);
  EXPECT_EQ(keys->keys(0).cause(), KeyRevocation::CAUSE_SUPERSEDED);
  EXPECT_FALSE(keys->keys(1).revoked());
  // What the old key signed stands.
  EXPECT_THAT(Standings(KeyNameOf(manager)), testing::Each(v1::STANDING_VALID));
  ExpectLogVerifies();
}

TEST_P(IdentityTest, ARotationNeedsBothKeys) {
  Actor& own = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  v1::RotateKeyRequest request = Rotation(own, key_);
  request.mutable_rotation()->set_proof(std::string(64, 'x'));
  EXPECT_THAT(Rotate(own, request), Fails(v1::REASON_POSSESSION));
  // The new key agreed to follow one key, and is not taken by another.
  EXPECT_THAT(Rotate(other, Rotation(own, key_)), Fails(v1::REASON_POSSESSION));
  EXPECT_THAT(Rotate(own, Rotation(own, *other.options().key)), Fails(v1::REASON_ALREADY_EXISTS));
  request.mutable_rotation()->set_spki("no key");
  EXPECT_THAT(Rotate(own, request), Fails(v1::REASON_KEY_MALFORMED));
}

TEST_P(IdentityTest, ARevokedKeySignsNothingMoreAndStaysListed) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& worker = system_.AddMember(manager, claim::v1::MEMBER_ROLE_WORKER);
  ASSERT_OK(Revoke(manager, KeyNameOf(worker)));
  EXPECT_THAT(WhoAmI(worker), Fails(v1::REASON_KEY_REVOKED));
  const auto keys = Keys(manager, manager.party());
  ASSERT_OK(keys);
  ASSERT_EQ(keys->keys_size(), 2);
  EXPECT_FALSE(keys->keys(0).revoked());
  EXPECT_TRUE(keys->keys(1).revoked());
  EXPECT_EQ(keys->keys(1).cause(), KeyRevocation::CAUSE_LOST);
  EXPECT_THAT(Revoke(manager, KeyNameOf(worker)), Fails(v1::REASON_KEY_REVOKED));
}

TEST_P(IdentityTest, AKeyIsRevokedByItsMemberHisManagerOrARegulator) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& regulator = system_.AddParty("监管", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& first = system_.AddMember(manager, claim::v1::MEMBER_ROLE_WORKER);
  Actor& second = system_.AddMember(manager, claim::v1::MEMBER_ROLE_WORKER);
  EXPECT_THAT(Revoke(other, KeyNameOf(first)), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Revoke(second, KeyNameOf(first)), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Revoke(system_.operator_actor(), KeyNameOf(first)), Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(Revoke(first, KeyNameOf(first)));
  EXPECT_OK(Revoke(manager, KeyNameOf(second)));
  EXPECT_OK(Revoke(regulator, KeyNameOf(manager)));
  ExpectLogVerifies();
}

// A revocation's key is free text to the field rules: it must not reach another kind of stream.
TEST_P(IdentityTest, RefusesToRevokeWhatIsNotAKey) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  for (const std::string& name :
       {manager.party(), manager.member(), std::string("keys/"), std::string("keys/zz"),
        KeyNameOf(manager).substr(0, 20), "keyz" + KeyNameOf(manager).substr(4)}) {
    EXPECT_THAT(Revoke(manager, name), Fails(v1::REASON_FIELD_MALFORMED)) << name;
  }
  EXPECT_THAT(Revoke(manager, StrCat("keys/", std::string(32, '0'))), Fails(v1::REASON_NOT_FOUND));
}

TEST_P(IdentityTest, OnlyALostOrCompromisedKeyIsSuspectedAndSinceThePast) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  const absl::Time now = system_.clock().Now();
  EXPECT_THAT(Revoke(manager, KeyNameOf(manager), KeyRevocation::CAUSE_LEFT, now),
              Fails(v1::REASON_SUSPICION));
  EXPECT_THAT(
      Revoke(manager, KeyNameOf(manager), KeyRevocation::CAUSE_LOST, now + absl::Seconds(1)),
      Fails(v1::REASON_SUSPICION));
}

// D13, and the table of what a revoked key signed before: decided by the place in the log.
TEST_P(IdentityTest, D13_WhatAStolenKeySignedSinceTheSuspicionIsDisputed) {
  Chain chain(system_);
  Actor& worker = system_.AddMember(chain.coop(), claim::v1::MEMBER_ROLE_WORKER);
  const auto harvest = [&] {
    const auto harvested = worker.Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest",
                                                                    chain.HarvestRequest(1));
    EXPECT_OK(harvested);
    return harvested->batch();
  };
  const std::string before = harvest();
  system_.clock().Advance(absl::Hours(2));
  const absl::Time suspected = system_.clock().Now();
  system_.clock().Advance(absl::Hours(1));
  const std::string since = harvest();
  EXPECT_THAT(Standings(KeyNameOf(worker)), testing::Each(v1::STANDING_VALID));
  ASSERT_OK(Revoke(chain.coop(), KeyNameOf(worker), KeyRevocation::CAUSE_COMPROMISED, suspected));
  // Its enrolment and the first harvest, then the second.
  EXPECT_THAT(Standings(KeyNameOf(worker)),
              ElementsAre(v1::STANDING_VALID, v1::STANDING_VALID, v1::STANDING_DISPUTED));
  for (const auto& [batch, standing] :
       {std::pair{before, v1::STANDING_VALID}, {since, v1::STANDING_DISPUTED}}) {
    v1::StreamTimelineRequest request;
    request.set_batch(batch);
    request.set_min_sequence(system_.LastSequence());
    const auto timeline =
        chain.coop().Stream<v1::TimelineEntry>("TraceService/StreamTimeline", request);
    ASSERT_OK(timeline);
    ASSERT_EQ(timeline->size(), 1u);
    EXPECT_EQ(timeline->front().standing(), standing);
    EXPECT_EQ(timeline->front().key(), KeyNameOf(worker));
  }
  ExpectLogVerifies();
}

TEST_P(IdentityTest, WhatALostKeySignedStandsAndSaysThatItWasRevokedLater) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  for (const auto& [cause, standing] :
       {std::pair{KeyRevocation::CAUSE_LOST, v1::STANDING_KEY_LATER_REVOKED},
        {KeyRevocation::CAUSE_COMPROMISED, v1::STANDING_KEY_LATER_REVOKED},
        {KeyRevocation::CAUSE_LEFT, v1::STANDING_VALID},
        {KeyRevocation::CAUSE_SUPERSEDED, v1::STANDING_VALID}}) {
    Actor& worker = system_.AddMember(manager, claim::v1::MEMBER_ROLE_WORKER);
    ASSERT_OK(Revoke(manager, KeyNameOf(worker), cause));
    EXPECT_THAT(Standings(KeyNameOf(worker)), ElementsAre(standing)) << cause;
  }
}

// D12: only the place in the log counts; a signature dated before the revocation comes too late.
TEST_P(IdentityTest, D12_RefusesABackdatedWriteOfARevokedKey) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& worker = system_.AddMember(manager, claim::v1::MEMBER_ROLE_WORKER);
  auto request = Chain::New<v1::RegisterSiteRequest>();
  request.mutable_site()->set_name("站点");
  request.mutable_site()->set_kind(claim::v1::SITE_KIND_SHOP);
  ASSERT_OK(Revoke(manager, KeyNameOf(worker)));
  test::FakeClock yesterday(system_.clock().Now() - absl::Hours(24));
  rpc::ClientOptions options = worker.options();
  options.clock = &yesterday;
  Actor backdated(worker.party(), worker.member(), options);
  EXPECT_THAT(backdated.Call<v1::RegisterSiteResponse>("RegistryService/RegisterSite", request),
              Fails(v1::REASON_KEY_REVOKED));
}

TEST_P(IdentityTest, MembersSurviveARestart) {
  Chain chain(system_);
  system_.Restart();
  const auto keys = Keys(chain.coop(), chain.coop().party());
  ASSERT_OK(keys);
  EXPECT_THAT(NamesOf(keys->keys()), ElementsAre(KeyNameOf(chain.coop())));
  EXPECT_OK(WhoAmI(chain.coop()));
}

// A member acts from the beginning of his term until its end, not a record longer.
TEST_P(IdentityTest, AMemberActsWithinHisTerm) {
  Chain chain(system_);
  Actor& manager = chain.coop();
  auto invite = system_.Invitation(manager.party(), claim::v1::MEMBER_ROLE_WORKER, code_key_);
  const absl::Time from = system_.clock().Now() + absl::Hours(2);
  *invite.mutable_invitation()->mutable_from_time() = domain::StampOf(from);
  *invite.mutable_invitation()->mutable_until_time() = domain::StampOf(from);
  EXPECT_THAT(Invite(manager, invite), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
  *invite.mutable_invitation()->mutable_until_time() = domain::StampOf(from + absl::Hours(1));
  ASSERT_OK(Invite(manager, invite));
  const auto enrolled = Enroll(key_);
  ASSERT_OK(enrolled);
  const auto worker = system_.MakeActor(manager.party(), enrolled->member(), key_);
  const auto harvest = [&] {
    return worker->Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest",
                                                     chain.HarvestRequest(1));
  };
  EXPECT_THAT(harvest(), Fails(v1::REASON_MEMBER_TERM)) << "not yet";
  EXPECT_THAT(WhoAmI(*worker), Fails(v1::REASON_MEMBER_TERM));
  system_.clock().Advance(absl::Hours(2));
  ASSERT_OK(harvest());
  const auto caller = WhoAmI(*worker);
  ASSERT_OK(caller);
  EXPECT_EQ(domain::TimeOf(caller->member_until_time()), from + absl::Hours(1));
  const auto members = Members(manager, manager.party());
  ASSERT_OK(members);
  EXPECT_EQ(domain::TimeOf(members->members(1).claim().until_time()), from + absl::Hours(1));
  system_.clock().Advance(absl::Hours(1));
  EXPECT_THAT(harvest(), Fails(v1::REASON_MEMBER_TERM)) << "no longer";
  // What he claims of the time counts for nothing: the ledger's decides.
  EXPECT_THAT(Rotate(*worker, Rotation(*worker, rpc::SigningKey::Generate(rpc::kEcdsaP256))),
              Fails(v1::REASON_MEMBER_TERM));
  ExpectLogVerifies();
}

// A term is of a person: a further device has none of its own.
TEST_P(IdentityTest, AFurtherDeviceHasNoTermOfItsOwn) {
  Chain chain(system_);
  Actor& worker = system_.AddMember(chain.coop(), claim::v1::MEMBER_ROLE_WORKER);
  auto invite = system_.Invitation(chain.coop().party(), claim::v1::MEMBER_ROLE_WORKER, code_key_);
  invite.mutable_invitation()->set_member(worker.member());
  *invite.mutable_invitation()->mutable_until_time() =
      domain::StampOf(system_.clock().Now() + absl::Hours(1));
  EXPECT_THAT(Invite(chain.coop(), invite), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
}

// Two years, a signatory's one: from then on a key signs its own replacement or end, nothing else.
TEST_P(IdentityTest, AnOldKeySignsNothingButItsReplacement) {
  Actor& lab = system_.AddParty("检测站", {claim::v1::PARTY_ROLE_LAB});
  Actor& signatory = system_.AddMember(lab, claim::v1::MEMBER_ROLE_SIGNATORY);
  Chain chain(system_);
  Actor& worker = system_.AddMember(chain.coop(), claim::v1::MEMBER_ROLE_WORKER);
  constexpr absl::Duration kYear = absl::Hours(365 * 24);
  system_.clock().Advance(kYear - absl::Seconds(1));
  const auto caller = WhoAmI(signatory);
  ASSERT_OK(caller);
  EXPECT_GT(domain::TimeOf(caller->key_until_time()), system_.clock().Now());
  EXPECT_LE(domain::TimeOf(caller->key_until_time()), system_.clock().Now() + absl::Seconds(2));
  system_.clock().Advance(absl::Seconds(2));
  EXPECT_THAT(WhoAmI(signatory), Fails(v1::REASON_KEY_AGED));
  EXPECT_OK(WhoAmI(chain.coop()));
  system_.clock().Advance(kYear);
  const auto harvest = [&](Actor& actor) {
    return actor.Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest",
                                                   chain.HarvestRequest(1));
  };
  EXPECT_THAT(harvest(chain.coop()), Fails(v1::REASON_KEY_AGED));
  EXPECT_THAT(Invite(chain.coop(), chain.coop().party()), Fails(v1::REASON_KEY_AGED));
  EXPECT_THAT(Revoke(chain.coop(), KeyNameOf(worker)), Fails(v1::REASON_KEY_AGED));
  ASSERT_OK(Rotate(chain.coop(), Rotation(chain.coop(), key_)));
  const auto renewed = system_.MakeActor(chain.coop().party(), chain.coop().member(), key_);
  EXPECT_OK(harvest(*renewed));
  // The operators too: who lets parties in is never locked out for good.
  Actor& runs = system_.operator_actor();
  EXPECT_THAT(WhoAmI(runs), Fails(v1::REASON_KEY_AGED));
  const auto fresh = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  ASSERT_OK(Rotate(runs, Rotation(runs, fresh)));
  EXPECT_OK(WhoAmI(*system_.MakeActor(runs.party(), runs.member(), fresh)));
}

INSTANTIATE_TEST_SUITE_P(Topologies, IdentityTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
