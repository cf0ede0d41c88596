#include "services/rpc/keys.h"

#include <sys/stat.h>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  EXPECT_TRUE(ParseHex(hex, &bytes));
  return bytes;
}

// RFC 6979 A.2.5, P-256 with SHA-256, message "sample"; the RFC's s is high, its twin is n − s.
const char kRfc6979Spki[] =
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const char kRfc6979R[] = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const char kRfc6979HighS[] = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const char kRfc6979LowS[] = "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";

// RFC 8032 7.1, test 2: one byte 0x72.
const char kRfc8032Spki[] =
    "302a300506032b6570032100"
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const char kRfc8032Signature[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(KeysTest, VerifiesThePublishedVectors) {
  const PublicKey p256 = *PublicKey::Parse(kEcdsaP256, FromHex(kRfc6979Spki));
  EXPECT_TRUE(p256.Verify("sample", FromHex(StrCat(kRfc6979R, kRfc6979LowS))));
  EXPECT_FALSE(p256.Verify("samplE", FromHex(StrCat(kRfc6979R, kRfc6979LowS))));
  const PublicKey ed25519 = *PublicKey::Parse(kEd25519, FromHex(kRfc8032Spki));
  EXPECT_TRUE(ed25519.Verify("\x72", FromHex(kRfc8032Signature)));
  EXPECT_FALSE(ed25519.Verify("\x73", FromHex(kRfc8032Signature)));
}

// Two encodings of one signature would make two authorships of one act.
TEST(KeysTest, RefusesTheTwinWithHighS) {
  const PublicKey key = *PublicKey::Parse(kEcdsaP256, FromHex(kRfc6979Spki));
  EXPECT_FALSE(key.Verify("sample", FromHex(StrCat(kRfc6979R, kRfc6979HighS))));
}

TEST(KeysTest, SignsWhatItVerifiesAndNothingElse) {
  for (const uint8_t algorithm : {kEcdsaP256, kEd25519}) {
    const SigningKey key = SigningKey::Generate(algorithm);
    const PublicKey own = *PublicKey::Parse(algorithm, key.Spki());
    const PublicKey other = *PublicKey::Parse(algorithm, SigningKey::Generate(algorithm).Spki());
    for (int i = 0; i < 50; ++i) {
      const std::string text = StrCat("text ", i), signature = key.Sign(text);
      ASSERT_EQ(signature.size(), kSignatureSize);
      EXPECT_TRUE(own.Verify(text, signature));
      EXPECT_FALSE(other.Verify(text, signature));
      std::string changed = signature;
      changed[static_cast<size_t>(i) % kSignatureSize] ^= 1;
      EXPECT_FALSE(own.Verify(text, changed));
      EXPECT_FALSE(own.Verify(text, signature.substr(1)));
    }
  }
}

TEST(KeysTest, RefusesMalformedForeignAndSmallOrderKeys) {
  const std::string good = FromHex(kRfc6979Spki);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(PublicKey::Parse(kEcdsaP256, good.substr(0, size)).ok());
  }
  EXPECT_FALSE(PublicKey::Parse(kEcdsaP256, good + '\0').ok());
  EXPECT_FALSE(PublicKey::Parse(kEd25519, good).ok());
  EXPECT_FALSE(PublicKey::Parse(3, good).ok());
  std::string off_curve = good;
  off_curve.back() ^= 1;
  EXPECT_FALSE(PublicKey::Parse(kEcdsaP256, off_curve).ok());
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    EXPECT_FALSE(
        PublicKey::Parse(kEd25519, FromHex(StrCat("302a300506032b6570032100", point))).ok());
  }
}

TEST(KeysTest, AKeyFileIsForItsOwnerAloneAndNeverOverwritten) {
  const test::TempDir dir;
  const SigningKey key = SigningKey::Generate(kEcdsaP256);
  ASSERT_OK(key.Save(dir / "key.pem"));
  struct stat about {};
  ASSERT_EQ(stat((dir / "key.pem").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(SigningKey::Load(dir / "key.pem")->KeyId(), key.KeyId());
  EXPECT_THAT(key.Save(dir / "key.pem"), test::HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(SigningKey::Load(dir / "none"), test::HasCode(absl::StatusCode::kNotFound));
  EXPECT_FALSE(SigningKey::FromPem("nonsense").ok());
}

}  // namespace
}  // namespace suyuan::rpc
