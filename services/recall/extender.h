// Makes the scope of an opened recall complete.
//
// A recall is opened with what the trace view knew, and at most a record's worth of it. From that
// record on no descendant can be made, for nothing of the products moves (services/domain): the
// view as of the record shows all there are and ever will be. What is missing is added, the last of
// it with the word that the scope is complete, which lets the rest of the products move again. For
// a drill nothing stops, and nothing is to be completed.
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
  absl::Status Try(const std::string& recall, uint64_t sequence);
  absl::Status Extend(const event::v1::RecallExtended& proposal);
  bool stopped() const;

  const rpc::Host host_;
  const rpc::SigningKey key_;
  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kWaiting;
};

}  // namespace suyuan::recall
