// Checkpoints as C2SP's documents give them.
#include "services/tlog/checkpoint.h"

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::tlog {
namespace {

using test::HasCode;

ledger::TreeHead Head(uint64_t size) { return {size, Sha256("root")}; }

class CheckpointTest : public testing::Test {
 protected:
  const rpc::SigningKey key_ = rpc::SigningKey::Generate(rpc::kEd25519);
  const std::string origin_ = "lufeng/00112233445566778899aabbccddeeff";
  const std::string verifier_ = VerifierKeyOf(origin_, key_);
};

TEST_F(CheckpointTest, IsANoteOfThreeLinesAndASignature) {
  const std::string note = SignCheckpoint(origin_, Head(42), key_);
  const std::string text = StrCat(origin_, "\n42\n", Base64Of(AsBytes(Sha256("root"))),
                                  "\n\n\xe2\x80\x94 ", origin_, " ");
  EXPECT_TRUE(note.starts_with(text));
  EXPECT_TRUE(note.ends_with("\n"));
  std::string signature;
  ASSERT_TRUE(ParseBase64(note.substr(text.size(), note.size() - text.size() - 1), &signature));
  EXPECT_EQ(signature.size(), 4u + 64u);
}

TEST_F(CheckpointTest, OpensWithTheKeyThatSignedIt) {
  const auto head = OpenCheckpoint(SignCheckpoint(origin_, Head(7), key_), verifier_);
  ASSERT_OK(head);
  EXPECT_EQ(head->size, 7u);
  EXPECT_EQ(head->root, Sha256("root"));
}

// A published example: the verifier key of the Go checksum database and what it says of its hash.
TEST(VerifierKeyTest, HashesNameTypeAndKeyAsGoDoes) {
  constexpr char kSumDb[] = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
  const auto opened = OpenCheckpoint("x\n\n\xe2\x80\x94 sum.golang.org AAAA\n", kSumDb);
  EXPECT_THAT(opened, HasCode(absl::StatusCode::kDataLoss));
  std::string typed;
  ASSERT_TRUE(ParseBase64("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", &typed));
  EXPECT_EQ(HexOf(AsBytes(Sha256("sum.golang.org", "\n", typed)).substr(0, 4)), "033de0ae");
}

TEST_F(CheckpointTest, RefusesEveryChangedByte) {
  const std::string note = SignCheckpoint(origin_, Head(42), key_);
  for (size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    changed[i] ^= 1;
    EXPECT_FALSE(OpenCheckpoint(changed, verifier_).ok()) << i;
  }
}

TEST_F(CheckpointTest, RefusesAnotherKeyAnotherLogAndNoCheckpoint) {
  const std::string note = SignCheckpoint(origin_, Head(42), key_);
  const rpc::SigningKey other = rpc::SigningKey::Generate(rpc::kEd25519);
  EXPECT_THAT(OpenCheckpoint(note, VerifierKeyOf(origin_, other)),
              HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenCheckpoint(note, VerifierKeyOf("other", key_)),
              HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenCheckpoint(note, "lufeng"), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(OpenCheckpoint("", verifier_), HasCode(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace suyuan::tlog
