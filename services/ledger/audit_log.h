// The second log: who was refused what, and who saw what is not his own (docs/decisions/0019). The
// same ledger under an origin of its own, beside the log, signed with the log's key.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/rpc/keys.h"
#include "storage/base/clock.h"
#include "storage/kv/db.h"
#include "storage/ledger/ledger.h"

namespace suyuan::ledger {

struct AuditLogOptions {
  std::string dir;       // Its own; made where there is no audit log yet.
  std::string mark_dir;  // Of its own high-water mark.
  const Clock* clock = nullptr;
  kv::Memory* memory = nullptr;
  const LogIdentity* log = nullptr;      // Whose audit log it is.
  const rpc::SigningKey* key = nullptr;  // The log's.
  // Why the operator goes on though the audit log does not stand by its mark, or is gone; empty: it
  // is refused.
  std::string accept_mark;
  bool verify_poisoned = false;
  // The log was a copy that now writes: its leader's audit log is not gone on with.
  bool promote = false;
};

// Opens it, or begins one. FAILED_PRECONDITION: as Ledger::Open, or AUDIT_LOST: its mark is there
// and it is not.
absl::StatusOr<std::unique_ptr<Ledger>> OpenAuditLog(const AuditLogOptions& options);

}  // namespace suyuan::ledger
