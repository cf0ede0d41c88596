#include "storage/base/hash.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "storage/base/bytes.h"

namespace suyuan {
namespace {

// By another way through the library.
Hash Expected(std::string_view message) {
  Hash hash;
  unsigned int size = 0;
  EXPECT_EQ(EVP_Digest(message.data(), message.size(), hash.data(), &size, EVP_sha256(), nullptr),
            1);
  EXPECT_EQ(size, kHashSize);
  return hash;
}

// FIPS 180-4's examples, as NIST published them.
TEST(HashTest, KnownMessages) {
  EXPECT_EQ(HexOf(AsBytes(Sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexOf(AsBytes(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(HexOf(AsBytes(Sha256(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(HashTest, EveryLengthInOneAndInFourParts) {
  const std::string bytes = RandomBytes(2200);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string_view message = std::string_view(bytes).substr(0, size);
    const Hash expected = Expected(message);
    ASSERT_EQ(Sha256(message), expected) << size;
    const size_t third = size / 3;
    ASSERT_EQ(Sha256(message.substr(0, third), message.substr(third, third), "",
                     message.substr(2 * third)),
              expected)
        << size;
  }
}

TEST(HashTest, AKeptHmacKeySignsAsTheOneShotCall) {
  for (const size_t size : {1, 32, 64}) {
    const std::string key = RandomBytes(size);
    EXPECT_EQ(HmacKey(key).Sign("what is signed"), HmacSha256(key, "what is signed")) << size;
  }
}

}  // namespace
}  // namespace suyuan
