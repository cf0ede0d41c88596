// The log on disk.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/clock.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

struct LedgerOptions {
  std::string dir;               // Owned by the ledger alone; a second opener is refused.
  const Clock* clock = nullptr;  // Must outlive the ledger.
  kv::Memory* memory = nullptr;  // Shared block cache and write buffers; null: its own, small.
  kv::Files* files = nullptr;    // Of an open ledger, where they are not the machine's: for tests.
  size_t queue_max = 4096;       // Appends waiting; beyond it RESOURCE_EXHAUSTED.
  size_t group_max = 1024;       // Appends in one synced write.
  bool accept_clock = false;     // The operator has looked: open whatever the clock says.

  // Folder of the high-water mark (mark.h), outside `dir`; empty: none, and nothing is compared.
  std::string mark_dir;
  // The operator's word against the mark: the note (kind kNote) that a ledger which does not stand
  // by its mark is opened with, made from the refusal's message. Empty: it is refused.
  std::function<AppendRequest(const LogIdentity&, std::string_view refusal)> accept_mark;
  // Opens a copy that grows by Follow() alone, beside no mark; a ledger that has no mark in
  // `mark_dir` becomes one. It stays a copy, refused to whoever would write.
  bool follow = false;
  // Makes a ledger of a copy, if it has all that the mark and its leader's newest checkpoint vouch
  // for, and takes the mark: whoever wrote beside it can be opened no more. `accept_mark` as above.
  // No effect on a ledger.
  bool promote = false;
  // Looks at the first record before anything is written. An error is Open's.
  std::function<absl::Status(const Record& first)> check_first;
  bool verify_poisoned = false;  // After a failed write: check every record, then open.
  // Signs receipts with the log's key, on the thread of the callbacks. Empty: they are not signed.
  std::function<std::string(std::string_view text)> sign;
  // Reads a checkpoint stored by StoreCheckpoint and checks its signature. Empty: they are not
  // looked at, as the ledger knows no keys.
  std::function<absl::StatusOr<TreeHead>(const LogIdentity&, std::string_view note)>
      read_checkpoint;
};

// What the first record holds. Its author key is the operator's.
struct Genesis {
  LogIdentity identity;
  AppendRequest record;  // kind kGenesis; no reads; writes expected absent.
};

// A record's bytes as its ledger stores them.
struct StoredRecord {
  std::string leaf;
  std::string items;
};

// What a leader shows who follows it.
struct Shown {
  std::vector<StoredRecord> records;  // Those after the follower's, up to `head` at most.
  std::string note;                   // The leader's newest checkpoint; its signature was checked.
  TreeHead head;                      // What it states.
  // From the tree with `records` to `head`, where it has more: RFC 6962 2.1.2.
  std::vector<std::string> consistency;
};

// A durable, append-only, hash-chained log of records over one RocksDB. Thread-safe. Concurrent
// appends share one disk sync. A failed write or sync ends the process: it recovers from disk.
class Ledger final : public Client {
 public:
  // FAILED_PRECONDITION: the directory is not empty. OK: the genesis record is durable.
  static absl::Status Create(const LedgerOptions& options, Genesis genesis);
  static bool Exists(const std::string& dir);

  // NOT_FOUND: no ledger there. DATA_LOSS: the tail does not verify; nothing is ever repaired in
  // silence. UNAVAILABLE: another process has it, or its mark. FAILED_PRECONDITION: a newer format,
  // a clock more than 30 days from the last record, a ledger that does not stand by its mark, or a
  // copy: the message begins with one of the words of opening.h.
  static absl::StatusOr<std::unique_ptr<Ledger>> Open(const LedgerOptions& options);
  // For a stopped store or a checkpoint: never writes; Append answers FAILED_PRECONDITION.
  static absl::StatusOr<std::unique_ptr<Ledger>> OpenReadOnly(const LedgerOptions& options);

  ~Ledger() override;  // Finishes what is queued, then closes.

  const LogIdentity& identity() const override;
  absl::StatusOr<Loaded> Load(const std::vector<StreamVersion>& known,
                              std::string_view request_key) override;
  void Append(AppendRequest request, AppendCallback done) override;
  absl::StatusOr<Appended> AppendAndWait(AppendRequest request);  // For tests and tools.
  absl::StatusOr<Record> GetRecord(uint64_t sequence) override;
  absl::StatusOr<Receipt> GetReceipt(uint64_t sequence) override;
  absl::StatusOr<Records> ReadRecords(uint64_t from, size_t max_bytes,
                                      absl::Duration wait) override;
  void EndWaits() override;
  absl::StatusOr<TreeHead> GetTreeHead() override;
  absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t sequence, uint64_t size) override;
  absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size, uint64_t new_size) override;
  absl::StatusOr<Hash> RootAt(uint64_t size) override;
  absl::StatusOr<std::vector<Hash>> LoadTile(int level, uint64_t index, int width) override;
  absl::StatusOr<std::vector<std::string>> LoadLeaves(uint64_t index, int width) override;

  // That the log reaches `head`, for every later opening to hold it to. Nothing without a mark.
  // FAILED_PRECONDITION: somebody else writes the mark.
  absl::Status AdvanceMark(const TreeHead& head);
  // Of a copy: takes what its leader shows, all or nothing, once every record is what the log's
  // next one must be (content, chain, streams, request) and the tree with them is one that the
  // checkpoint continues. Durable when OK; a failed write ends the process. One call at a time. The
  // others, which change nothing, begin with a word: DATA_LOSS, FOLLOW_DAMAGED: a record is not
  // one. FAILED_PRECONDITION, FOLLOW_FORKED: the leader holds another history; FOLLOW_ROLLED_BACK:
  // an older one than it has signed.
  absl::Status Follow(const Shown& shown);
  // Of a copy: the newest checkpoint that its leader has shown.
  TreeHead followed() const;
  // Keeps a signed checkpoint of `size`, in place of an earlier one of that size; thins out the old
  // ones (tail.h). Durable when OK; a failed write ends the process.
  absl::Status StoreCheckpoint(uint64_t size, std::string_view note);
  // The stored checkpoint of the greatest size; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> FindNewestCheckpoint() const;

  // The rows (rows.h), for verification and export. Whoever reads more than one takes a snapshot.
  const kv::Db& db() const;
  // A copy of the ledger as of now in `dir`, which must not exist: for backups.
  absl::Status Checkpoint(const std::string& dir);

 private:
  class Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::ledger
