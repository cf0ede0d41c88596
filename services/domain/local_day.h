// Local hours and days since 1970, for counts that begin anew with each of them. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace suyuan::domain {

inline int64_t LocalHour(absl::Time time, int utc_offset_minutes) {
  return absl::ToInt64Hours(time - absl::UnixEpoch() + absl::Minutes(utc_offset_minutes));
}
inline int64_t LocalDay(absl::Time time, int utc_offset_minutes) {
  return LocalHour(time, utc_offset_minutes) / 24;
}
// A day by its number, as FORMAT_DATE has it: "2026-11-27".
inline std::string DayText(int64_t day) { return absl::FormatCivilTime(absl::CivilDay() + day); }

}  // namespace suyuan::domain
