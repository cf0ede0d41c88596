// The log's newest records as they were last read from disk. All views follow the end of the log
// together: one of them reads, decodes and checks a record for all.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/kv/db.h"
#include "storage/ledger/record.h"

namespace suyuan::ledger {

// Thread-safe. Keeps at most some megabytes.
class Recent {
 public:
  // `db` must outlive it.
  explicit Recent(const kv::Db* db) : db_(db) {}

  // Records from `from` up to `end`, which must be durable, until `max_bytes` are exceeded.
  // DATA_LOSS: one is missing or does not hash to its leaf.
  absl::StatusOr<Records> Read(uint64_t from, uint64_t end, size_t max_bytes);

 private:
  struct Kept {
    std::shared_ptr<const Record> record;
    size_t bytes = 0;
  };
  // Nothing where the records from `from` on are no longer kept.
  absl::StatusOr<std::optional<Records>> ReadKept(uint64_t from, uint64_t end, size_t max_bytes);
  uint64_t next() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return first_ + kept_.size(); }
  absl::Status Fill(uint64_t from, uint64_t end, size_t max_bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const kv::Db* const db_;
  Mutex mutex_;
  uint64_t first_ ABSL_GUARDED_BY(mutex_) = 0;  // Sequence of the first one kept.
  std::deque<Kept> kept_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // Of all kept.
};

}  // namespace suyuan::ledger
