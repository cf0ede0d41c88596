// Makes the scope of an opened recall complete.
//
// The scope a recall is opened with is what the trace view knew, and at most a record's worth. What
// is in scope makes no more descendants, for nothing of it moves; what is missing may. So the view
// is asked again as of the last record that widened the scope, and what it shows beyond is added,
// until it shows nothing: then all descendants are in scope, and no more can come.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/rpc/host.h"
#include "services/rpc/keys.h"
#include "storage/base/mutex.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::recall {

// Thread-safe. Its acts are signed with the module's system key. An act repeated after a crash has
// the request id it had before, and happens once.
class Extender {
 public:
  Extender(const rpc::Host& host, rpc::SigningKey key) : host_(host), key_(std::move(key)) {}

  // Returns when the scope of the recall opened by the record `sequence` is complete, or the recall
  // is closed. Waits for Start. While the trace module or the ledger is busy or away, tries again.
  // CANCELLED: stopped; it may be incomplete.
  absl::Status Complete(const std::string& recall, uint64_t sequence);

  // Until then no other module is called.
  void Start();
  void Stop();

 private:
  enum class State { kWaiting, kStarted, kStopped };
  // One round: widens the scope by what is missing as of `*seen`, which becomes the last record
  // that did. True: nothing was missing.
  absl::StatusOr<bool> Round(const std::string& recall, uint64_t* seen);
  absl::Status Extend(const event::v1::RecallExtended& proposal, uint64_t* seen);
  bool stopped() const;

  const rpc::Host host_;
  const rpc::SigningKey key_;
  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kWaiting;
};

}  // namespace suyuan::recall
