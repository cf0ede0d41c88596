#include "services/domain/region.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/time/civil_time.h"
#include "services/domain/error.h"
#include "storage/base/text.h"

namespace suyuan::domain {
namespace {

constexpr size_t kProvince = 2, kPrefecture = 4;

// A division that another has taken the place of, in the year that the State Council's decision was
// carried out: until its end both codes are written. The table lags behind decrees: what was
// granted before a line's edition was granted by what the table said then.
struct Succession {
  std::string_view old_code, code;
  int year;
  absl::CivilDay edition;
};

// Of most lines, and of what is refused as no division at all.
constexpr absl::CivilDay kSecondEdition(2026, 11, 28);

// Counties of Yunnan since 2010, by the lists of codes before and after
// (中华人民共和国行政区划代码, the Ministry of Civil Affairs' changes above county level by year).
// More are added here as they are decreed; one that follows another is a line of its own.
constexpr Succession kSuccessions[] = {
    {"532522", "532503", 2010, kSecondEdition},    // 蒙自县 → 蒙自市.
    {"532621", "532601", 2010, kSecondEdition},    // 文山县 → 文山市.
    {"530121", "530114", 2011, kSecondEdition},    // 呈贡县 → 昆明市呈贡区.
    {"532526", "532504", 2013, kSecondEdition},    // 弥勒县 → 弥勒市.
    {"533421", "533401", 2014, kSecondEdition},    // 香格里拉县 → 香格里拉市.
    {"530421", "530403", 2015, kSecondEdition},    // 江川县 → 玉溪市江川区.
    {"530522", "530581", 2015, kSecondEdition},    // 腾冲县 → 腾冲市.
    {"530122", "530115", 2016, kSecondEdition},    // 晋宁县 → 昆明市晋宁区.
    {"530328", "530303", 2016, kSecondEdition},    // 沾益县 → 曲靖市沾益区.
    {"533321", "533301", 2016, kSecondEdition},    // 泸水县 → 泸水市.
    {"530321", "530304", 2018, kSecondEdition},    // 马龙县 → 曲靖市马龙区.
    {"530630", "530681", 2018, kSecondEdition},    // 水富县 → 水富市.
    {"530422", "530481", 2019, kSecondEdition},    // 澄江县 → 澄江市.
    {"532331", "532302", 2021, absl::CivilDay()},  // 禄丰县 → 禄丰市.
};

// GB/T 2260-2007, table 1; 66 is the Xinjiang Corps in the lists of statistics and finance.
constexpr std::string_view kProvinces[] = {"11", "12", "13", "14", "15", "21", "22", "23", "31",
                                           "32", "33", "34", "35", "36", "37", "41", "42", "43",
                                           "44", "45", "46", "50", "51", "52", "53", "54", "61",
                                           "62", "63", "64", "65", "66", "71", "81", "82"};

// The succession of the division that a code is of, or is within; null: nothing has followed it.
const Succession* SuccessionOf(std::string_view code) {
  const auto* found =
      std::find_if(std::begin(kSuccessions), std::end(kSuccessions),
                   [&](const Succession& one) { return code.starts_with(one.old_code); });
  return found == std::end(kSuccessions) ? nullptr : found;
}

// Who answers for it today. A county's townships keep their digits, as most do.
std::string Today(std::string_view code) {
  std::string today(code);
  // Each line at most once, whatever stands in the table.
  for (size_t i = 0; i < std::size(kSuccessions); ++i) {
    const Succession* const next = SuccessionOf(today);
    if (next == nullptr) break;
    today.replace(0, next->old_code.size(), next->code);
  }
  return today;
}

// Whether the division of this code, or the one around it, exists on a day.
bool Exists(std::string_view code, absl::CivilDay day) {
  const auto judges = [&](const Succession& one) {
    return day >= one.edition && ((code.starts_with(one.old_code) && day.year() > one.year) ||
                                  (code.starts_with(one.code) && day.year() < one.year));
  };
  return std::none_of(std::begin(kSuccessions), std::end(kSuccessions), judges);
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

// Ministries write codes of their own there: 71 to 80 in the place of a prefecture.
bool Private(std::string_view code) {
  const std::string_view prefecture = code.substr(std::min(code.size(), kProvince), 2);
  return prefecture >= "71" && prefecture <= "80";
}

bool InProvince(std::string_view code) {
  return std::find(std::begin(kProvinces), std::end(kProvinces), code.substr(0, kProvince)) !=
         std::end(kProvinces);
}

}  // namespace

bool Covers(std::string_view jurisdiction, std::string_view place) {
  if (jurisdiction.empty() || place.empty()) return true;
  if (!ValidLength(jurisdiction) || !ValidLength(place) || Collective(jurisdiction)) return false;
  return Today(place).starts_with(Today(jurisdiction));
}

absl::Status CheckJurisdiction(std::string_view code, absl::Time now) {
  const absl::CivilDay day = absl::ToCivilDay(now, absl::FixedTimeZone(8 * 60 * 60));
  const bool division = day < kSecondEdition || (InProvince(code) && !Private(code));
  const bool right =
      code.empty() || (ValidLength(code) && division && !Collective(code) && Exists(code, day));
  if (right) return absl::OkStatus();
  return Error(v1::REASON_GRANT, {{"detail", StrCat("region_code ", code)}});
}

}  // namespace suyuan::domain
