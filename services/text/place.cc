#include "services/text/place.h"

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace suyuan::text {
namespace {

struct Division {
  std::string_view code, zh, en;
};

// Source: ISO 3166-2:CN, as of 2020-11-24.
constexpr Division kChina[] = {
    {"AH", "安徽", "Anhui"},
    {"BJ", "北京", "Beijing"},
    {"CQ", "重庆", "Chongqing"},
    {"FJ", "福建", "Fujian"},
    {"GD", "广东", "Guangdong"},
    {"GS", "甘肃", "Gansu"},
    {"GX", "广西", "Guangxi"},
    {"GZ", "贵州", "Guizhou"},
    {"HA", "河南", "Henan"},
    {"HB", "湖北", "Hubei"},
    {"HE", "河北", "Hebei"},
    {"HI", "海南", "Hainan"},
    {"HK", "香港", "Hong Kong"},
    {"HL", "黑龙江", "Heilongjiang"},
    {"HN", "湖南", "Hunan"},
    {"JL", "吉林", "Jilin"},
    {"JS", "江苏", "Jiangsu"},
    {"JX", "江西", "Jiangxi"},
    {"LN", "辽宁", "Liaoning"},
    {"MO", "澳门", "Macao"},
    {"NM", "内蒙古", "Inner Mongolia"},
    {"NX", "宁夏", "Ningxia"},
    {"QH", "青海", "Qinghai"},
    {"SC", "四川", "Sichuan"},
    {"SD", "山东", "Shandong"},
    {"SH", "上海", "Shanghai"},
    {"SN", "陕西", "Shaanxi"},
    {"SX", "山西", "Shanxi"},
    {"TJ", "天津", "Tianjin"},
    {"TW", "台湾", "Taiwan"},
    {"XJ", "新疆", "Xinjiang"},
    {"XZ", "西藏", "Xizang"},
    {"YN", "云南", "Yunnan"},
    {"ZJ", "浙江", "Zhejiang"},
};

// Null: ISO 3166-2:CN has no such one.
const Division* FindProvince(std::string_view code) {
  if (!code.starts_with("CN-")) return nullptr;
  const auto* const found =
      std::find_if(std::begin(kChina), std::end(kChina),
                   [&](const Division& division) { return division.code == code.substr(3); });
  return found == std::end(kChina) ? nullptr : found;
}

// What ICU has names for that are none of places.
bool MadeUp(std::string_view code) { return code == "XA" || code == "XB" || code == "ZZ"; }

std::string CountryName(std::string_view code, Language language) {
  const bool letters =
      std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (code.size() != 2 || !letters || MadeUp(code)) return "";
  const icu::Locale country("", std::string(code).c_str());
  icu::UnicodeString name;
  country.getDisplayCountry(
      language == Language::kChinese ? icu::Locale("zh", "CN") : icu::Locale("en"), name);
  std::string text;
  name.toUTF8String(text);
  return text == code ? "" : text;  // What ICU does not know it gives back.
}

}  // namespace

std::string PlaceName(std::string_view code, Language language) {
  const Division* const province = FindProvince(code);
  if (province == nullptr) return CountryName(code.substr(0, code.find('-')), language);
  return std::string(language == Language::kChinese ? province->zh : province->en);
}

bool IsProvince(std::string_view code) { return FindProvince(code) != nullptr; }

}  // namespace suyuan::text
