// The one seam to time. Only SystemClock reads the OS clock.
#pragma once

#include "absl/time/time.h"

namespace suyuan {

// Thread-safe. Never goes through the OS but in SystemClock; a test passes a FakeClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
  static SystemClock* Get();  // Lives for ever.
};

// Stored time: UTC microseconds since 1970.
inline int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }
inline absl::Time FromMicros(int64_t micros) { return absl::FromUnixMicros(micros); }

}  // namespace suyuan
