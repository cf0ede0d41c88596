// Amounts as people type them: read exactly or refused, and never out of bounds.
#include <cstdint>
#include <string_view>

#include "services/domain/quantity.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan::domain;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto amount = ParseAmount(text); amount.ok()) {
    SUYUAN_CHECK(amount->value >= 0 && amount->value <= kAmountMax);
    // What is printed for people is read as the same amount.
    for (const bool chinese : {true, false}) {
      const auto again = ParseAmount(FormatAmount(*amount, chinese));
      SUYUAN_CHECK(again.ok() && *again == *amount);
    }
  }
  if (const auto area = ParseArea(text); area.ok()) SUYUAN_CHECK(*area >= 0);
  if (const auto residue = ParseResidue(text); residue.ok()) SUYUAN_CHECK(residue->ng_per_kg >= 0);
  return 0;
}
