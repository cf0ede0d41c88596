// SHA256_* as of OpenSSL 1.1: what a log hashes is short, and EVP's way to the same function takes
// as long again as hashing 64 bytes does.
#define OPENSSL_API_COMPAT 0x10101000L
#include "storage/base/hash.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <iterator>

#include "storage/base/status.h"

namespace suyuan {
namespace {

static_assert(std::endian::native == std::endian::little);
constexpr size_t kBlock = SHA256_CBLOCK;
constexpr size_t kPaddingMin = 1 + 8;  // A set bit, and the message's length.
constexpr size_t kShort = 1024;        // With its padding.

SHA256_CTX Begin() {
  SHA256_CTX context;
  SUYUAN_CHECK(SHA256_Init(&context) == 1);
  return context;
}

// Most of what a log hashes is a few blocks of a few parts. Joined and padded here (FIPS
// 180-4, 5.1.1) it goes to the compression at once, and not part by part through a context's own
// buffer: 20 to 30 ns less each, which is a third of a block.
Hash FinishShort(SHA256_CTX& context, std::initializer_list<std::string_view> parts, size_t size) {
  unsigned char blocks[kShort];
  unsigned char* end = blocks;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    std::memcpy(end, part.data(), part.size());
    end += part.size();
  }
  const size_t padded = (size + kPaddingMin + kBlock - 1) / kBlock * kBlock;
  *end++ = 0x80;
  std::memset(end, 0, static_cast<size_t>(blocks + padded - end));
  const uint64_t bits = __builtin_bswap64(context.Nl + uint64_t{size} * 8);
  std::memcpy(blocks + padded - sizeof bits, &bits, sizeof bits);
  SUYUAN_CHECK(SHA256_Update(&context, blocks, padded) == 1);
  Hash hash;
  for (size_t i = 0; i < std::size(context.h); ++i) {
    const SHA_LONG word = __builtin_bswap32(context.h[i]);
    std::memcpy(hash.data() + i * sizeof word, &word, sizeof word);
  }
  return hash;
}

// The hash of the parts, behind a whole block or nothing that the context has hashed.
Hash Finish(SHA256_CTX context, std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  if (size <= kShort - kPaddingMin) return FinishShort(context, parts, size);
  for (const std::string_view part : parts) {
    if (!part.empty()) SUYUAN_CHECK(SHA256_Update(&context, part.data(), part.size()) == 1);
  }
  Hash hash;
  SUYUAN_CHECK(SHA256_Final(hash.data(), &context) == 1);
  return hash;
}

// RFC 2104's block of a key, each byte changed by `pad`, and the state that it leaves.
HmacKey::State AfterKey(std::string block, char pad) {
  for (char& c : block) c = static_cast<char>(c ^ pad);
  SHA256_CTX context = Begin();
  SUYUAN_CHECK(SHA256_Update(&context, block.data(), block.size()) == 1);
  HmacKey::State state;
  std::copy(std::begin(context.h), std::end(context.h), state.begin());
  return state;
}

SHA256_CTX Behind(const HmacKey::State& state) {
  SHA256_CTX context = Begin();
  std::copy(state.begin(), state.end(), context.h);
  context.Nl = 8 * kBlock;
  return context;
}

}  // namespace

Hash HashFromBytes(std::string_view bytes) {
  SUYUAN_CHECK(bytes.size() == kHashSize);
  Hash hash;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

Hash Sha256(std::string_view a, std::string_view b, std::string_view c, std::string_view d) {
  return Finish(Begin(), {a, b, c, d});
}

HmacKey::HmacKey(std::string_view key) {
  std::string block(key.size() <= kBlock ? key : AsBytes(Sha256(key)));
  block.resize(kBlock);
  inner_ = AfterKey(block, 0x36);
  outer_ = AfterKey(block, 0x5c);
}

Hash HmacKey::Sign(std::string_view message) const {
  const Hash inner = Finish(Behind(inner_), {message});
  return Finish(Behind(outer_), {AsBytes(inner)});
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
