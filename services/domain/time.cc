#include "services/domain/time.h"

#include "services/domain/error.h"
#include "storage/base/text.h"

namespace suyuan::domain {

absl::Time TimeOf(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixSeconds(stamp.seconds()) + absl::Nanoseconds(stamp.nanos());
}

google::protobuf::Timestamp StampOf(absl::Time time) {
  google::protobuf::Timestamp stamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  const absl::Duration rest = time - absl::FromUnixSeconds(seconds);
  stamp.set_seconds(seconds);
  stamp.set_nanos(static_cast<int32_t>(absl::ToInt64Microseconds(rest) * 1000));
  return stamp;
}

bool ValidStamp(const google::protobuf::Timestamp& stamp) {
  constexpr int64_t kFirst = -62'135'596'800, kLast = 253'402'300'799;
  return stamp.seconds() >= kFirst && stamp.seconds() <= kLast && stamp.nanos() >= 0 &&
         stamp.nanos() < 1'000'000'000;
}

absl::Time WorkingDaysAfter(absl::Time from, int days, int utc_offset_minutes) {
  const absl::TimeZone zone = absl::FixedTimeZone(utc_offset_minutes * 60);
  absl::CivilDay day = absl::ToCivilDay(from, zone);
  for (int left = days; left > 0;) {
    ++day;
    const absl::Weekday weekday = absl::GetWeekday(day);
    left -= weekday != absl::Weekday::saturday && weekday != absl::Weekday::sunday;
  }
  return absl::FromCivil(day + 1, zone);
}

absl::Time DaysAfter(absl::Time from, int days, int utc_offset_minutes) {
  const absl::TimeZone zone = absl::FixedTimeZone(utc_offset_minutes * 60);
  return absl::FromCivil(absl::ToCivilDay(from, zone) + days + 1, zone);
}

std::optional<absl::CivilDay> ParseDay(std::string_view text) {
  absl::CivilDay day;
  // It is read leniently, and must be what would be written, in years of four digits.
  const bool read = absl::ParseCivilTime(ToAbsl(text), &day) && day.year() >= 1000 &&
                    day.year() <= 9999 && absl::FormatCivilTime(day) == text;
  return read ? std::optional(day) : std::nullopt;
}

std::string DayTextOf(absl::Time time, int utc_offset_minutes) {
  return absl::FormatCivilTime(
      absl::ToCivilDay(time, absl::FixedTimeZone(utc_offset_minutes * 60)));
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
