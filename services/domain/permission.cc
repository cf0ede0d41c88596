// The one table from role to permission. Default deny.
#include <algorithm>
#include <initializer_list>

#include "services/domain/context.h"

namespace suyuan::domain {
namespace {

using claim::v1::PartyRole;
using rules::v1::Permission;

struct Row {
  PartyRole role;
  std::initializer_list<Permission> permissions;
};

const Row kTable[] = {
    // The operator runs the machine: it may let people in, and does no business.
    {claim::v1::PARTY_ROLE_OPERATOR,
     {rules::v1::PERMISSION_MANAGE_PARTIES, rules::v1::PERMISSION_AUDIT,
      rules::v1::PERMISSION_OPERATE}},
    {claim::v1::PARTY_ROLE_REGULATOR,
     {rules::v1::PERMISSION_MANAGE_PARTIES, rules::v1::PERMISSION_HOLD,
      rules::v1::PERMISSION_RELEASE, rules::v1::PERMISSION_RECALL, rules::v1::PERMISSION_AUDIT}},
    {claim::v1::PARTY_ROLE_LAB,
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_INSPECT,
      rules::v1::PERMISSION_HOLD}},
    {claim::v1::PARTY_ROLE_COOPERATIVE,
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_REGISTER_PRODUCTION,
      rules::v1::PERMISSION_HARVEST, rules::v1::PERMISSION_TRANSFORM, rules::v1::PERMISSION_MOVE,
      rules::v1::PERMISSION_LABEL}},
    {claim::v1::PARTY_ROLE_PACKER,
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_REGISTER_PRODUCTION,
      rules::v1::PERMISSION_TRANSFORM, rules::v1::PERMISSION_MOVE, rules::v1::PERMISSION_LABEL}},
    {claim::v1::PARTY_ROLE_CARRIER,
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_MOVE}},
    {claim::v1::PARTY_ROLE_RETAILER,
     {rules::v1::PERMISSION_REGISTER_SITES, rules::v1::PERMISSION_TRANSFORM,
      rules::v1::PERMISSION_MOVE}},
};

}  // namespace

bool Caller::Is(PartyRole role) const {
  return std::find(party_roles.begin(), party_roles.end(), role) != party_roles.end();
}

bool Allowed(const Caller& caller, Permission permission) {
  if (caller.system) return false;  // System acts do not come through methods.
  if (caller.newcomer) return permission == rules::v1::PERMISSION_ENROLL;
  switch (permission) {
    case rules::v1::PERMISSION_PUBLIC:
    case rules::v1::PERMISSION_READ:
    case rules::v1::PERMISSION_KEYS:
      return true;
    case rules::v1::PERMISSION_MANAGE_MEMBERS:
      return caller.role == claim::v1::MEMBER_ROLE_MANAGER;
    default:
      break;
  }
  for (const Row& row : kTable) {
    if (!caller.Is(row.role)) continue;
    if (std::find(row.permissions.begin(), row.permissions.end(), permission) !=
        row.permissions.end()) {
      return true;
    }
  }
  return false;
}

}  // namespace suyuan::domain
