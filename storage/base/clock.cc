#include "storage/base/clock.h"

#include "absl/time/clock.h"

namespace suyuan {

absl::Time SystemClock::Now() const { return absl::Now(); }

SystemClock* SystemClock::Get() {
  static SystemClock clock;
  return &clock;
}

}  // namespace suyuan
