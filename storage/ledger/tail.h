// What is checked when a ledger is opened.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "storage/ledger/builder.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {

constexpr uint64_t kTailChecked = 1024;

// The end of the log, after checking its last 1,024 records: contiguous, each leaf and its items
// decode and hash, the chain holds, time rises, and each record's stream and request rows stand.
// DATA_LOSS names the sequence. Older records are checked when read, and by VerifyLedger.
absl::StatusOr<Tip> CheckTail(const kv::Db& db, const Meta& meta);

}  // namespace suyuan::ledger
