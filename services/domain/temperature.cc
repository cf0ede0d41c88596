#include "services/domain/temperature.h"

#include <cstdlib>

#include "services/domain/error.h"
#include "storage/base/text.h"

namespace suyuan::domain {
namespace {

std::string Degrees(int decidegrees) {
  const int size = std::abs(decidegrees);
  std::string text = StrCat(decidegrees < 0 ? "−" : "", size / 10);
  if (size % 10 != 0) StrAppend(&text, ".", size % 10);
  return text;
}

const char* Unit(bool chinese) { return chinese ? " ℃" : " °C"; }

}  // namespace

absl::Status CheckTemperatures(const claim::v1::TemperatureRange& range) {
  const bool right = range.lowest_decidegrees() <= range.highest_decidegrees();
  return right ? absl::OkStatus() : Error(v1::REASON_TEMPERATURE_RANGE);
}

std::string FormatTemperature(int decidegrees, bool chinese) {
  return StrCat(Degrees(decidegrees), Unit(chinese));
}

std::string FormatTemperatures(const claim::v1::TemperatureRange& range, bool chinese) {
  const int lowest = range.lowest_decidegrees(), highest = range.highest_decidegrees();
  if (lowest == highest) return FormatTemperature(lowest, chinese);
  const char* to = lowest >= 0 ? "–" : chinese ? " 至 " : " to ";
  return StrCat(Degrees(lowest), to, Degrees(highest), Unit(chinese));
}

}  // namespace suyuan::domain
