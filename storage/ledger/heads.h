// The heads of streams used lately, also of those that do not exist yet: asking for them again
// reads nothing from disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "storage/base/mutex.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// Thread-safe. Knows some of the heads, kAbsent being one, all as of one size of the durable log.
class Heads {
 public:
  explicit Heads(uint64_t size) : size_(size) {}
  uint64_t size() const {
    MutexLock lock(&mutex_);
    return size_;
  }

  struct Known {
    uint64_t size = 0;                           // Of the log the heads are of.
    std::vector<std::optional<uint64_t>> heads;  // As asked; empty: not known.
  };
  Known Find(const std::vector<StreamVersion>& streams);
  std::optional<uint64_t> Find(const std::string& stream);

  // A head found on disk that is below `size`, or kAbsent; forgotten where the log has grown past
  // `size` since, for the stream may have moved with it.
  void Learn(uint64_t size, const std::string& stream, uint64_t head);

  // A group is durable: its streams stand at `moved`, the log at `size`.
  void Advance(std::vector<StreamVersion> moved, uint64_t size);

 private:
  using Map = absl::flat_hash_map<std::string, uint64_t>;
  // `dying`: takes what is forgotten, to be freed outside the lock.
  std::optional<uint64_t> Look(const std::string& stream, Map* dying)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(std::string stream, uint64_t head, Map* dying) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  uint64_t size_ ABSL_GUARDED_BY(mutex_);
  // The younger ones are looked up first; when they are many, they become the older ones. One that
  // is used becomes a younger one again: names that anybody can make up do not displace it.
  Map younger_ ABSL_GUARDED_BY(mutex_);
  Map older_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::ledger
