// What is checked when a ledger is opened.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "storage/ledger/builder.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {

constexpr uint64_t kTailChecked = 1024;
constexpr int kCheckpointsChecked = 16;
constexpr int kCheckpointsKept = 256;  // The newest; of older ones, one in so many records:
constexpr uint64_t kRecordsACheckpoint = 65536;

// The end of the log, after checking its last 1,024 records: contiguous, each leaf and its items
// decode and hash, the chain holds, time rises, each record's stream and request rows stand, and
// the tiles they fill hold their hashes, with nothing past the end. DATA_LOSS names the sequence.
// Older records are checked when read, and by VerifyLedger.
absl::StatusOr<Tip> CheckTail(const kv::Db& db, const Meta& meta);

// Adds a checkpoint to a write, and takes out the one that is no longer among the newest 256,
// unless it is the first within a multiple of 65,536 records. One a second for ever would be
// gigabytes a year that say nothing: a later checkpoint vouches for all that an earlier one did,
// whoever cosigned it, and the key signs the same text the same way again. DATA_LOSS: a key is
// malformed.
absl::Status PutCheckpoint(const kv::Db& db, uint64_t size, std::string_view note,
                           kv::WriteBatch& write);

// The stored checkpoint of the greatest size; nothing where there is none.
absl::StatusOr<std::optional<std::string>> FindNewestCheckpoint(const kv::Db& db);

// The newest 16 stored checkpoints lie within `tree` and have its roots. `read` checks a note's
// signature. DATA_LOSS names the size.
absl::Status CheckCheckpoints(
    const kv::Db& db, const Tree& tree,
    const std::function<absl::StatusOr<TreeHead>(std::string_view)>& read);

}  // namespace suyuan::ledger
