// UUIDs in text, lower case (RFC 9562).
#pragma once

#include <string>
#include <string_view>

namespace suyuan {

std::string RandomUuid();  // Version 4.
// The same text, the same UUID: version 8, from SHA-256. For requests that must happen once.
std::string UuidOf(std::string_view text);

}  // namespace suyuan
