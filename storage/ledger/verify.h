// Recomputes everything a ledger holds from its items up, and names what does not fit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"
#include "storage/ledger/verify_state.h"

namespace suyuan::ledger {

// Which promise a finding breaks.
enum class Finding {
  kRecord,      // A row is missing, surplus, or does not decode.
  kContent,     // The items do not hash to the leaf's content root.
  kChain,       // A leaf does not follow the one before it: its hash, time or descriptor set.
  kTile,        // A stored tile is missing, surplus, or not what the leaves hash to.
  kStream,      // A read, a link, a tag or a stream row is not what the records say.
  kRequest,     // A request stands twice, or its row is missing, surplus or names another record.
  kAuthor,      // The caller's check of the author refused the record.
  kCheckpoint,  // A checkpoint, or a state of before, is not of this tree.
};
std::string_view FindingName(Finding finding);

struct VerifyError {
  Finding finding = Finding::kRecord;
  uint64_t sequence = kAbsent;  // kAbsent: of no one record.
  std::string text;
};

// The check of authors, which the ledger does not know. Each is given records whose content hashes
// right.
struct AuthorHooks {
  // True: what the record says changes who may sign what. Called from any thread, in any order.
  std::function<bool(const Record&)> teaches;
  // Checks a record that teaches, and believes it if it holds. In order, from one thread.
  std::function<absl::Status(const Record&)> learn;
  // Checks another record, as of its position. From any thread, after all that teach were learnt.
  std::function<absl::Status(const Record&)> check;
};

struct VerifyOptions {
  int threads = 0;                       // 0: one a core.
  size_t errors_max = 100;               // Kept; all are counted.
  const AuthorHooks* authors = nullptr;  // Null: authors are not checked.
  int author_sample = 1;  // Of records that teach nothing, about one in so many is checked.
  // Checks a checkpoint's signatures; its tree is checked anyway. From one thread. May be empty.
  std::function<absl::Status(std::string_view note)> check_checkpoint;
  // Told the number of records hashed, now and then, by one thread at a time. May be empty.
  std::function<void(uint64_t done, uint64_t size)> progress;
  // What an earlier verification of this ledger left: only records after it are verified, and that
  // this log continues that one. Null: everything. Not verified again with it: the rows of earlier
  // leaves and items, full tiles below the tree's edge at that size, earlier checkpoints. What
  // earlier records wrote is held against the state: roots of trees, the last version of every
  // stream, every request key, and each earlier record that an author's right comes from.
  const VerifyState* since = nullptr;
  bool want_state = true;         // Whether the result's state is made.
  std::string scratch_dir;        // For what does not fit in memory; empty: the system's.
  uint64_t range_records = 4096;  // A worker's piece of the log; a multiple of 256.
};

struct VerifyResult {
  TreeHead head;         // Of what is stored, recomputed.
  uint64_t records = 0;  // Verified: all, or those after options.since.
  uint64_t items = 0;
  uint64_t events = 0;
  uint64_t streams = 0;  // That have a record.
  uint64_t authors = 0;  // Records whose author was checked.
  uint64_t checkpoints = 0;
  uint64_t bytes_hashed = 0;
  uint64_t error_count = 0;
  std::map<Finding, VerifyError> first;  // Of each kind, the one of the lowest sequence.
  std::vector<VerifyError> errors;       // By sequence.
  VerifyState state;                     // For options.since of the next verification, if ok().
  bool ok() const { return error_count == 0; }
};

// Verifies the rows of a ledger (Ledger::db(), or a copy opened by itself). Reads a snapshot, on
// several threads, with memory that does not grow with the log but for 32 bytes a tile of records.
// FAILED_PRECONDITION: options.since is of another log. Another error status means that
// verification could not be done; what it found is in the result.
absl::StatusOr<VerifyResult> VerifyLedger(const kv::Db& db, const VerifyOptions& options);

// Verifies an export (export.h), whose files must not change meanwhile: records as above, the size
// and root that log.json states, and tiles, bundles and checkpoint where there are such. Tags open
// with the salts given; that salts are the ledger's own only a store can show. options.since is not
// used. NOT_FOUND: no export. INVALID_ARGUMENT: log.json cannot be read.
absl::StatusOr<VerifyResult> VerifyExport(const std::string& dir, const VerifyOptions& options);

}  // namespace suyuan::ledger
