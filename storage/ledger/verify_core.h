// A verification of records on several threads, wherever they lie. Internal to verify.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "storage/base/mutex.h"
#include "storage/ledger/tiles.h"
#include "storage/ledger/verify.h"
#include "storage/ledger/verify_records.h"
#include "storage/ledger/verify_uses.h"

namespace suyuan::ledger {

// What is verified. All must outlive the verification.
struct VerifyTarget {
  const RecordSource* source = nullptr;
  uint64_t size = 0;
  const HmacKey* tag_key = nullptr;  // Null: salts are believed.
  // The tile kept at a place, of so many hashes; empty: none are kept. NOT_FOUND: it is not there.
  std::function<absl::StatusOr<std::string>(int level, uint64_t index, uint64_t width)> tile;
  bool leaves_only = false;    // The source has no items.
  bool partial_tiles = false;  // Those not yet full are kept too.
  bool rows = false;           // Rows of streams and requests are kept: passages().
  const VerifyState* since = nullptr;
  // With `since`: whether this leaf stood there in the tree of before.
  std::function<absl::Status(uint64_t sequence, std::string_view leaf)> prove;
  TreeEdge edge;  // Of the first since->head.size / 256 * 256 records.
};

// Used in this order, each function once. Thread-compatible, but for what `besides` calls.
class Verification {
 public:
  Verification(const VerifyTarget& target, const VerifyOptions& options, Findings* findings);

  // Recomputes all records after the state, and runs `besides` on the same threads.
  absl::Status CheckRecords(std::vector<std::function<absl::Status()>> besides);
  // The tree over what was recomputed, and the tiles above the leaves.
  void CheckTree();
  // Streams and requests in their order. Rows of no record are left in surplus().
  absl::Status CheckUses();
  absl::Status CheckAuthors();
  VerifyResult Finish(std::string origin);

  PassageStore& passages() { return passages_; }  // Thread-safe; takes the rows too.
  const TreeEdge& edge() const { return edge_; }
  const std::vector<UseId>& surplus() const { return surplus_; }
  uint64_t base() const { return base_; }
  // Runs task(0) to task(count - 1) on the threads of the options. The first error.
  absl::Status RunTasks(uint64_t count, absl::FunctionRef<absl::Status(uint64_t)> task) const;

 private:
  absl::Status CheckPiece(uint64_t number);
  void CheckTile(int level, uint64_t index, const std::vector<Hash>& hashes);
  absl::Status CheckPart(int part);
  struct Sums {
    RowSum before[2], after[2];
    uint64_t streams = 0;
    std::vector<UseId> surplus;
  };
  void CheckName(const Passage* first, const Passage* end, Sums* sums);
  void ReportUse(const UseId& id, uint64_t sequence, std::string_view what);
  Hash SumHash(const UseId& id, uint64_t sequence) const;
  absl::Status CheckTaught(uint64_t sequence);
  absl::Status CheckAuthorsOf(uint64_t piece);
  absl::StatusOr<Record> LoadFrom(RecordCursor& cursor, uint64_t sequence) const;

  const VerifyTarget& target_;
  const VerifyOptions& options_;
  const uint64_t base_;   // Records before it are the state's.
  const uint64_t start_;  // The tile's that `base_` is in.
  Findings* const findings_;
  PassageStore passages_;
  TreeEdge edge_;
  std::vector<Hash> tile_roots_;  // Of full tiles of leaves from start_ on; written one by one.
  std::vector<Hash> tail_;        // Leaf hashes after the last full tile.
  std::vector<Hash> overlap_;     // Leaf hashes from start_ to base_.
  std::string sum_key_;
  std::vector<uint64_t> teaching_;
  std::vector<UseId> surplus_;
  std::atomic<uint64_t> done_ = 0;
  std::atomic<uint64_t> authors_ = 0;
  Mutex mutex_;
  RowSum before_[2] ABSL_GUARDED_BY(mutex_);  // Of what stood when the state was made.
  VerifyResult totals_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::ledger
