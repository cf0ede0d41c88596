// Authenticated encryption: AES-256-GCM (NIST SP 800-38D), over OpenSSL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace suyuan {

constexpr size_t kAeadKeySize = 32;
constexpr size_t kAeadNonceSize = 12;  // Random: at most 2^32 texts under one key.
constexpr size_t kAeadTagSize = 16;

// Nonce ‖ ciphertext ‖ tag. `bound` is not in it: who opens must know the same. Aborts unless `key`
// is 32 bytes long. Thread-safe.
std::string Seal(std::string_view key, std::string_view bound, std::string_view text);
// Nothing: another key, another `bound`, or not the bytes that Seal made.
std::optional<std::string> Unseal(std::string_view key, std::string_view bound,
                                  std::string_view sealed);

}  // namespace suyuan
