// How much room text takes on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace suyuan::text {

// Columns of UTF-8 text: two for wide and full-width characters (UAX 11), none for combining marks.
int DisplayWidth(std::string_view utf8);

// The text followed by as many blanks as it takes to fill `columns`.
std::string PadTo(std::string text, int columns);

}  // namespace suyuan::text
