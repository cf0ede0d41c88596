// Who may act for a party, as several deciders ask it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/domain/states_identity.h"
#include "services/domain/world.h"

namespace suyuan::domain {

// A code is good for at most 7 days: INVITATION_TERM.
absl::Status CheckExpiry(absl::Time expires, absl::Time now);

// A further device is for a member of the party, in the role he has: NOT_FOUND otherwise.
absl::Status CheckFurtherDevice(World& world, const std::string& member, const std::string& party,
                                claim::v1::MemberRole role);

// Whether a manager of the party may act at `now`: a key that is neither revoked nor too old, of a
// member within his term. Of the operator's, let in at genesis, it knows nothing.
absl::StatusOr<bool> HasManager(World& world, const PartyState& party, absl::Time now);

// How old a key may grow: a year a signatory's, two all others.
absl::Duration KeyAgeMax(claim::v1::MemberRole role);
// From its time until its time, not included.
bool InTerm(const claim::v1::Member& member, absl::Time now);

}  // namespace suyuan::domain
