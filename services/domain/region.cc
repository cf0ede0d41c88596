#include "services/domain/region.h"

#include <string>

#include "services/domain/error.h"
#include "storage/base/text.h"

namespace suyuan::domain {
namespace {

constexpr size_t kProvince = 2, kPrefecture = 4;

// A division that another has taken the place of. Successions in one hop; those of this ledger's
// county, more are added here as they are decreed.
struct Succession {
  std::string_view old_code;
  std::string_view code;
};
constexpr Succession kSuccessions[] = {
    {"532331", "532302"},  // 禄丰县 → 禄丰市.
};

std::string Today(std::string_view code) {
  for (const Succession& succession : kSuccessions) {
    if (!code.starts_with(succession.old_code)) continue;
    return StrCat(succession.code, code.substr(succession.old_code.size()));
  }
  return std::string(code);
}

// Whole levels only.
bool ValidLength(std::string_view code) {
  switch (code.size()) {
    case 2:
    case 4:
    case 6:
    case 9:
    case 12:
      return true;
    default:
      return false;
  }
}

bool Municipality(std::string_view province) {
  return province == "11" || province == "12" || province == "31" || province == "50";
}

bool Collective(std::string_view code) {
  if (code.size() != kPrefecture) return false;
  const std::string_view last = code.substr(kProvince);
  if (Municipality(code.substr(0, kProvince))) return last == "01" || last == "02";
  return last == "90";
}

}  // namespace

bool Covers(std::string_view jurisdiction, std::string_view place) {
  if (jurisdiction.empty() || place.empty()) return true;
  if (!ValidLength(jurisdiction) || !ValidLength(place) || Collective(jurisdiction)) return false;
  return Today(place).starts_with(Today(jurisdiction));
}

absl::Status CheckJurisdiction(std::string_view code) {
  const bool right =
      code.empty() || (ValidLength(code) && !Collective(code) && Today(code) == code);
  if (right) return absl::OkStatus();
  return Error(v1::REASON_GRANT, {{"detail", StrCat("region_code ", code)}});
}

}  // namespace suyuan::domain
