// Waits for what is answered on another thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "google/protobuf/message.h"
#include "services/rpc/incoming.h"
#include "storage/base/mutex.h"

namespace suyuan::rpc {

// Starts something that calls its argument once with a T; returns that. The value is shared: the
// answering thread may still be inside when the asker goes on.
template <typename T, typename Start>
T WaitFor(Start start) {
  struct Slot {
    Mutex mutex;
    std::optional<T> value ABSL_GUARDED_BY(mutex);
  };
  auto slot = std::make_shared<Slot>();
  start([slot](T value) {
    MutexLock lock(&slot->mutex);
    slot->value = std::move(value);
  });
  MutexLock lock(&slot->mutex);
  slot->mutex.Await([&slot]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return slot->value.has_value(); });
  return *std::move(slot->value);
}

absl::StatusOr<std::string> WaitForAnswer(const std::function<void(Answer)>& call);
// Parses each message of the stream into `message` and calls `visit`, until the end or an error.
absl::Status WaitForStream(const std::function<void(Opened)>& open,
                           google::protobuf::Message* message,
                           const std::function<absl::Status()>& visit);

}  // namespace suyuan::rpc
