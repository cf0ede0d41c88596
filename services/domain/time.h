// Times and days claimed by actors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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

// The end of the `days`-th working day, or day, after that of `from`, which does not count itself
// (民法典 Art. 201): days are local. Working days are Monday to Friday: public holidays are decreed
// year by year and not known here, so that a term ends earlier than the law's where one falls in
// it, and a day later where a weekend was worked.
absl::Time WorkingDaysAfter(absl::Time from, int days, int utc_offset_minutes);
absl::Time DaysAfter(absl::Time from, int days, int utc_offset_minutes);

// A day as FORMAT_DATE has it, "2026-11-27"; nothing where it is none, or is written otherwise.
std::optional<absl::CivilDay> ParseDay(std::string_view text);
// The local day of a time, as such a text.
std::string DayTextOf(absl::Time time, int utc_offset_minutes);

// REASON_TIME_IN_FUTURE, REASON_TIME_TOO_OLD.
absl::Status CheckOccurTime(const claim::v1::When& when, absl::Time now);

}  // namespace suyuan::domain
