// GS1 Application Identifiers: the format of each value, and which name things by themselves.
// Source: GS1 Syntax Dictionary, release of January 2026. Pure; thread-safe.
#pragma once

#include <string_view>

namespace suyuan::gs1 {

bool KnownAi(std::string_view ai);
// Whether `value` (decoded) is of the AI's format: character set, length, check digit, date.
bool ValueFits(std::string_view ai, std::string_view value);
// Its length is fixed by its first two digits, so that no separator follows in an element string.
bool FixedLength(std::string_view ai);

// What may follow a primary key: AIs in their order, alternatives apart by |, as in "22,10,21|235".
struct PrimaryKey {
  std::string_view ai;
  std::string_view word;  // The spelling of version 1.1: "gtin". Read, never written.
  std::string_view qualifiers;
};
// By AI or word; null where it is none.
const PrimaryKey* FindPrimaryKey(std::string_view name);
// The AI of a qualifier by AI or word ("lot", "ser", "cpv"); as it is where it is neither.
std::string_view QualifierAi(std::string_view name);

}  // namespace suyuan::gs1
