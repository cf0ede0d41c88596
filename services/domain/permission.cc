// The one table from role to permission. Default deny.
#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "services/domain/context.h"
#include "services/domain/error.h"
#include "services/domain/member_rules.h"
#include "storage/base/text.h"

namespace suyuan::domain {
namespace {

using claim::v1::MemberRole;
using claim::v1::PartyRole;
using rules::v1::Permission;

constexpr MemberRole kManager = claim::v1::MEMBER_ROLE_MANAGER;
constexpr MemberRole kWorker = claim::v1::MEMBER_ROLE_WORKER;
constexpr MemberRole kSampler = claim::v1::MEMBER_ROLE_SAMPLER;
constexpr MemberRole kAnalyst = claim::v1::MEMBER_ROLE_ANALYST;
constexpr MemberRole kSignatory = claim::v1::MEMBER_ROLE_SIGNATORY;
constexpr MemberRole kOfficer = claim::v1::MEMBER_ROLE_OFFICER;
constexpr MemberRole kApprover = claim::v1::MEMBER_ROLE_APPROVER;

// What members of these roles may do for a party of this role.
struct Row {
  PartyRole party;
  std::initializer_list<MemberRole> members;
  std::initializer_list<Permission> permissions;
};

const Row kTable[] = {
    // The operator runs the machine: it lets people in, with two persons grants, and does no
    // business.
    {claim::v1::PARTY_ROLE_OPERATOR,
     {kManager},
     {rules::v1::PERMISSION_MANAGE_PARTIES, rules::v1::PERMISSION_PROPOSE,
      rules::v1::PERMISSION_APPROVE}},
    {claim::v1::PARTY_ROLE_OPERATOR,
     {kManager, kWorker},
     {rules::v1::PERMISSION_AUDIT, rules::v1::PERMISSION_OPERATE}},
    {claim::v1::PARTY_ROLE_REGULATOR,
     {kManager, kOfficer, kApprover},
     {rules::v1::PERMISSION_MANAGE_PARTIES, rules::v1::PERMISSION_HOLD,
      rules::v1::PERMISSION_INSPECT, rules::v1::PERMISSION_PROPOSE, rules::v1::PERMISSION_SIGNALS,
      rules::v1::PERMISSION_COMPLAINTS, rules::v1::PERMISSION_CERTIFY}},
    {claim::v1::PARTY_ROLE_REGULATOR,
     {kManager, kApprover},
     {rules::v1::PERMISSION_RELEASE, rules::v1::PERMISSION_RECALL, rules::v1::PERMISSION_APPROVE}},
    {claim::v1::PARTY_ROLE_LAB, {kManager}, {rules::v1::PERMISSION_REGISTER_SITES}},
    {claim::v1::PARTY_ROLE_LAB,
     {kManager, kSampler},
     {rules::v1::PERMISSION_INSPECT, rules::v1::PERMISSION_HOLD}},
    {claim::v1::PARTY_ROLE_LAB,
     {kManager, kAnalyst},
     {rules::v1::PERMISSION_ANALYSE, rules::v1::PERMISSION_HOLD}},
    {claim::v1::PARTY_ROLE_LAB,
     {kManager, kSignatory},
     {rules::v1::PERMISSION_ISSUE, rules::v1::PERMISSION_HOLD}},
    {claim::v1::PARTY_ROLE_AUDITOR, {kManager, kWorker}, {rules::v1::PERMISSION_AUDIT}},
    {claim::v1::PARTY_ROLE_COOPERATIVE,
     {kManager, kWorker},
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_REGISTER_PRODUCTION,
      rules::v1::PERMISSION_HARVEST, rules::v1::PERMISSION_TRANSFORM, rules::v1::PERMISSION_MOVE,
      rules::v1::PERMISSION_LABEL}},
    {claim::v1::PARTY_ROLE_PACKER,
     {kManager, kWorker},
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_REGISTER_PRODUCTION,
      rules::v1::PERMISSION_TRANSFORM, rules::v1::PERMISSION_MOVE, rules::v1::PERMISSION_LABEL}},
    {claim::v1::PARTY_ROLE_CARRIER,
     {kManager, kWorker},
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_MOVE}},
    {claim::v1::PARTY_ROLE_RETAILER,
     {kManager, kWorker},
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_TRANSFORM,
      rules::v1::PERMISSION_MOVE}},
};

template <typename List, typename Value>
bool Has(const List& list, Value value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool Caller::Is(PartyRole role) const {
  return std::find(party_roles.begin(), party_roles.end(), role) != party_roles.end();
}

bool Allowed(const Caller& caller, Permission permission) {
  if (caller.system) return false;  // System acts do not come through methods.
  if (caller.newcomer) return permission == rules::v1::PERMISSION_ENROLL;
  if (caller.off_term) return permission == rules::v1::PERMISSION_PUBLIC;
  if (caller.aged) {
    return permission == rules::v1::PERMISSION_PUBLIC || permission == rules::v1::PERMISSION_KEYS;
  }
  switch (permission) {
    case rules::v1::PERMISSION_PUBLIC:
    case rules::v1::PERMISSION_READ:
    case rules::v1::PERMISSION_KEYS:  // A suspended party's stolen key must still end.
      return true;
    default:
      break;
  }
  if (caller.suspended) return false;
  switch (permission) {
    case rules::v1::PERMISSION_MANAGE_MEMBERS:
      return caller.role == claim::v1::MEMBER_ROLE_MANAGER;
    case rules::v1::PERMISSION_ACCESS:
      return caller.role == claim::v1::MEMBER_ROLE_MANAGER ||
             Allowed(caller, rules::v1::PERMISSION_AUDIT);
    default:
      break;
  }
  return std::any_of(std::begin(kTable), std::end(kTable), [&](const Row& row) {
    return caller.Is(row.party) && Has(row.members, caller.role) &&
           Has(row.permissions, permission);
  });
}

absl::Status CheckAllowed(const Caller& caller, Permission permission) {
  if (Allowed(caller, permission)) return absl::OkStatus();
  if (caller.off_term) return Error(v1::REASON_MEMBER_TERM);
  if (caller.aged) {
    const int64_t days = absl::ToInt64Hours(KeyAgeMax(caller.role)) / 24;
    return Error(v1::REASON_KEY_AGED, {{"limit", StrCat(days)}});
  }
  return Error(caller.suspended ? v1::REASON_PARTY_SUSPENDED : v1::REASON_NOT_ALLOWED);
}

bool InTable(Permission permission) {
  switch (permission) {
    case rules::v1::PERMISSION_PUBLIC:
    case rules::v1::PERMISSION_READ:
    case rules::v1::PERMISSION_KEYS:
    case rules::v1::PERMISSION_ENROLL:
    case rules::v1::PERMISSION_MANAGE_MEMBERS:
    case rules::v1::PERMISSION_ACCESS:
    case rules::v1::PERMISSION_INTERNAL:
      return true;
    default:
      return std::any_of(std::begin(kTable), std::end(kTable),
                         [&](const Row& row) { return Has(row.permissions, permission); });
  }
}

}  // namespace suyuan::domain
