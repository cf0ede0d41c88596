// What a consumer may see of a batch, kept for a moment: thousands of labels share one batch, and a
// popular one is scanned often. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/rpc/router.h"
#include "storage/base/forgetful_map.h"
#include "storage/base/mutex.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::label {

struct Journey {
  v1::Journey says;
  std::string version;  // 16 bytes that are others for any other journey.
};

class Journeys {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // How old an answer may be. A recall shows on pages that much later at most.
  static constexpr std::chrono::milliseconds kAgeMax{1000};
  static constexpr size_t kBytesMax = 32 << 20;  // Beyond it all are forgotten.

  // `router` outlives it.
  explicit Journeys(const rpc::Router* router) : router_(router) {}

  // As the trace module answers it; with `min_sequence` above 0 never an older one.
  absl::StatusOr<std::shared_ptr<const Journey>> Get(const std::string& batch,
                                                     int64_t min_sequence);

 private:
  struct Kept {
    Time time;
    std::shared_ptr<const Journey> journey;
  };
  const rpc::Router* const router_;
  Mutex mutex_;
  ForgetfulMap<Kept> kept_ ABSL_GUARDED_BY(mutex_){kBytesMax};  // By batch.
};

}  // namespace suyuan::label
