#include "storage/base/uuid.h"

#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"

namespace suyuan {
namespace {

constexpr size_t kUuidSize = 16;

std::string TextOf(std::string bytes, int version) {
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  const std::string hex = HexOf(bytes);
  return StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                hex.substr(16, 4), "-", hex.substr(20));
}

}  // namespace

std::string RandomUuid() { return TextOf(RandomBytes(kUuidSize), 4); }

std::string UuidOf(std::string_view text) {
  return TextOf(std::string(AsBytes(Sha256(text)).substr(0, kUuidSize)), 8);
}

}  // namespace suyuan
