// Times claimed by actors.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "suyuan/claim/v1/common.pb.h"

namespace suyuan::domain {

constexpr absl::Duration kFutureMax = absl::Minutes(5);    // A phone's clock may run ahead.
constexpr absl::Duration kPastMax = absl::Hours(24 * 30);  // Offline queues reach so far.

absl::Time TimeOf(const google::protobuf::Timestamp& stamp);
google::protobuf::Timestamp StampOf(absl::Time time);
// Whether it is a time as protobuf has them: of the years 1 to 9999, nanoseconds forwards. Any
// other cannot be written as JSON.
bool ValidStamp(const google::protobuf::Timestamp& stamp);

// REASON_TIME_IN_FUTURE, REASON_TIME_TOO_OLD.
absl::Status CheckOccurTime(const claim::v1::When& when, absl::Time now);

}  // namespace suyuan::domain
