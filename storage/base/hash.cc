// SHA256_* as of OpenSSL 1.1: what a log hashes is short, and EVP's way to the same function takes
// as long again as hashing 64 bytes does.
#define OPENSSL_API_COMPAT 0x10101000L
#include "storage/base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>

#include "storage/base/status.h"

namespace suyuan {
namespace {

// Fetching an algorithm costs more than an HMAC: once a process.
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

Hash HashFromBytes(std::string_view bytes) {
  SUYUAN_CHECK(bytes.size() == kHashSize);
  Hash hash;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

Hash Sha256(std::string_view a, std::string_view b, std::string_view c, std::string_view d) {
  SHA256_CTX context;
  Hash hash;
  SUYUAN_CHECK(SHA256_Init(&context) == 1);
  for (const std::string_view part : {a, b, c, d}) {
    if (!part.empty()) SUYUAN_CHECK(SHA256_Update(&context, part.data(), part.size()) == 1);
  }
  SUYUAN_CHECK(SHA256_Final(hash.data(), &context) == 1);
  return hash;
}

Hash HmacSha256(std::string_view key, std::string_view message) {
  Hash hash;
  unsigned int size = 0;
  SUYUAN_CHECK(HMAC(Sha256Algorithm(), key.data(), static_cast<int>(key.size()),
                    reinterpret_cast<const uint8_t*>(message.data()), message.size(), hash.data(),
                    &size) != nullptr);
  return hash;
}

HmacKey::HmacKey(std::string_view key) {
  constexpr size_t kBlock = 64;
  SUYUAN_CHECK(key.size() <= kBlock);
  std::string block(key);
  block.resize(kBlock);
  for (const char c : block) {
    inner_.push_back(static_cast<char>(c ^ 0x36));
    outer_.push_back(static_cast<char>(c ^ 0x5c));
  }
}

Hash HmacKey::Sign(std::string_view message) const {
  const Hash inner = Sha256(inner_, message);
  return Sha256(outer_, AsBytes(inner));
}

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  SUYUAN_CHECK(RAND_bytes(reinterpret_cast<uint8_t*>(bytes.data()), static_cast<int>(count)) == 1);
  return bytes;
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace suyuan
