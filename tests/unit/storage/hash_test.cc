#include "storage/base/hash.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

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

// D17: what compares secrets looks at all of them; a difference is found wherever it is.
TEST(EqualInConstantTimeTest, D17_FindsADifferenceInAnyBitAndInLength) {
  const std::string secret = RandomBytes(40);
  EXPECT_TRUE(EqualInConstantTime(secret, std::string(secret)));
  EXPECT_TRUE(EqualInConstantTime("", ""));
  for (size_t bit = 0; bit < secret.size() * 8; ++bit) {
    std::string other = secret;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(EqualInConstantTime(secret, other)) << bit;
  }
  for (size_t size = 0; size < secret.size(); ++size) {
    EXPECT_FALSE(EqualInConstantTime(secret, secret.substr(0, size)));
    EXPECT_FALSE(EqualInConstantTime(secret.substr(0, size), secret));
  }
}

// RFC 4231, test cases 1, 2, 3 and 6.
TEST(HmacKeyTest, KnownMessages) {
  EXPECT_EQ(HexOf(AsBytes(HmacKey(std::string(20, '\x0b')).Sign("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexOf(AsBytes(HmacKey("Jefe").Sign("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexOf(AsBytes(HmacKey(std::string(20, '\xaa')).Sign(std::string(50, '\xdd')))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(HexOf(AsBytes(HmacKey(std::string(131, '\xaa'))
                              .Sign("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacKeyTest, SignsAsTheLibraryDoes) {
  // About a block of the key, and of the message what fits the last block and what is hashed whole.
  for (const size_t size : {1, 32, 55, 56, 63, 64, 65, 119, 120, 200, 1015, 1016, 5000}) {
    const std::string key = RandomBytes(1 + size % 100);
    const std::string message = RandomBytes(size);
    Hash expected;
    unsigned int written = 0;
    ASSERT_NE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                   reinterpret_cast<const uint8_t*>(message.data()), message.size(),
                   expected.data(), &written),
              nullptr);
    EXPECT_EQ(HmacKey(key).Sign(message), expected) << size;
  }
}

}  // namespace
}  // namespace suyuan
