// Temperatures on the way, in tenths of a degree Celsius.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "suyuan/claim/v1/chain.pb.h"

namespace suyuan::domain {

// TEMPERATURE_RANGE: the lowest is above the highest. The bounds of each are rules of the field.
absl::Status CheckTemperatures(const claim::v1::TemperatureRange& range);

// For people, without a zero tenth: "3.5 ℃", "3.5 °C".
std::string FormatTemperature(int decidegrees, bool chinese);
// "2–6 ℃"; "−18 至 −15 ℃" below zero, where a dash would be read as a sign; "4 ℃" where both are
// one.
std::string FormatTemperatures(const claim::v1::TemperatureRange& range, bool chinese);

}  // namespace suyuan::domain
