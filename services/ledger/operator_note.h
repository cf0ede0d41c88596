// What the operator says of the log, in the log: a record without events, signed with his key.
#pragma once

#include <string>
#include <string_view>

#include "services/rpc/keys.h"
#include "storage/base/clock.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// The note that a ledger is opened with which does not stand by its mark (LedgerOptions): a JSON
// body of `reason`, the operator's words, and `refused`, what was said against it. `key`: of a
// member of the operator's party, as `suyuan store verify` checks.
AppendRequest MakeMarkNote(const LogIdentity& identity, const rpc::SigningKey& key,
                           std::string_view reason, std::string_view refused, absl::Time now);

}  // namespace suyuan::ledger
