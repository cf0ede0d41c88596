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

// Copies of the logs of the server that answers, in folders of this machine.
struct SnapshotFolders {
  std::string log;
  std::string audit;  // Empty: it has none.
};
absl::StatusOr<SnapshotFolders> TakeSnapshot(Invocation& invocation);

// The key that signs the audit log in `audit_dir`, as the log in `dir` states it. DATA_LOSS: it is
// another log's audit log.
absl::StatusOr<std::string> AuditKeyOf(const std::string& dir, const std::string& audit_dir);

}  // namespace suyuan::cli
