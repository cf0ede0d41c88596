#include "storage/base/log.h"

#include <atomic>
#include <cstdio>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "storage/base/clock.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"

namespace suyuan::log {
namespace {

std::atomic<bool> quiet{false};

// What a terminal or another reader would take for more than text: controls, also those of one byte
// that begin an escape (U+009B), and what ends or reorders a line.
bool Escaped(int32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

// A JSON string of one line, whatever the bytes are.
void AppendQuoted(std::string& line, std::string_view text) {
  line.push_back('"');
  while (!text.empty()) {
    const std::string_view before = text;
    const int32_t code = NextCharacter(text);
    if (code < 0) {
      line += "\\ufffd";
      text.remove_prefix(1);
    } else if (Escaped(code)) {
      absl::StrAppendFormat(&line, "\\u%04x", static_cast<unsigned>(code));
    } else {
      if (code == '"' || code == '\\') line.push_back('\\');
      line += before.substr(0, before.size() - text.size());
    }
  }
  line.push_back('"');
}

void Write(std::string_view level, std::string_view message, std::initializer_list<Field> fields) {
  std::string line = "{\"time\":";
  AppendQuoted(line, absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", SystemClock::Get()->Now(),
                                      absl::UTCTimeZone()));
  StrAppend(&line, ",\"level\":\"", level, "\",\"message\":");
  AppendQuoted(line, message);
  for (const auto& [key, value] : fields) {
    line.push_back(',');
    AppendQuoted(line, key);
    line.push_back(':');
    AppendQuoted(line, value);
  }
  line += "}\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void Info(std::string_view message, std::initializer_list<Field> fields) {
  if (!quiet.load(std::memory_order_relaxed)) Write("info", message, fields);
}
void Warning(std::string_view message, std::initializer_list<Field> fields) {
  Write("warning", message, fields);
}
void Error(std::string_view message, std::initializer_list<Field> fields) {
  Write("error", message, fields);
}
void SetQuiet(bool value) { quiet.store(value, std::memory_order_relaxed); }

}  // namespace suyuan::log
