#include "services/domain/time.h"

#include "services/domain/error.h"

namespace suyuan::domain {

absl::Time TimeOf(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixSeconds(stamp.seconds()) + absl::Nanoseconds(stamp.nanos());
}

google::protobuf::Timestamp StampOf(absl::Time time) {
  google::protobuf::Timestamp stamp;
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t seconds = micros >= 0 ? micros / 1'000'000 : (micros - 999'999) / 1'000'000;
  stamp.set_seconds(seconds);
  stamp.set_nanos(static_cast<int32_t>((micros - seconds * 1'000'000) * 1000));
  return stamp;
}

absl::Status CheckOccurTime(const claim::v1::When& when, absl::Time now) {
  const absl::Time time = TimeOf(when.time());
  if (time > now + kFutureMax) return Error(v1::REASON_TIME_IN_FUTURE);
  if (time < now - kPastMax) {
    return Error(
        v1::REASON_TIME_TOO_OLD,
        {{"limit", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now - kPastMax, absl::UTCTimeZone())}});
  }
  return absl::OkStatus();
}

}  // namespace suyuan::domain
