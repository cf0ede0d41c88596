// Folds the log into a view: a RocksDB of its own that can be deleted and built again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/index/rows.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"

namespace suyuan::index {

// One view's rule. Thread-compatible: the runner calls it from one thread.
class Projection {
 public:
  virtual ~Projection() = default;
  // Raised when the view's shape changes: an older view on disk is deleted and built again.
  virtual int version() const = 0;
  // The view's column families, numbered from 0 in this order. The runner adds one of its own.
  virtual std::vector<kv::Family> families() const = 0;
  // Puts the effects of one record into `rows`, which hold the view as of the records before. An
  // error stops the runner; the records of one group are folded in one write, or none of them.
  virtual absl::Status Apply(const ledger::Record& record, Rows& rows) = 0;
};

struct RunnerOptions {
  std::string dir;
  ledger::Client* source = nullptr;  // Must outlive the runner.
  Projection* projection = nullptr;  // Must outlive the runner.
  kv::Memory* memory = nullptr;
};

// Thread-safe. One thread follows the log; it stops in the destructor. Position and effects are in
// one write, so that a crash repeats nothing and skips nothing. A view that is damaged, of another
// version or of another log is deleted and built again when the runner starts.
class Runner {
 public:
  // UNAVAILABLE: another process has the view.
  static absl::StatusOr<std::unique_ptr<Runner>> Start(const RunnerOptions& options);
  ~Runner();

  const kv::Db& db() const;
  // Records folded so far: the view stands at the log of this size.
  uint64_t position() const;
  // Calls `done` once the view has folded at least `size` records (soon, if it has), or with
  // DEADLINE_EXCEEDED after `timeout`, UNAVAILABLE on shutdown, when the runner stopped or
  // where 10,000 calls wait already. `done` runs on the caller's or the runner's thread and must
  // not block. A timeout is noticed within about 100 ms.
  void WhenReached(uint64_t size, absl::Duration timeout, std::function<void(absl::Status)> done);
  absl::Status WaitFor(uint64_t size, absl::Duration timeout);
  absl::Status status() const;  // Not OK once a record could not be applied.

 private:
  class Impl;
  explicit Runner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::index
