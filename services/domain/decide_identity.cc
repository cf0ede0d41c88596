// Invitations, and the keys that come in with them. What needs cryptography has been checked
// before.
#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/member_rules.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

// The term of somebody new ends in the future, after it has begun.
absl::Status CheckTerm(const claim::v1::Invitation& claim, absl::Time now) {
  const char* wrong = nullptr;
  if (claim.has_from_time() && !claim.member().empty()) wrong = "invitation.from_time";
  if (claim.has_until_time()) {
    const absl::Time until = TimeOf(claim.until_time());
    const bool backwards = claim.has_from_time() && until <= TimeOf(claim.from_time());
    if (!claim.member().empty() || until <= now || backwards) wrong = "invitation.until_time";
  }
  if (wrong == nullptr) return absl::OkStatus();
  return Error(v1::REASON_FIELD_OUT_OF_RANGE, {{"field", wrong}});
}

// A party's first manager is invited by who lets parties in; from then on it is on its own.
absl::Status CheckFirstManager(World& world, const Context& context,
                               const claim::v1::Invitation& claim) {
  if (!Allowed(context.caller, rules::v1::PERMISSION_MANAGE_PARTIES) || !claim.member().empty() ||
      claim.role() != claim::v1::MEMBER_ROLE_MANAGER) {
    return Error(v1::REASON_NOT_OWN, {{"resource", claim.party()}});
  }
  ASSIGN_OR_RETURN(const PartyState* party, Get<PartyState>(world, claim.party()));
  RETURN_IF_ERROR(CheckReach(world, context, claim.party(), claim.party()));
  return party->managed ? Error(v1::REASON_PARTY_MANAGED) : absl::OkStatus();
}

// One answer for all that is wrong: who has no code learns nothing of invitations.
absl::Status CheckOpen(World& world, const Context& context, const InvitationState* invitation) {
  const absl::Status invalid = Error(v1::REASON_INVITATION_INVALID);
  if (invitation == nullptr || invitation->used ||
      context.now >= TimeOf(invitation->claim.expire_time())) {
    return invalid;
  }
  RETURN_IF_ERROR(world.Want({invitation->key, invitation->claim.party()}));
  ASSIGN_OR_RETURN(const KeyState* inviter, world.Find<KeyState>(invitation->key));
  if (inviter == nullptr || (inviter->revoked && inviter->revocation.cause() !=
                                                     claim::v1::KeyRevocation::CAUSE_SUPERSEDED)) {
    return invalid;
  }
  ASSIGN_OR_RETURN(const PartyState* party, world.Find<PartyState>(invitation->claim.party()));
  if (party == nullptr) return invalid;
  if (invitation->recovery) {
    ASSIGN_OR_RETURN(const bool has_manager, HasManager(world, *party, context.now));
    return has_manager ? invalid : absl::OkStatus();
  }
  const bool own = invitation->party == invitation->claim.party();
  return own || !party->managed ? absl::OkStatus() : invalid;
}

bool Suspicious(claim::v1::KeyRevocation::Cause cause) {
  return cause == claim::v1::KeyRevocation::CAUSE_LOST ||
         cause == claim::v1::KeyRevocation::CAUSE_COMPROMISED;
}

// His own, or of a party he manages; a regulator's, of a party within his reach.
absl::Status CheckRevokes(World& world, const Context& context, const KeyState& key) {
  const Caller& caller = context.caller;
  if (caller.aged && key.stream() != caller.key.name()) return Error(v1::REASON_KEY_AGED);
  if (key.member == caller.member.name()) return absl::OkStatus();
  if (key.party == caller.party.name() && caller.role == claim::v1::MEMBER_ROLE_MANAGER) {
    return absl::OkStatus();
  }
  if (!Allowed(caller, rules::v1::PERMISSION_HOLD) || !caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) {
    return NotFound(key.stream());
  }
  return CheckReach(world, context, key.party, key.stream());
}

}  // namespace

Decided DecideInvite(World& world, Context& context, const std::string& invitation,
                     const claim::v1::Invitation& claim) {
  RETURN_IF_ERROR(CheckExpiry(TimeOf(claim.expire_time()), context.now));
  RETURN_IF_ERROR(CheckTerm(claim, context.now));
  if (claim.party() != context.caller.party.name()) {
    RETURN_IF_ERROR(CheckFirstManager(world, context, claim));
  } else if (!claim.member().empty()) {
    RETURN_IF_ERROR(CheckFurtherDevice(world, claim.member(), claim.party(), claim.role()));
  }
  RETURN_IF_ERROR(CheckPrivate(world, claim.person(), claim.private_root()));
  RETURN_IF_ERROR(Begin(world, invitation));
  event::v1::Event event;
  event.mutable_member_invited()->set_invitation(invitation);
  event.mutable_member_invited()->set_key(context.caller.key.name());
  *event.mutable_member_invited()->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideEnroll(World& world, Context& context, const claim::v1::Enrollment& claim) {
  ASSIGN_OR_RETURN(const InvitationState* invitation,
                   world.Find<InvitationState>(claim.invitation()));
  RETURN_IF_ERROR(CheckOpen(world, context, invitation));
  world.Write(claim.invitation());
  // A key belongs to one member of one party, for ever: revoked ones are not enrolled again.
  RETURN_IF_ERROR(Begin(world, context.caller.key.name()));
  event::v1::Event event;
  event::v1::MemberEnrolled* enrolled = event.mutable_member_enrolled();
  enrolled->set_begins(invitation->claim.member().empty());
  enrolled->set_member(enrolled->begins() ? context.NewId<MemberId>().name()
                                          : invitation->claim.member());
  if (enrolled->begins()) RETURN_IF_ERROR(Begin(world, enrolled->member()));
  enrolled->set_party(invitation->claim.party());
  enrolled->set_role(invitation->claim.role());
  enrolled->set_key(context.caller.key.name());
  *enrolled->mutable_claim() = claim;
  if (enrolled->begins() && invitation->claim.has_from_time()) {
    *enrolled->mutable_from_time() = invitation->claim.from_time();
  }
  if (enrolled->begins() && invitation->claim.has_until_time()) {
    *enrolled->mutable_until_time() = invitation->claim.until_time();
  }
  RETURN_IF_ERROR(Get<PartyState>(world, enrolled->party()).status());
  // All of the party's commands read this stream: it moves when a manager's key comes or changes.
  if (enrolled->role() == claim::v1::MEMBER_ROLE_MANAGER) world.Write(enrolled->party());
  event.set_actor_party(enrolled->party());
  event.set_actor_member(enrolled->member());
  return Decision{event};
}

Decided DecideRotateKey(World& world, Context& context, const std::string& key,
                        const claim::v1::KeyRotation& claim) {
  RETURN_IF_ERROR(Begin(world, key));
  const std::string& old_key = context.caller.key.name();
  ASSIGN_OR_RETURN(const KeyState* old, Get<KeyState>(world, old_key));
  world.Write(old_key);
  if (context.caller.role == claim::v1::MEMBER_ROLE_MANAGER) {
    RETURN_IF_ERROR(Get<PartyState>(world, context.caller.party.name()).status());
    world.Write(context.caller.party.name());
  }
  event::v1::Event event;
  event.mutable_key_rotated()->set_enrolled_micros(absl::ToUnixMicros(old->since));
  event.mutable_key_rotated()->set_key(key);
  event.mutable_key_rotated()->set_old_key(old_key);
  *event.mutable_key_rotated()->mutable_claim() = claim;
  return Decision{event};
}

absl::StatusOr<const KeyState*> GetRevocable(World& world, const Context& context,
                                             const claim::v1::KeyRevocation& claim) {
  if (claim.has_suspected_since() &&
      (!Suspicious(claim.cause()) || TimeOf(claim.suspected_since()) > context.now)) {
    return Error(v1::REASON_SUSPICION);
  }
  ASSIGN_OR_RETURN(const KeyState* key, Get<KeyState>(world, claim.key()));
  // A module's key is the ledger's: without it a recall would never be complete.
  if (!key->module.empty()) return NotFound(claim.key());
  return key;
}

Decided DecideRevokeKey(World& world, Context& context, const claim::v1::KeyRevocation& claim) {
  ASSIGN_OR_RETURN(const KeyState* key, GetRevocable(world, context, claim));
  RETURN_IF_ERROR(CheckRevokes(world, context, *key));
  if (!key->Widens(claim)) return Error(v1::REASON_KEY_REVOKED);
  world.Write(claim.key());
  event::v1::Event event;
  *event.mutable_key_revoked()->mutable_claim() = claim;
  return Decision{event};
}

}  // namespace suyuan::domain
