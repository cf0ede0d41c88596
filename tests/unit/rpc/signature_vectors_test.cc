// Signatures as attackers make them, after the cases of Wycheproof: what is refused, and that the
// published vectors are not. Sources: RFC 6979 A.2.5, RFC 8032 7.1.
#include <string>
#include <vector>

#include "services/rpc/invitation.h"
#include "services/rpc/keys.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  EXPECT_TRUE(ParseHex(hex, &bytes)) << hex;
  return bytes;
}

constexpr char kP256Prefix[] = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
constexpr char kEd25519Prefix[] = "302a300506032b6570032100";
// RFC 6979 A.2.5.
constexpr char kX[] = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
constexpr char kY[] = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr char kR[] =
    "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367";  // "test".
constexpr char kS[] = "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
constexpr char kOrder[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr char kZero[] = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr char kOne[] = "0000000000000000000000000000000000000000000000000000000000000001";

PublicKey P256() {
  return *PublicKey::Parse(kEcdsaP256, FromHex(StrCat(kP256Prefix, "04", kX, kY)));
}

TEST(SignatureVectorsTest, TheVectorsOfTheRfcsVerify) {
  EXPECT_TRUE(P256().Verify("test", FromHex(StrCat(kR, kS))));
  struct Vector {
    const char *secret, *key, *message, *signature;
  };
  for (const Vector& vector :
       {Vector{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
               "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
               "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6"
               "1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        Vector{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
               "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
               "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae"
               "67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}}) {
    const std::string spki = FromHex(StrCat(kEd25519Prefix, vector.key));
    const std::string message = FromHex(vector.message), signature = FromHex(vector.signature);
    EXPECT_TRUE(PublicKey::Parse(kEd25519, spki)->Verify(message, signature));
    const SigningKey key = SigningKey::FromSeed(FromHex(vector.secret));
    EXPECT_EQ(key.Spki(), spki);
    EXPECT_EQ(key.Sign(message), signature);
  }
}

// D11: of P-256 every r and s outside 1 … n−1, and every s above n/2.
TEST(SignatureVectorsTest, D11_RefusesEcdsaOutOfRange) {
  const PublicKey key = P256();
  const std::string max(64, 'f');
  for (const auto& [r, s] : std::vector<std::pair<std::string, std::string>>{
           {kZero, kZero},
           {kZero, kOne},
           {kOne, kZero},
           {kOne, kOne},
           {kOrder, kS},
           {kR, kOrder},
           {kOrder, kOne},
           {kOne, kOrder},
           {max, kS},
           {kR, max},
           {max, max},
           {kS, kR},
           {kR, kZero},
           {kZero, kS},
           // n − s: the twin.
           {kR, "fe60beeb8bd5d4ec42da6d94b639b6ea5dc07c4cd3965338e6f1887217f424ce"}}) {
    EXPECT_FALSE(key.Verify("test", FromHex(StrCat(r, s)))) << r << " " << s;
  }
}

TEST(SignatureVectorsTest, D11_RefusesOtherLengthsAndEncodings) {
  const std::string good = FromHex(StrCat(kR, kS));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(P256().Verify("test", good.substr(0, size))) << size;
  }
  EXPECT_FALSE(P256().Verify("test", good + '\0'));
  EXPECT_FALSE(P256().Verify("test", '\0' + good));
  // As DER, which other systems exchange.
  EXPECT_FALSE(P256().Verify("test", FromHex(StrCat("3045022100", kR, "0220", kS))));
}

// D11: S + L names the same signature again (RFC 8032 5.1.7 asks for S < L).
TEST(SignatureVectorsTest, D11_RefusesEd25519OutOfRange) {
  const std::string spki = FromHex(
      StrCat(kEd25519Prefix, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
  const PublicKey key = *PublicKey::Parse(kEd25519, spki);
  const std::string r = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da";
  EXPECT_TRUE(key.Verify(
      "\x72",
      FromHex(StrCat(r, "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"))));
  EXPECT_FALSE(key.Verify(
      "\x72",
      FromHex(StrCat(r, "f52db7415978abc61b2c2eb6aeebfca0387b2eaeb4302aeeb00d291612bb0c10"))));
  EXPECT_FALSE(key.Verify("\x72", FromHex(StrCat(r, kZero))));
  EXPECT_FALSE(key.Verify("\x72", FromHex(StrCat(r, std::string(64, 'f')))));
  // The identity as R, and R that is no point.
  EXPECT_FALSE(key.Verify("\x72", FromHex(StrCat("01", std::string(62, '0'), kZero))));
  EXPECT_FALSE(key.Verify("\x72", FromHex(StrCat(std::string(64, 'f'), kZero))));
}

// D11: whoever enrols a point of small order could let any text pass. All encodings, both signs.
TEST(SignatureVectorsTest, D11_RefusesEveryPointOfSmallOrder) {
  for (const char* y : {"0000000000000000000000000000000000000000000000000000000000000000",
                        "0100000000000000000000000000000000000000000000000000000000000000",
                        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    std::string point = FromHex(y);
    for (const char sign : {'\x00', '\x80'}) {
      point.back() = static_cast<char>((point.back() & 0x7f) | sign);
      const std::string spki = FromHex(kEd25519Prefix) + point;
      EXPECT_FALSE(PublicKey::Parse(kEd25519, spki).ok()) << HexOf(point);
    }
  }
}

// A key has one encoding, as its id is a hash of it: the same point otherwise written is no key.
TEST(SignatureVectorsTest, RefusesAKeyInAnotherEncoding) {
  const std::string compressed =
      FromHex(StrCat("3039301306072a8648ce3d020106082a8648ce3d03010703220003", kX));
  EXPECT_FALSE(PublicKey::Parse(kEcdsaP256, compressed).ok());
  const std::string hybrid = FromHex(StrCat(kP256Prefix, "07", kX, kY));
  EXPECT_FALSE(PublicKey::Parse(kEcdsaP256, hybrid).ok());
  const std::string infinity = FromHex("301a301306072a8648ce3d020106082a8648ce3d03010703030000");
  EXPECT_FALSE(PublicKey::Parse(kEcdsaP256, infinity).ok());
}

TEST(InvitationTest, ACodeHasOneKeyInEachLedgerHoweverItIsTyped) {
  const SigningKey key = *KeyOfCode("test/00", "ABCD-EFGH-JKMN-PQRS");
  EXPECT_EQ(
      HexOf(key.Spki()),
      "302a300506032b657003210065e05f078569231021eebed194362cb70bfa9a9b9f77b3149d02ff5012a0e4c8");
  EXPECT_EQ(KeyOfCode("test/00", "abcd efgh jkmn pqrs")->Spki(), key.Spki());
  EXPECT_NE(KeyOfCode("test/01", "ABCD-EFGH-JKMN-PQRS")->Spki(), key.Spki());
  EXPECT_EQ(KeyOfCode("test/00", "OIL0-0000-0000-0000")->Spki(),
            KeyOfCode("test/00", "0110-0000-0000-0000")->Spki());
}

TEST(InvitationTest, RefusesWhatIsNoCode) {
  for (const char* code : {"", "ABCD", "ABCD-EFGH-JKMN-PQR", "ABCD-EFGH-JKMN-PQRSX",
                           "ABCD-EFGH-JKMN-PQRU", "ABCD_EFGH_JKMN_PQRS", "邀请码"}) {
    EXPECT_THAT(KeyOfCode("test/00", code), test::HasCode(absl::StatusCode::kInvalidArgument))
        << code;
  }
}

TEST(InvitationTest, CodesAreLongAndDiffer) {
  const std::string code = NewCode();
  EXPECT_EQ(code.size(), 19u);
  EXPECT_TRUE(KeyOfCode("test/00", code).ok());
  EXPECT_NE(NewCode(), code);
}

TEST(InvitationTest, NamesOfKeysAreOfTheirCollectionAndOfNothingElse) {
  const std::string name = NameOfKey("keys", kEcdsaP256, "spki");
  EXPECT_TRUE(IsKeyName("keys", name));
  EXPECT_FALSE(IsKeyName("invitations", name));
  std::string upper = name;
  upper[5] = 'A';
  for (const std::string& wrong :
       {std::string("keys"), std::string("keys/"), name + "0", name.substr(0, name.size() - 1),
        upper, "x" + name, std::string("keys/") + std::string(32, 'g')}) {
    EXPECT_FALSE(IsKeyName("keys", wrong)) << wrong;
  }
}

}  // namespace
}  // namespace suyuan::rpc
