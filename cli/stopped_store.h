// Stores without their server: a data directory that is not served, a snapshot, an export.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/verify.h"

namespace suyuan::cli {

// For reading. `dir`: a data directory of suyuand, or a log itself. NOT_FOUND: there is no ledger.
absl::StatusOr<std::unique_ptr<ledger::Ledger>> OpenStopped(const std::string& dir);

// Verifies a store, or the export in `dir`. Checkpoints are checked with `key`, or, where that is
// empty, with the one genesis states or that lies beside an export.
absl::StatusOr<ledger::VerifyResult> VerifyDir(const std::string& dir, std::string key,
                                               ledger::VerifyOptions options);

// UNAVAILABLE: a server holds the log of the data directory.
absl::Status CheckStopped(const std::string& dir);

// A copy of the log of the server that answers, in a folder of this machine.
absl::StatusOr<std::string> TakeSnapshot(Invocation& invocation);

}  // namespace suyuan::cli
