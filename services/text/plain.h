// Names that are what they look like, as far as their bytes can say it.
#pragma once

#include <string_view>

namespace suyuan::text {

// In Unicode's normal form C (UAX 15), so that two names that look the same are the same bytes, and
// without a letter that is buried under marks. UTF-8; what is not UTF-8 is not plain.
bool IsPlain(std::string_view text);

}  // namespace suyuan::text
