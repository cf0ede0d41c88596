#include "services/domain/member_rules.h"

#include "services/domain/chain_rules.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

constexpr absl::Duration kInvitationMax = absl::Hours(7 * 24);
constexpr absl::Duration kYear = absl::Hours(365 * 24);

}  // namespace

absl::Status CheckExpiry(absl::Time expires, absl::Time now) {
  const bool good = expires > now && expires <= now + kInvitationMax;
  return good ? absl::OkStatus() : Error(v1::REASON_INVITATION_TERM);
}

absl::Status CheckFurtherDevice(World& world, const std::string& member, const std::string& party,
                                claim::v1::MemberRole role) {
  ASSIGN_OR_RETURN(const MemberState* state, Get<MemberState>(world, member));
  const bool same = state->claim.party() == party && state->claim.role() == role;
  return same ? absl::OkStatus() : NotFound(member);
}

absl::StatusOr<bool> HasManager(World& world, const PartyState& party, absl::Time now) {
  RETURN_IF_ERROR(world.Want({party.manager_keys.begin(), party.manager_keys.end()}));
  std::vector<std::string> members;
  for (const std::string& name : party.manager_keys) {
    ASSIGN_OR_RETURN(const KeyState* key, Get<KeyState>(world, name));
    if (key->revoked || now >= key->begun + KeyAgeMax(claim::v1::MEMBER_ROLE_MANAGER)) continue;
    members.push_back(key->member);
  }
  RETURN_IF_ERROR(world.Want(members));
  for (const std::string& name : members) {
    ASSIGN_OR_RETURN(const MemberState* member, Get<MemberState>(world, name));
    if (InTerm(member->claim, now)) return true;
  }
  return false;
}

absl::Duration KeyAgeMax(claim::v1::MemberRole role) {
  return role == claim::v1::MEMBER_ROLE_SIGNATORY ? kYear : 2 * kYear;
}

bool InTerm(const claim::v1::Member& member, absl::Time now) {
  if (member.has_from_time() && now < TimeOf(member.from_time())) return false;
  return !member.has_until_time() || now < TimeOf(member.until_time());
}

}  // namespace suyuan::domain
