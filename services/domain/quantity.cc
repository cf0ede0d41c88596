#include "services/domain/quantity.h"

#include <optional>

#include "absl/strings/str_format.h"
#include "services/domain/error.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"

namespace suyuan::domain {
namespace {

using claim::v1::UNIT_MICROLITRE;
using claim::v1::UNIT_MILLIGRAM;
using claim::v1::UNIT_PIECE;

constexpr int kDigitsMax = 17;

// One of `name` is numerator / denominator base units.
template <typename Base>
struct UnitName {
  std::string_view name;
  Base base;
  int64_t numerator;
  int64_t denominator = 1;
};

constexpr UnitName<claim::v1::Unit> kAmountUnits[] = {{"kg", UNIT_MILLIGRAM, 1'000'000},
                                                      {"公斤", UNIT_MILLIGRAM, 1'000'000},
                                                      {"千克", UNIT_MILLIGRAM, 1'000'000},
                                                      {"g", UNIT_MILLIGRAM, 1'000},
                                                      {"克", UNIT_MILLIGRAM, 1'000},
                                                      {"mg", UNIT_MILLIGRAM, 1},
                                                      {"毫克", UNIT_MILLIGRAM, 1},
                                                      {"斤", UNIT_MILLIGRAM, 500'000},
                                                      {"市斤", UNIT_MILLIGRAM, 500'000},
                                                      {"两", UNIT_MILLIGRAM, 50'000},
                                                      {"t", UNIT_MILLIGRAM, 1'000'000'000},
                                                      {"吨", UNIT_MILLIGRAM, 1'000'000'000},
                                                      {"l", UNIT_MICROLITRE, 1'000'000},
                                                      {"升", UNIT_MICROLITRE, 1'000'000},
                                                      {"ml", UNIT_MICROLITRE, 1'000},
                                                      {"毫升", UNIT_MICROLITRE, 1'000},
                                                      {"个", UNIT_PIECE, 1},
                                                      {"枚", UNIT_PIECE, 1},
                                                      {"件", UNIT_PIECE, 1},
                                                      {"盒", UNIT_PIECE, 1},
                                                      {"袋", UNIT_PIECE, 1},
                                                      {"pieces", UNIT_PIECE, 1},
                                                      {"pcs", UNIT_PIECE, 1}};

enum class Other { kSquareMetre, kNanogramPerKilogram };

constexpr UnitName<Other> kAreaUnits[] = {
    {"亩", Other::kSquareMetre, 2000, 3},  {"mu", Other::kSquareMetre, 2000, 3},
    {"公顷", Other::kSquareMetre, 10'000}, {"ha", Other::kSquareMetre, 10'000},
    {"m2", Other::kSquareMetre, 1},        {"m²", Other::kSquareMetre, 1},
    {"平方米", Other::kSquareMetre, 1},    {"平米", Other::kSquareMetre, 1}};

constexpr UnitName<Other> kResidueUnits[] = {{"mg/kg", Other::kNanogramPerKilogram, 1'000'000},
                                             {"毫克/千克", Other::kNanogramPerKilogram, 1'000'000},
                                             {"毫克/公斤", Other::kNanogramPerKilogram, 1'000'000},
                                             {"µg/kg", Other::kNanogramPerKilogram, 1'000},
                                             {"μg/kg", Other::kNanogramPerKilogram, 1'000},
                                             {"ug/kg", Other::kNanogramPerKilogram, 1'000},
                                             {"微克/千克", Other::kNanogramPerKilogram, 1'000}};

absl::Status NotUnderstood(std::string_view text) {
  return Error(v1::REASON_QUANTITY_NOT_UNDERSTOOD,
               {{"entered", std::string(FirstCharacters(text, 40))}});
}

// Full-width forms (U+FF01 to U+FF5E) and the ideographic blank become ASCII; ASCII capitals become
// small, so that KG and Kg are kg.
std::string Folded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[i + k]); };
    const bool full_width =
        i + 2 < text.size() && byte(0) == 0xEF && (byte(1) == 0xBC || byte(1) == 0xBD);
    if (full_width) {
      const int code = 0xF000 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
      if (code >= 0xFF01 && code <= 0xFF5E) {
        out.push_back(static_cast<char>(code - 0xFF01 + '!'));
      } else {
        out.append(text.substr(i, 3));
      }
      i += 3;
    } else if (text.substr(i, 3) == "\u3000") {
      out.push_back(' ');
      i += 3;
    } else {
      out.push_back(text[i++]);
    }
  }
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// A decimal number: mantissa / 10^scale, and the text after it.
struct Decimal {
  __int128 mantissa = 0;
  int scale = 0;
  std::string_view rest;
};

bool Digit(char c) { return c >= '0' && c <= '9'; }

// Thousands commas only as thousands: groups of three after one to three digits.
std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal number;
  size_t at = 0;
  int digits = 0, since_comma = -1;
  for (; at < text.size() && (Digit(text[at]) || text[at] == ','); ++at) {
    if (text[at] == ',') {
      if (digits == 0 || (since_comma < 0 ? digits > 3 : since_comma != 3)) return std::nullopt;
      since_comma = 0;
      continue;
    }
    number.mantissa = number.mantissa * 10 + (text[at] - '0');
    if (since_comma >= 0) ++since_comma;
    if (++digits > kDigitsMax) return std::nullopt;
  }
  if (digits == 0 || (since_comma >= 0 && since_comma != 3)) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && Digit(text[at]); ++at) {
      number.mantissa = number.mantissa * 10 + (text[at] - '0');
      ++number.scale;
      if (++digits > kDigitsMax) return std::nullopt;
    }
    if (number.scale == 0) return std::nullopt;
  }
  while (at < text.size() && text[at] == ' ') ++at;
  number.rest = text.substr(at);
  return number;
}

struct Converted {
  __int128 value = 0;
  bool exact = false;
};

template <typename Base>
Converted Convert(const Decimal& number, const UnitName<Base>& unit) {
  __int128 divisor = unit.denominator;
  for (int i = 0; i < number.scale; ++i) divisor *= 10;
  const __int128 scaled = number.mantissa * unit.numerator;
  return {scaled / divisor, scaled % divisor == 0};
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

template <typename Base, size_t kCount>
const UnitName<Base>* FindUnit(const UnitName<Base> (&units)[kCount], std::string_view name) {
  for (const UnitName<Base>& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<Amount> ParseAmount(std::string_view text) {
  const std::string folded = Folded(text);
  const std::optional<Decimal> number = ParseDecimal(Trimmed(folded));
  if (!number.has_value()) return NotUnderstood(text);
  const auto* unit = FindUnit(kAmountUnits, number->rest);
  if (unit == nullptr) return NotUnderstood(text);
  const Converted converted = Convert(*number, *unit);
  if (!converted.exact) return NotUnderstood(text);
  if (converted.value > kAmountMax) return Error(v1::REASON_QUANTITY_OVERFLOW);
  return Amount{static_cast<int64_t>(converted.value), unit->base};
}

absl::StatusOr<int64_t> ParseArea(std::string_view text) {
  const std::string folded = Folded(text);
  const std::optional<Decimal> number = ParseDecimal(Trimmed(folded));
  if (!number.has_value()) return NotUnderstood(text);
  const auto* unit = FindUnit(kAreaUnits, number->rest);
  if (unit == nullptr) return NotUnderstood(text);
  const __int128 area = Convert(*number, *unit).value;
  if (area > kAmountMax) return Error(v1::REASON_QUANTITY_OVERFLOW);
  return static_cast<int64_t>(area);
}

absl::StatusOr<Residue> ParseResidue(std::string_view text) {
  const std::string folded = Folded(text);
  std::string_view rest = Trimmed(folded);
  Residue residue;
  if (!rest.empty() && rest.front() == '<') {
    residue.below = true;
    rest = Trimmed(rest.substr(1));
  }
  const std::optional<Decimal> number = ParseDecimal(rest);
  if (!number.has_value()) return NotUnderstood(text);
  const auto* unit = FindUnit(kResidueUnits, number->rest);
  if (unit == nullptr) return NotUnderstood(text);
  const Converted converted = Convert(*number, *unit);
  if (!converted.exact) return NotUnderstood(text);
  if (converted.value > kAmountMax) return Error(v1::REASON_QUANTITY_OVERFLOW);
  residue.ng_per_kg = static_cast<int64_t>(converted.value);
  return residue;
}

std::string FormatAmount(const Amount& amount, bool chinese) {
  if (amount.unit == UNIT_PIECE) return StrCat(amount.value, chinese ? " 件" : " pieces");
  std::string text = StrCat(amount.value / 1'000'000);
  std::string fraction = absl::StrFormat("%06d", amount.value % 1'000'000);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) StrAppend(&text, ".", fraction);
  const bool mass = amount.unit == UNIT_MILLIGRAM;
  return StrCat(text, mass ? (chinese ? " 千克" : " kg") : (chinese ? " 升" : " L"));
}

absl::StatusOr<Amount> CheckQuantity(const claim::v1::Quantity& quantity, bool zero_allowed) {
  const Amount amount{quantity.amount(), quantity.unit()};
  if (amount.value < 0 || (amount.value == 0 && !zero_allowed)) {
    return Error(v1::REASON_QUANTITY_NOT_POSITIVE);
  }
  if (amount.value > kAmountMax) return Error(v1::REASON_QUANTITY_OVERFLOW);
  if (!quantity.entered().empty()) {
    ASSIGN_OR_RETURN(const Amount entered, ParseAmount(quantity.entered()));
    if (entered != amount) {
      return Error(v1::REASON_QUANTITY_MISMATCH, {{"entered", quantity.entered()}});
    }
  }
  return amount;
}

claim::v1::Quantity QuantityOf(const Amount& amount) {
  claim::v1::Quantity quantity;
  quantity.set_amount(amount.value);
  quantity.set_unit(amount.unit);
  return quantity;
}

}  // namespace suyuan::domain
