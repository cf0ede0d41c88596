// A log's verified copy: grows by what another process, its leader, stored and signed for, byte for
// byte. Internal to storage/ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"
#include "storage/kv/db.h"
#include "storage/ledger/builder.h"
#include "storage/ledger/heads.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {

// The meta row `followed`: a ledger that has it is a copy, and is not written otherwise. It holds
// the newest checkpoint its leader has shown, or nothing. Nothing: there is no such row.
absl::StatusOr<std::optional<std::string>> FindFollowed(const kv::Db& db);
// What its checkpoint states; size 0 without one. DATA_LOSS: it is none of the log.
absl::StatusOr<TreeHead> ReadFollowed(std::string_view row, const LogIdentity& identity);

// Thread-safe. Take() is called by one thread at a time.
class Follower {
 public:
  // All must outlive the follower.
  struct Parts {
    kv::Db* db = nullptr;
    Tree* tree = nullptr;
    Heads* heads = nullptr;
    const Meta* meta = nullptr;
  };
  // `note` and what it states: the row `followed`.
  Follower(const Parts& parts, const Tip& tip, TreeEdge edge, std::string note,
           const TreeHead& followed);

  // As Ledger::Follow.
  absl::Status Take(const Shown& shown);

  uint64_t size() const;
  TreeHead followed() const;
  // As Sequencer has them.
  bool WaitForSize(uint64_t size, absl::Duration timeout) const;
  void EndWaits();

 private:
  absl::Status CheckHead(const Shown& shown, const TreeHead& with_records) const;
  absl::Status Write(Builder& builder, const Shown& shown);

  const Parts parts_;
  Tip tip_;  // Of the thread that takes, as the next two.
  TreeEdge edge_;
  std::string note_;
  mutable Mutex mutex_;
  TreeHead followed_ ABSL_GUARDED_BY(mutex_);  // Of the newest checkpoint shown.
  uint64_t size_ ABSL_GUARDED_BY(mutex_);
  bool waits_ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace suyuan::ledger
