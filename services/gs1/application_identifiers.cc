#include "services/gs1/application_identifiers.h"

#include <algorithm>
#include <string>

#include "services/gs1/digital_link.h"

namespace suyuan::gs1 {
namespace {

// Components apart by blanks: a character set, a length ("..20": up to), then c: the check digit
// holds, d: a date whose day may be 00, ?: may be absent. n: digits, x: set 82, y: set 39, z:
// set 64.
struct Format {
  std::string_view first, last;  // A range of AIs of one length.
  std::string_view components;
};

constexpr Format kFormats[] = {
    {"00", "00", "n18c"},
    {"01", "02", "n14c"},
    {"10", "10", "x..20"},
    {"11", "13", "n6d"},
    {"15", "17", "n6d"},
    {"20", "20", "n2"},
    {"21", "22", "x..20"},
    {"235", "235", "x..28"},
    {"240", "241", "x..30"},
    {"242", "242", "n..6"},
    {"243", "243", "x..20"},
    {"250", "251", "x..30"},
    {"253", "253", "n13c x..17?"},
    {"254", "254", "x..20"},
    {"255", "255", "n13c n..12?"},
    {"30", "30", "n..8"},
    {"37", "37", "n..8"},
    {"3900", "3909", "n..15"},
    {"3910", "3919", "n3 n..15"},
    {"3920", "3929", "n..15"},
    {"3930", "3939", "n3 n..15"},
    {"3940", "3943", "n4"},
    {"3950", "3955", "n6"},
    {"400", "401", "x..30"},
    {"402", "402", "n17c"},
    {"403", "403", "x..30"},
    {"410", "417", "n13c"},
    {"420", "420", "x..20"},
    {"421", "421", "n3 x..9"},
    {"422", "422", "n3"},
    {"423", "423", "n..15"},
    {"424", "424", "n3"},
    {"425", "425", "n..15"},
    {"426", "426", "n3"},
    {"427", "427", "x..3"},
    {"4300", "4301", "x..35"},
    {"4302", "4306", "x..70"},
    {"4307", "4307", "x2"},
    {"4308", "4308", "x..30"},
    {"4309", "4309", "n20"},
    {"4310", "4311", "x..35"},
    {"4312", "4316", "x..70"},
    {"4317", "4317", "x2"},
    {"4318", "4318", "x..20"},
    {"4319", "4319", "x..30"},
    {"4320", "4320", "x..35"},
    {"4321", "4323", "n1"},
    {"4324", "4325", "n6d n4"},
    {"4326", "4326", "n6d"},
    {"4330", "4333", "n6 x1?"},
    {"7001", "7001", "n13"},
    {"7002", "7002", "x..30"},
    {"7003", "7003", "n6d n4"},
    {"7004", "7004", "n..4"},
    {"7005", "7005", "x..12"},
    {"7006", "7006", "n6d"},
    {"7007", "7007", "n6d n6d?"},
    {"7008", "7008", "x..3"},
    {"7009", "7009", "x..10"},
    {"7010", "7010", "x..2"},
    {"7011", "7011", "n6d n4?"},
    {"7020", "7022", "x..20"},
    {"7023", "7023", "x..30"},
    {"7030", "7039", "n3 x..27"},
    {"7040", "7040", "n1 x3"},
    {"710", "715", "x..20"},
    {"7230", "7239", "x2 x..28"},
    {"7240", "7240", "x..20"},
    {"7241", "7241", "n2"},
    {"7242", "7242", "x..25"},
    {"8001", "8001", "n14"},
    {"8002", "8002", "x..20"},
    {"8003", "8003", "n1 n13c x..16?"},
    {"8004", "8004", "x..30"},
    {"8005", "8005", "n6"},
    {"8006", "8006", "n14c n4"},
    {"8007", "8007", "x..34"},
    {"8008", "8008", "n8 n..4?"},
    {"8009", "8009", "x..50"},
    {"8010", "8010", "y..30"},
    {"8011", "8011", "n..12"},
    {"8012", "8012", "x..20"},
    {"8013", "8013", "x..25"},
    {"8017", "8018", "n18c"},
    {"8019", "8019", "n..10"},
    {"8020", "8020", "x..25"},
    {"8026", "8026", "n14c n4"},
    {"8030", "8030", "z..90"},
    {"8110", "8110", "x..70"},
    {"8111", "8111", "n4"},
    {"8112", "8112", "x..70"},
    {"8200", "8200", "x..70"},
    {"90", "90", "x..30"},
    {"91", "99", "x..90"},
};

// 31nn to 36nn: measures, the last digit says how many of the six are decimals (0 to 5).
bool MeasureAi(std::string_view ai) {
  constexpr std::string_view kMeasures[] = {"310-316", "320-337", "340-357", "360-369"};
  if (ai.size() != 4 || ai[3] < '0' || ai[3] > '5') return false;
  return std::any_of(std::begin(kMeasures), std::end(kMeasures), [&](std::string_view range) {
    return ai.substr(0, 3) >= range.substr(0, 3) && ai.substr(0, 3) <= range.substr(4);
  });
}

std::string_view ComponentsOf(std::string_view ai) {
  if (MeasureAi(ai)) return "n6";
  for (const Format& format : kFormats) {
    const bool inside = ai.size() == format.first.size() && ai >= format.first && ai <= format.last;
    if (inside) return format.components;
  }
  return {};
}

bool Digit(char c) { return c >= '0' && c <= '9'; }
bool Alphanumeric(char c) { return Digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool InSet(char set, char c) {
  if (set == 'n') return Digit(c);
  if (set == 'y') return c == '#' || c == '-' || c == '/' || (Alphanumeric(c) && c < 'a');
  if (set == 'z') return Alphanumeric(c) || c == '-' || c == '_' || c == '=';
  return Alphanumeric(c) ||
         (c != '\0' && std::string_view("!\"%&'()*+,-./:;<=>?_").find(c) != std::string_view::npos);
}

// YYMMDD; the day may be 00: the month as a whole.
bool DateFits(std::string_view date) {
  constexpr int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = (date[0] - '0') * 10 + date[1] - '0';
  const int month = (date[2] - '0') * 10 + date[3] - '0';
  const int day = (date[4] - '0') * 10 + date[5] - '0';
  if (month < 1 || month > 12 || day > kDays[month - 1]) return false;
  return month != 2 || day < 29 || year % 4 == 0;
}

// Takes what one component holds off `value`; the component is well-formed, for it is ours.
bool TakeComponent(std::string_view component, std::string_view* value) {
  const char set = component[0];
  component.remove_prefix(1);
  const bool variable = component.starts_with("..");
  if (variable) component.remove_prefix(2);
  size_t length = 0;
  while (!component.empty() && Digit(component[0])) {
    length = length * 10 + static_cast<size_t>(component[0] - '0');
    component.remove_prefix(1);
  }
  if (value->empty() && component.ends_with('?')) return true;
  if (variable) length = std::min(length, value->size());
  if (value->empty() || value->size() < length) return false;
  const std::string_view part = value->substr(0, length);
  value->remove_prefix(length);
  if (!std::all_of(part.begin(), part.end(), [set](char c) { return InSet(set, c); })) return false;
  if (component.starts_with('c')) return CheckDigitHolds(part);
  return !component.starts_with('d') || DateFits(part);
}

constexpr PrimaryKey kPrimaryKeys[] = {
    {"00", "sscc", ""},          {"01", "gtin", "22,10,21|235"},
    {"253", "gdti", ""},         {"255", "gcn", ""},
    {"401", "ginc", ""},         {"402", "gsin", ""},
    {"414", "gln", "254|7040"},  {"415", "payTo", "8020"},
    {"417", "partyGln", "7040"}, {"8003", "grai", ""},
    {"8004", "giai", "7040"},    {"8006", "itip", "22,10,21"},
    {"8010", "cpid", "8011"},    {"8013", "gmn", ""},
    {"8017", "gsrnp", "8019"},   {"8018", "gsrn", "8019"},
};

}  // namespace

bool KnownAi(std::string_view ai) { return !ComponentsOf(ai).empty(); }

bool ValueFits(std::string_view ai, std::string_view value) {
  std::string_view components = ComponentsOf(ai);
  if (components.empty()) return false;
  while (!components.empty()) {
    const size_t end = std::min(components.find(' '), components.size());
    if (!TakeComponent(components.substr(0, end), &value)) return false;
    components.remove_prefix(std::min(end + 1, components.size()));
  }
  return value.empty();
}

bool FixedLength(std::string_view ai) {
  const std::string_view first = ai.substr(0, 2);
  return first <= "04" || (first >= "11" && first <= "20") || (first >= "31" && first <= "36") ||
         first == "41";
}

const PrimaryKey* FindPrimaryKey(std::string_view name) {
  for (const PrimaryKey& key : kPrimaryKeys) {
    if (name == key.ai || name == key.word) return &key;
  }
  return nullptr;
}

std::string_view QualifierAi(std::string_view name) {
  if (name == "cpv") return "22";
  if (name == "lot") return "10";
  if (name == "ser") return "21";
  return name;
}

}  // namespace suyuan::gs1
