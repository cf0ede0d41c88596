// The names of provinces and countries.
#pragma once

#include <string>
#include <string_view>

#include "services/text/catalogue.h"

namespace suyuan::text {

// "云南" or "Yunnan" for "CN-YN" (ISO 3166-2:CN), "老挝" or "Laos" for "LA" and for its divisions;
// empty: no such place.
std::string PlaceName(std::string_view code, Language language);

// Whether ISO 3166-2:CN has it: "CN-YN".
bool IsProvince(std::string_view code);

}  // namespace suyuan::text
