// Names that are what they look like, as far as their bytes can say it.
#pragma once

#include <string>
#include <string_view>

namespace suyuan::text {

// In Unicode's normal form C (UAX 15), so that one name is not spelled in two ways, and without a
// letter that is buried under marks. UTF-8; what is not UTF-8 is not plain.
bool IsPlain(std::string_view text);

// The text in that form, as a client sends what was typed.
std::string Composed(std::string_view text);

}  // namespace suyuan::text
