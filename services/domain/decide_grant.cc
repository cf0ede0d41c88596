// What two persons decide: grants, their end, suspensions, revocations by the operator, who acts
// for a party that has lost its managers, and what of a disputed key counts again.
#include <algorithm>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/member_rules.h"
#include "services/domain/region.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

// A younger key approves nothing: whoever proposes could have let it in, himself or through others.
constexpr absl::Duration kApproverAge = absl::Hours(7 * 24);

absl::Status Wrong(const char* detail) { return Error(v1::REASON_GRANT, {{"detail", detail}}); }

absl::Status CheckGrant(const Context& context, const claim::v1::Grant& grant) {
  const bool lab = grant.role() == claim::v1::PARTY_ROLE_LAB;
  const bool regulator = grant.role() == claim::v1::PARTY_ROLE_REGULATOR;
  if (!lab && !regulator && grant.role() != claim::v1::PARTY_ROLE_AUDITOR) return Wrong("role");
  if (grant.has_until_time()) {
    const absl::Time until = TimeOf(grant.until_time());
    if (until <= context.now) return Wrong("until_time");
    if (grant.has_from_time() && until <= TimeOf(grant.from_time())) return Wrong("from_time");
  }
  if (!regulator && !grant.region_code().empty()) return Wrong("region_code");
  RETURN_IF_ERROR(CheckJurisdiction(grant.region_code(), context.now));
  if (!lab) {
    const bool scoped = grant.parameters_size() > 0 || grant.product_classes_size() > 0 ||
                        !grant.certificate().empty();
    return scoped ? Wrong("parameters") : absl::OkStatus();
  }
  // An accreditation is of a number, for a term, and for what it names (CATL, CMA).
  if (grant.certificate().empty()) return Wrong("certificate");
  if (!grant.has_until_time()) return Wrong("until_time");
  return grant.parameters_size() == 0 ? Wrong("parameters") : absl::OkStatus();
}

// The party concerned: within the caller's reach, another than his own, and not the operator. Who
// tests, supervises or audits trades nothing: so no inspector has goods of his own party before
// him.
absl::Status CheckConcerned(World& world, const Context& context, const std::string& name,
                            bool granting) {
  RETURN_IF_ERROR(CheckReach(world, context, name, name));
  ASSIGN_OR_RETURN(const PartyState* party, Get<PartyState>(world, name));
  const auto& roles = party->claim.roles();
  const bool runs =
      std::find(roles.begin(), roles.end(), claim::v1::PARTY_ROLE_OPERATOR) != roles.end();
  const bool own = name == context.caller.party.name();
  return own || runs || (granting && !roles.empty()) ? Error(v1::REASON_PARTY_ROLE)
                                                     : absl::OkStatus();
}

// A party whose managers can do nothing any more; as long as one can, he invites.
absl::Status CheckRecovery(World& world, const Context& context, const claim::v1::Recovery& claim) {
  RETURN_IF_ERROR(CheckExpiry(TimeOf(claim.expire_time()), context.now));
  ASSIGN_OR_RETURN(const PartyState* party, Get<PartyState>(world, claim.party()));
  if (!party->managed) return Wrong("party");  // Whoever lets parties in invites its first.
  ASSIGN_OR_RETURN(const bool has_manager, HasManager(world, *party, context.now));
  if (has_manager) return Error(v1::REASON_PARTY_MANAGED);
  if (claim.member().empty()) return absl::OkStatus();
  return CheckFurtherDevice(world, claim.member(), claim.party(), claim::v1::MEMBER_ROLE_MANAGER);
}

// A stretch of what is disputed of a key of the party.
absl::Status CheckAttestation(World& world, const claim::v1::Attestation& claim) {
  ASSIGN_OR_RETURN(const KeyState* key, Get<KeyState>(world, claim.key()));
  if (key->party != claim.party() || !key->revocation.has_suspected_since()) return Wrong("key");
  const absl::Time from = TimeOf(claim.from_time());
  if (from < TimeOf(key->revocation.suspected_since())) return Wrong("from_time");
  return from < TimeOf(claim.until_time()) ? absl::OkStatus() : Wrong("until_time");
}

// Approved by a regulator who reaches the party and is not the party: the thief may be in it.
absl::Status CheckAttestationApproval(World& world, const Context& context,
                                      const claim::v1::Attestation& claim) {
  if (!context.caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) return NotFound(claim.party());
  RETURN_IF_ERROR(CheckReach(world, context, claim.party(), claim.party()));
  if (claim.party() == context.caller.party.name()) return Error(v1::REASON_PARTY_ROLE);
  return CheckAttestation(world, claim);
}

Decided Propose(World& world, Context& context, const claim::v1::Proposal& claim,
                const std::string& invitation) {
  event::v1::Event event;
  event.mutable_change_proposed()->set_proposal(context.NewId<ProposalId>().name());
  RETURN_IF_ERROR(Begin(world, event.change_proposed().proposal()));
  *event.mutable_change_proposed()->mutable_claim() = claim;
  event.mutable_change_proposed()->set_invitation(invitation);
  return Decision{event};
}

// What holds when it is proposed and again when it is approved, each time for who does so. The
// stream that the change moves is found.
absl::Status CheckProposal(World& world, const Context& context, const claim::v1::Proposal& claim) {
  if (claim.has_key_revocation()) {
    ASSIGN_OR_RETURN(const KeyState* key, GetRevocable(world, context, claim.key_revocation()));
    RETURN_IF_ERROR(CheckReach(world, context, key->party, claim.key_revocation().key()));
    return key->Widens(claim.key_revocation()) ? absl::OkStatus() : Error(v1::REASON_KEY_REVOKED);
  }
  const std::string party = PartyOf(claim);
  if (party.empty()) return Wrong("proposal");
  RETURN_IF_ERROR(world.Want({party, GrantStream(party)}));
  RETURN_IF_ERROR(CheckConcerned(world, context, party, claim.has_grant()));
  ASSIGN_OR_RETURN(const GrantsState* grants, world.Find<GrantsState>(GrantStream(party)));
  if (claim.has_recovery()) return CheckRecovery(world, context, claim.recovery());
  if (claim.has_grant()) return CheckGrant(context, claim.grant());
  if (claim.has_suspension()) {
    const bool suspended = grants != nullptr && grants->suspended;
    return suspended == claim.suspension().suspended() ? Wrong("suspended") : absl::OkStatus();
  }
  const bool held =
      grants != nullptr &&
      std::any_of(grants->held.begin(), grants->held.end(), [&](const GrantsState::Held& one) {
        return one.name == claim.grant_end().grant() && !one.ended;
      });
  return held ? absl::OkStatus() : NotFound(claim.grant_end().grant());
}

}  // namespace

Decided DecidePropose(World& world, Context& context, const claim::v1::Proposal& claim,
                      const std::string& invitation) {
  if (claim.has_attestation()) return Wrong("attestation");
  RETURN_IF_ERROR(CheckProposal(world, context, claim));
  return Propose(world, context, claim, invitation);
}

Decided DecideProposeAttestation(World& world, Context& context, const claim::v1::Proposal& claim) {
  if (!claim.has_attestation()) return Wrong("proposal");
  if (claim.attestation().party() != context.caller.party.name()) return Wrong("party");
  RETURN_IF_ERROR(CheckAttestation(world, claim.attestation()));
  return Propose(world, context, claim, "");
}

Decided DecideApprove(World& world, Context& context, const claim::v1::Approval& claim) {
  ASSIGN_OR_RETURN(const ProposalState* proposal, Get<ProposalState>(world, claim.proposal()));
  RETURN_IF_ERROR(proposal->claim.has_attestation()
                      ? CheckAttestationApproval(world, context, proposal->claim.attestation())
                      : CheckProposal(world, context, proposal->claim));
  if (proposal->approved) return Error(v1::REASON_PROPOSAL_CLOSED);
  ASSIGN_OR_RETURN(const KeyState* key, Get<KeyState>(world, context.caller.key.name()));
  if (proposal->member == context.caller.member.name() || context.now < key->since + kApproverAge) {
    return Error(v1::REASON_SAME_PERSON);
  }
  world.Write(claim.proposal());
  event::v1::Event event;
  event::v1::ChangeApproved* approved = event.mutable_change_approved();
  *approved->mutable_claim() = claim;
  *approved->mutable_what() = proposal->claim;
  if (proposal->claim.has_attestation()) approved->set_key(context.caller.key.name());
  if (!proposal->claim.has_recovery()) {
    world.Write(MovedStream(*approved));
    return Decision{event};
  }
  approved->set_invitation(proposal->invitation);
  approved->set_key(context.caller.key.name());
  RETURN_IF_ERROR(Begin(world, proposal->invitation));
  return Decision{event};
}

}  // namespace suyuan::domain
