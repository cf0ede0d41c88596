// Tells somebody in time that his key or his term is about to end.
#pragma once

#include "absl/time/time.h"
#include "cli/command.h"
#include "suyuan/v1/identity.pb.h"

namespace suyuan::cli {

// How long before.
inline constexpr absl::Duration kExpiryNotice = absl::Hours(30 * 24);

// What to say to this caller at `now`; empty: nothing ends soon.
Say ExpiryNotice(const v1::GetCallerResponse& caller, absl::Time now);

// After a command that was answered, on `err`: as a JSON object with --json. Asks the server once;
// what it does not answer is not told.
void WarnOfExpiry(Invocation& invocation);

}  // namespace suyuan::cli
