// Amounts as people type them, exactly: integers of base units in, nothing rounded in silence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "suyuan/claim/v1/common.pb.h"

namespace suyuan::domain {

constexpr int64_t kAmountMax = 1'000'000'000'000'000;  // A thousand tonnes in milligrams.

// An amount of one unit.
struct Amount {
  int64_t value = 0;
  claim::v1::Unit unit = claim::v1::UNIT_UNSPECIFIED;
  bool operator==(const Amount&) const = default;
};

// "1200斤", "3.5 kg", "1,200公斤", "０．５吨", "500ml", "30个". A number without a unit is refused.
// Full-width digits and signs, thousands commas and blanks between number and unit are accepted.
// QUANTITY_NOT_UNDERSTOOD: not of that form, or finer than the base unit. QUANTITY_OVERFLOW.
absl::StatusOr<Amount> ParseAmount(std::string_view text);

// "12.5亩", "0.8公顷", "300 m²" → whole square metres, rounded down: 1 亩 is 2000/3 m².
absl::StatusOr<int64_t> ParseArea(std::string_view text);

// "0.05 mg/kg", "<0.01 毫克/千克" → nanograms per kilogram.
struct Residue {
  bool below = false;
  int64_t ng_per_kg = 0;
  bool operator==(const Residue&) const = default;
};
absl::StatusOr<Residue> ParseResidue(std::string_view text);

// For people, in kilograms, litres or pieces without trailing zeros: "3.5 kg", "3.5 千克".
std::string FormatAmount(const Amount& amount, bool chinese);

// Checks a claimed quantity: above zero (REASON_QUANTITY_NOT_POSITIVE), at most kAmountMax, and
// where `entered` is there, what it says (REASON_QUANTITY_MISMATCH). `zero_allowed` lets 0 pass.
absl::StatusOr<Amount> CheckQuantity(const claim::v1::Quantity& quantity,
                                     bool zero_allowed = false);
claim::v1::Quantity QuantityOf(const Amount& amount);

}  // namespace suyuan::domain
