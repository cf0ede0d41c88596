#include "storage/base/log.h"

#include <atomic>
#include <cstdio>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "storage/base/clock.h"
#include "storage/base/text.h"

namespace suyuan::log {
namespace {

std::atomic<bool> quiet{false};

void AppendQuoted(std::string& line, std::string_view text) {
  line.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      line.push_back('\\');
      line.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&line, "\\u%04x", static_cast<unsigned>(c));
    } else {
      line.push_back(c);
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
