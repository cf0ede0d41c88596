#include "services/domain/context.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/domain/world.h"
#include "storage/base/status.h"

namespace suyuan::domain {

absl::StatusOr<Caller> FindCaller(World& world, const KeyId& name) {
  ASSIGN_OR_RETURN(const KeyState* key, world.Find<KeyState>(name.name()));
  if (key == nullptr) return Error(v1::REASON_KEY_UNKNOWN);
  if (key->revoked) return Error(v1::REASON_KEY_REVOKED);
  Caller caller;
  caller.key = name;
  caller.system = key->member.empty();
  if (caller.system) return caller;
  RETURN_IF_ERROR(world.Want({key->member, key->party}));
  ASSIGN_OR_RETURN(const MemberState* member, world.Find<MemberState>(key->member));
  ASSIGN_OR_RETURN(const PartyState* party, world.Find<PartyState>(key->party));
  if (member == nullptr || party == nullptr) return Error(v1::REASON_KEY_UNKNOWN);
  caller.member = MemberId::FromName(key->member);
  caller.party = PartyId::FromName(key->party);
  caller.role = member->claim.role();
  for (const int role : party->claim.roles()) {
    caller.party_roles.push_back(static_cast<claim::v1::PartyRole>(role));
  }
  return caller;
}

}  // namespace suyuan::domain
