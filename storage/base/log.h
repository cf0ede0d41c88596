// One JSON line on stderr per message: constant text, data in fields. No personal data, no
// payloads.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace suyuan::log {

using Field = std::pair<std::string_view, std::string>;

// Thread-safe.
void Info(std::string_view message, std::initializer_list<Field> fields = {});
void Warning(std::string_view message, std::initializer_list<Field> fields = {});
void Error(std::string_view message, std::initializer_list<Field> fields = {});

// Drops Info lines, for tests and the CLI.
void SetQuiet(bool quiet);

}  // namespace suyuan::log
