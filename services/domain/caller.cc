#include <algorithm>

#include "services/domain/context.h"
#include "services/domain/error.h"
#include "services/domain/member_rules.h"
#include "services/domain/region.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "services/domain/world.h"
#include "storage/base/status.h"

namespace suyuan::domain {

absl::StatusOr<Caller> FindCaller(World& world, const KeyId& name, absl::Time now) {
  ASSIGN_OR_RETURN(const KeyState* key, world.Find<KeyState>(name.name()));
  if (key == nullptr) return Error(v1::REASON_KEY_UNKNOWN);
  if (key->revoked) return Error(v1::REASON_KEY_REVOKED);
  Caller caller;
  caller.key = name;
  caller.system = key->member.empty();
  if (caller.system) {
    caller.module = key->module;
    return caller;
  }
  const std::string grants_stream = GrantStream(key->party);
  RETURN_IF_ERROR(world.Want({key->member, key->party, grants_stream}));
  ASSIGN_OR_RETURN(const MemberState* member, world.Find<MemberState>(key->member));
  ASSIGN_OR_RETURN(const PartyState* party, world.Find<PartyState>(key->party));
  ASSIGN_OR_RETURN(const GrantsState* grants, world.Find<GrantsState>(grants_stream));
  if (member == nullptr || party == nullptr) return Error(v1::REASON_KEY_UNKNOWN);
  caller.member = MemberId::FromName(key->member);
  caller.party = PartyId::FromName(key->party);
  caller.role = member->claim.role();
  caller.off_term = !InTerm(member->claim, now);
  if (member->claim.has_until_time()) caller.member_until = TimeOf(member->claim.until_time());
  caller.key_until = key->begun + KeyAgeMax(caller.role);
  caller.aged = now >= caller.key_until;
  for (const int role : party->claim.roles()) {
    caller.party_roles.push_back(static_cast<claim::v1::PartyRole>(role));
  }
  if (grants == nullptr) return caller;
  caller.suspended = grants->suspended;
  for (const GrantsState::Held& held : grants->held) {
    if (!held.ValidAt(now)) continue;
    if (!caller.Is(held.claim.role())) caller.party_roles.push_back(held.claim.role());
    if (held.claim.role() == claim::v1::PARTY_ROLE_REGULATOR) {
      caller.regions.push_back(held.claim.region_code());
    }
  }
  return caller;
}

bool Reaches(const Caller& caller, std::string_view region) {
  if (!caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) return true;
  return std::any_of(caller.regions.begin(), caller.regions.end(),
                     [&](const std::string& own) { return Covers(own, region); });
}

bool Supervises(const Caller& caller, std::string_view region) {
  return !caller.suspended && caller.Is(claim::v1::PARTY_ROLE_REGULATOR) && Reaches(caller, region);
}

bool SeesBeyondOwn(const Caller& caller) {
  return caller.Is(claim::v1::PARTY_ROLE_REGULATOR) || caller.Is(claim::v1::PARTY_ROLE_LAB) ||
         caller.Is(claim::v1::PARTY_ROLE_AUDITOR) || caller.Is(claim::v1::PARTY_ROLE_OPERATOR);
}

bool SeesLedger(const Caller& caller) {
  if (Allowed(caller, rules::v1::PERMISSION_AUDIT)) return true;
  return !caller.suspended && ReachesAll(caller);
}

bool ReachesAll(const Caller& caller) {
  return std::find(caller.regions.begin(), caller.regions.end(), "") != caller.regions.end();
}

}  // namespace suyuan::domain
