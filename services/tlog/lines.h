// Lines of the public text formats.
#pragma once

#include <string_view>

namespace suyuan::tlog {

// Takes the next line off the front, without its newline. False: there is no whole line left.
inline bool TakeLine(std::string_view& text, std::string_view* line) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  *line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace suyuan::tlog
