// Parties, members, their keys and invitations: who may write.
#include "services/domain/states_identity.h"

#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {

std::vector<std::string> IdentityStreams(const event::v1::Event& event) {
  using event::v1::Event;
  switch (event.what_case()) {
    case Event::kPartyRegistered:
      return {event.party_registered().party()};
    case Event::kMemberAdded:
      return {event.member_added().member(), event.member_added().claim().party()};
    case Event::kKeyEnrolled:
      return {event.key_enrolled().key()};
    case Event::kSystemKeyEnrolled:
      return {event.system_key_enrolled().key()};
    case Event::kMemberInvited:
      return {event.member_invited().invitation()};
    case Event::kMemberEnrolled: {
      const event::v1::MemberEnrolled& enrolled = event.member_enrolled();
      return {enrolled.claim().invitation(), enrolled.key(), enrolled.member(), enrolled.party()};
    }
    case Event::kKeyRotated:
      return {event.key_rotated().key(), event.key_rotated().old_key(), event.actor_party()};
    case Event::kKeyRevoked:
      return {event.key_revoked().claim().key()};
    case Event::kChangeProposed:
      return {event.change_proposed().proposal()};
    case Event::kChangeApproved:
      return {event.change_approved().claim().proposal(), MovedStream(event.change_approved())};
    default:
      return {};
  }
}

void PartyState::Apply(const EventAt& at) {
  const event::v1::Event& event = at.event;
  if (event.party_registered().party() == stream()) {
    claim = event.party_registered().claim();
  } else if (event.has_member_added()) {
    const claim::v1::Member& member = event.member_added().claim();
    managed |= member.party() == stream() && member.role() == claim::v1::MEMBER_ROLE_MANAGER;
  } else if (event.has_member_enrolled()) {
    const event::v1::MemberEnrolled& enrolled = event.member_enrolled();
    if (enrolled.party() != stream() || enrolled.role() != claim::v1::MEMBER_ROLE_MANAGER) return;
    managed = true;
    manager_keys.insert(enrolled.key());
  } else if (manager_keys.erase(event.key_rotated().old_key()) > 0) {
    manager_keys.insert(event.key_rotated().key());
  }
}

void MemberState::Apply(const EventAt& at) {
  if (at.event.member_added().member() == stream()) {
    claim = at.event.member_added().claim();
  } else if (at.event.member_enrolled().member() == stream() &&
             at.event.member_enrolled().begins()) {
    claim.set_party(at.event.member_enrolled().party());
    const event::v1::MemberEnrolled& enrolled = at.event.member_enrolled();
    claim.set_role(enrolled.role());
    if (enrolled.has_from_time()) *claim.mutable_from_time() = enrolled.from_time();
    if (enrolled.has_until_time()) *claim.mutable_until_time() = enrolled.until_time();
  }
}

void KeyState::Apply(const EventAt& at) {
  const event::v1::Event& event = at.event;
  const auto begin = [&](const std::string& of_party, const std::string& of_member,
                         const auto& key) {
    party = of_party;
    member = of_member;
    algorithm = key.algorithm();
    spki = key.spki();
    begun = at.record_time;
  };
  if (event.key_enrolled().key() == stream()) {
    begin(event.key_enrolled().party(), event.key_enrolled().claim().member(),
          event.key_enrolled().claim());
  } else if (event.member_enrolled().key() == stream()) {
    begin(event.member_enrolled().party(), event.member_enrolled().member(),
          event.member_enrolled().claim());
    since = at.record_time;
  } else if (event.key_rotated().key() == stream()) {
    begin(event.actor_party(), event.actor_member(), event.key_rotated().claim());
    since = absl::FromUnixMicros(event.key_rotated().enrolled_micros());
  } else if (event.key_rotated().old_key() == stream()) {
    revoked = true;
    revocation.set_cause(claim::v1::KeyRevocation::CAUSE_SUPERSEDED);
  } else if (const auto* ends = RevocationIn(event); ends != nullptr && ends->key() == stream()) {
    revoked = true;
    revocation = *ends;
  } else if (event.change_approved().what().attestation().key() == stream()) {
    const event::v1::ChangeApproved& approved = event.change_approved();
    attested.push_back({approved.what().attestation(), approved.key(), at.record_time});
  } else if (event.system_key_enrolled().key() == stream()) {
    begin("", "", event.system_key_enrolled());
    module = event.system_key_enrolled().module();
  }
}

bool GrantsState::Held::ValidAt(absl::Time time) const {
  if (ended || (claim.has_from_time() && time < TimeOf(claim.from_time()))) return false;
  return !claim.has_until_time() || time < TimeOf(claim.until_time());
}

void GrantsState::Apply(const EventAt& at) {
  const claim::v1::Proposal& what = at.event.change_approved().what();
  if (!at.event.has_change_approved() || MovedStream(at.event.change_approved()) != stream()) {
    return;
  }
  if (what.has_grant()) {
    held.push_back({at.event.change_approved().claim().proposal(), what.grant(), false});
  } else if (what.has_grant_end()) {
    for (Held& one : held) one.ended |= one.name == what.grant_end().grant();
  } else {
    suspended = what.suspension().suspended();
  }
}

void ProposalState::Apply(const EventAt& at) {
  if (at.event.change_proposed().proposal() == stream()) {
    member = at.event.actor_member();
    claim = at.event.change_proposed().claim();
    invitation = at.event.change_proposed().invitation();
  } else if (at.event.change_approved().claim().proposal() == stream()) {
    approved = true;
  }
}

std::string GrantStream(const std::string& party) {
  return "grants/" + std::string(PartyId::FromName(party).id());
}

std::string PartyOf(const claim::v1::Proposal& proposal) {
  switch (proposal.what_case()) {
    case claim::v1::Proposal::kGrant:
      return proposal.grant().party();
    case claim::v1::Proposal::kGrantEnd:
      return proposal.grant_end().party();
    case claim::v1::Proposal::kSuspension:
      return proposal.suspension().party();
    case claim::v1::Proposal::kRecovery:
      return proposal.recovery().party();
    case claim::v1::Proposal::kAttestation:
      return proposal.attestation().party();
    default:
      return "";
  }
}

std::string MovedStream(const event::v1::ChangeApproved& approved) {
  const claim::v1::Proposal& what = approved.what();
  if (what.has_recovery()) return approved.invitation();
  if (what.has_key_revocation()) return what.key_revocation().key();
  if (what.has_attestation()) return what.attestation().key();
  return GrantStream(PartyOf(what));
}

const claim::v1::KeyRevocation* RevocationIn(const event::v1::Event& event) {
  if (event.has_key_revoked()) return &event.key_revoked().claim();
  const bool approved = event.change_approved().what().has_key_revocation();
  return approved ? &event.change_approved().what().key_revocation() : nullptr;
}

bool Attests(const claim::v1::Attestation& attestation, absl::Time record_time) {
  return TimeOf(attestation.from_time()) <= record_time &&
         record_time < TimeOf(attestation.until_time());
}

v1::Standing StandingOf(const claim::v1::KeyRevocation* revocation, absl::Time record_time) {
  if (revocation == nullptr) return v1::STANDING_VALID;
  if (revocation->has_suspected_since()) {
    const bool before = record_time < TimeOf(revocation->suspected_since());
    return before ? v1::STANDING_VALID : v1::STANDING_DISPUTED;
  }
  const bool suspicious = revocation->cause() == claim::v1::KeyRevocation::CAUSE_LOST ||
                          revocation->cause() == claim::v1::KeyRevocation::CAUSE_COMPROMISED;
  return suspicious ? v1::STANDING_KEY_LATER_REVOKED : v1::STANDING_VALID;
}

bool KeyState::Widens(const claim::v1::KeyRevocation& claim) const {
  if (!revoked) return true;
  if (!claim.has_suspected_since()) return false;
  return !revocation.has_suspected_since() ||
         TimeOf(claim.suspected_since()) < TimeOf(revocation.suspected_since());
}

v1::Standing KeyState::StandingAt(absl::Time record_time) const {
  return StandingOf(revoked ? &revocation : nullptr, record_time);
}

absl::StatusOr<v1::Standing> FindStanding(World& world, const std::string& key,
                                          absl::Time record_time) {
  if (key.empty()) return v1::STANDING_VALID;
  ASSIGN_OR_RETURN(const KeyState* state, world.Find<KeyState>(key));
  if (state == nullptr) return v1::STANDING_VALID;
  const v1::Standing standing = state->StandingAt(record_time);
  if (standing != v1::STANDING_DISPUTED) return standing;
  for (const KeyState::Attested& attested : state->attested) {
    if (!Attests(attested.claim, record_time)) continue;
    ASSIGN_OR_RETURN(const KeyState* approver, world.Find<KeyState>(attested.approver));
    const bool stands =
        approver != nullptr && approver->StandingAt(attested.record_time) != v1::STANDING_DISPUTED;
    if (stands) return v1::STANDING_ATTESTED;
  }
  return standing;
}

void InvitationState::Apply(const EventAt& at) {
  const event::v1::ChangeApproved& approved = at.event.change_approved();
  if (at.event.member_invited().invitation() == stream()) {
    party = at.event.actor_party();
    key = at.event.member_invited().key();
    claim = at.event.member_invited().claim();
  } else if (approved.invitation() == stream()) {
    const claim::v1::Recovery& what = approved.what().recovery();
    recovery = true;
    party = what.party();
    key = approved.key();
    claim.set_party(what.party());
    claim.set_role(claim::v1::MEMBER_ROLE_MANAGER);
    claim.set_member(what.member());
    claim.set_code_spki(what.code_spki());
    *claim.mutable_expire_time() = what.expire_time();
  } else if (at.event.member_enrolled().claim().invitation() == stream()) {
    used = true;
  }
}

}  // namespace suyuan::domain
