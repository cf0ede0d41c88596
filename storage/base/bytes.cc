#include "storage/base/bytes.h"

#include "absl/strings/escaping.h"
#include "storage/base/text.h"

namespace suyuan {
namespace {

void PutInteger(std::string& out, uint64_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void PutU8(std::string& out, uint8_t value) { PutInteger(out, value, 1); }
void PutU16(std::string& out, uint16_t value) { PutInteger(out, value, 2); }
void PutU32(std::string& out, uint32_t value) { PutInteger(out, value, 4); }
void PutU64(std::string& out, uint64_t value) { PutInteger(out, value, 8); }

std::string BigEndian64(uint64_t value) {
  std::string out;
  PutU64(out, value);
  return out;
}

std::string HexOf(std::string_view bytes) { return absl::BytesToHexString(ToAbsl(bytes)); }

bool ParseHex(std::string_view hex, std::string* bytes) {
  bytes->clear();
  if (hex.size() % 2 != 0) return false;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexDigit(hex[i]), low = HexDigit(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes->push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

std::string Base64Of(std::string_view bytes) { return absl::Base64Escape(ToAbsl(bytes)); }

bool ParseBase64(std::string_view text, std::string* bytes) {
  return absl::Base64Unescape(ToAbsl(text), bytes) && Base64Of(*bytes) == text;
}

}  // namespace suyuan
