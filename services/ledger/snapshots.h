// Copies of the log for whoever verifies, exports or backs it up while it serves.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/ledger/ledger.h"

namespace suyuan::ledger {

struct Snapshot {
  std::string folder;  // Absolute.
  uint64_t size = 0;   // Records of the log before it was taken: it has at least as many.
};

// At most one snapshot is kept. It shares its files with the log (hard links), so that it costs
// disk only for what the log drops meanwhile. Thread-safe.
class Snapshots {
 public:
  // `log` must outlive it. `dir` is its own: what is there is removed.
  Snapshots(Ledger* log, const std::string& dir);

  // A new one, in place of the one before. UNAVAILABLE: one is being made. INTERNAL: a file cannot
  // be written.
  absl::StatusOr<Snapshot> Make();

 private:
  Ledger* const log_;
  const std::string dir_;
  Mutex mutex_;
  bool making_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t made_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace suyuan::ledger
