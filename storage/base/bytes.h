// Big-endian bytes in and out. Every stored integer of this project is big-endian and fixed-width.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace suyuan {

void PutU8(std::string& out, uint8_t value);
void PutU16(std::string& out, uint16_t value);
void PutU32(std::string& out, uint32_t value);
void PutU64(std::string& out, uint64_t value);
std::string BigEndian64(uint64_t value);

// Reads forward over bytes it does not own. Thread-compatible. After a read past the end every
// further read returns zero or empty and ok() is false, so a parser checks once, at its end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  uint8_t U8() { return Integer<uint8_t>(); }
  uint16_t U16() { return Integer<uint16_t>(); }
  uint32_t U32() { return Integer<uint32_t>(); }
  uint64_t U64() { return Integer<uint64_t>(); }
  std::string_view Bytes(size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }  // All read, nothing left over.

 private:
  template <typename Width>
  Width Integer() {
    Width value = 0;
    for (const char c : Bytes(sizeof(Width))) {
      value = static_cast<Width>(uint64_t{value} << 8 | static_cast<uint8_t>(c));
    }
    return value;
  }
  std::string_view rest_;
  bool ok_ = true;
};

std::string HexOf(std::string_view bytes);
// False if `hex` is not pairs of lower- or upper-case hex digits.
bool ParseHex(std::string_view hex, std::string* bytes);
std::string Base64Of(std::string_view bytes);
bool ParseBase64(std::string_view text, std::string* bytes);  // Strict: padded, no blanks.

}  // namespace suyuan
