#include "storage/base/utf8.h"

namespace suyuan {

int32_t NextCharacter(std::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t size = first < 0x80   ? 1
                      : first < 0xC2 ? 0
                      : first < 0xE0 ? 2
                      : first < 0xF0 ? 3
                      : first < 0xF5 ? 4
                                     : 0;
  if (size == 0 || size > text.size()) return -1;
  int32_t code = size == 1 ? first : first & (0x7F >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return -1;
    code = code << 6 | (byte(i) & 0x3F);
  }
  static constexpr int32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return -1;
  text.remove_prefix(size);
  return code;
}

std::string ReplaceMalformed(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    if (NextCharacter(text) < 0) {
      out.push_back('?');
      text.remove_prefix(1);
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

std::string_view FirstCharacters(std::string_view text, int count) {
  std::string_view rest = text;
  while (count-- > 0 && !rest.empty() && NextCharacter(rest) >= 0) {
  }
  return text.substr(0, text.size() - rest.size());
}

}  // namespace suyuan
