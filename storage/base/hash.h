// SHA-256, HMAC and randomness, over OpenSSL. The only place in storage/ that includes it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace suyuan {

constexpr size_t kHashSize = 32;
// A SHA-256 digest.
using Hash = std::array<uint8_t, kHashSize>;

inline std::string_view AsBytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
// Aborts unless `bytes` is 32 bytes long.
Hash HashFromBytes(std::string_view bytes);

// SHA-256 over the concatenation of the parts. Thread-safe.
Hash Sha256(std::string_view a, std::string_view b = {}, std::string_view c = {},
            std::string_view d = {});

// HMAC-SHA-256 (RFC 2104) with one key: an eighth of the time of OpenSSL's one-shot call, which
// looks its algorithm up and hashes the key's two blocks each time. Thread-safe.
class HmacKey {
 public:
  using State = std::array<uint32_t, 8>;  // Of SHA-256 after a block.

  explicit HmacKey(std::string_view key);
  Hash Sign(std::string_view message) const;

 private:
  State inner_, outer_;  // After the key's block.
};

// Fills from the operating system's generator; a failure ends the process.
std::string RandomBytes(size_t count);

// True if equal; takes the same time wherever they differ. Different lengths: false.
bool EqualInConstantTime(std::string_view a, std::string_view b);

}  // namespace suyuan
