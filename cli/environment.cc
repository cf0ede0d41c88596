#include "cli/environment.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace suyuan::cli {

text::Language LanguageOfEnvironment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view(value).starts_with("zh") ? text::Language::kChinese
                                                     : text::Language::kEnglish;
  }
  return text::Language::kEnglish;
}

std::string DefaultConfigPath() {
  const char* home = getenv("HOME");
  if (home == nullptr || *home == '\0') return "";
  return std::string(home) + "/.config/suyuan/config.json";
}

bool StderrIsTerminal() { return isatty(STDERR_FILENO) == 1; }

}  // namespace suyuan::cli
