// Journeys the label module has answered, by batch and version, so that a scan asks for one only
// where it is new. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "storage/base/forgetful_map.h"
#include "storage/base/mutex.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::portal {

class Journeys {
 public:
  static constexpr size_t kBytesMax = 32 << 20;  // Beyond it all are forgotten.
  using Answer = std::shared_ptr<const v1::ResolveBatchResponse>;

  // Null: not that version of it.
  Answer Find(const std::string& batch, const std::string& version);
  void Keep(const std::string& batch, Answer answer);

 private:
  Mutex mutex_;
  ForgetfulMap<Answer> kept_ ABSL_GUARDED_BY(mutex_){kBytesMax};  // By batch.
};

}  // namespace suyuan::portal
