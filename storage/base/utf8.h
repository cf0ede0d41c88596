// UTF-8 as RFC 3629 has it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace suyuan {

// Takes the next character off the front of `text`, which is not empty. -1: the text does not begin
// with a well-formed one; nothing is taken.
int32_t NextCharacter(std::string_view& text);

// The text with `?` for each byte that belongs to no well-formed character.
std::string ReplaceMalformed(std::string_view text);

// At most `count` characters from the front; ends before one that is malformed.
std::string_view FirstCharacters(std::string_view text, int count);

}  // namespace suyuan
