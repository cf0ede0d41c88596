// Cosignatures as c2sp.org/tlog-cosignature gives them.
#include "services/tlog/cosignature.h"

#include "storage/base/bytes.h"
#include "tests/support/test.h"
#include "tests/unit/tlog/vectors.h"

namespace suyuan::tlog {
namespace {

using absl::StatusCode;
using test::HasCode;

const VerifierKey& Witness1() {
  static const auto* key = new VerifierKey(*VerifierKey::Parse(vectors::kWitness1Key));
  return *key;
}

TEST(CosignatureTest, IsTheVectorToTheByte) {
  EXPECT_EQ(FormatSignature(
                Cosign(vectors::kText, "witness.example/w1", vectors::Witness1Key(), 1679315147)),
            vectors::kWitness1Line);
  EXPECT_EQ(FormatSignature(
                Cosign(vectors::kText, "witness.example/w2", vectors::Witness2Key(), 1679315148)),
            vectors::kWitness2Line);
}

TEST(CosignatureTest, SaysWhenTheWitnessSawIt) {
  const auto note = ParseNote(vectors::kNote);
  ASSERT_OK(note);
  const auto seconds = CosignedAt(*note, Witness1());
  ASSERT_OK(seconds);
  EXPECT_EQ(*seconds, 1679315147);
}

TEST(CosignatureTest, OfAnotherKeyOrOfNobodyIsNotFound) {
  const auto note = ParseNote(vectors::kText + "\n" + vectors::kLogLine + vectors::kWitness2Line);
  ASSERT_OK(note);
  EXPECT_THAT(CosignedAt(*note, Witness1()), HasCode(StatusCode::kNotFound));
}

// The witness's word is of this text at this time, and of nothing else.
TEST(CosignatureTest, DoesNotHoldForAnotherTextTimeOrLength) {
  const auto note = ParseNote(vectors::kNote);
  ASSERT_OK(note);
  Note other = *note;
  other.text.replace(other.text.find("\n7\n"), 3, "\n8\n");
  EXPECT_THAT(CosignedAt(other, Witness1()), HasCode(StatusCode::kDataLoss));
  for (size_t i = 0; i < note->signatures[1].bytes.size(); ++i) {
    other = *note;
    other.signatures[1].bytes[i] ^= 1;
    EXPECT_THAT(CosignedAt(other, Witness1()), HasCode(StatusCode::kDataLoss)) << i;
  }
  for (const size_t size : {1, 7, 8, 64, 71, 73}) {
    other = *note;
    other.signatures[1].bytes.resize(size);
    EXPECT_THAT(CosignedAt(other, Witness1()), HasCode(StatusCode::kDataLoss)) << size;
  }
}

// A time beyond 2^63 - 1 must not be; even with a good signature over its digits.
TEST(CosignatureTest, RefusesATimeThatIsNone) {
  const rpc::SigningKey key = vectors::Witness1Key();
  Note note{vectors::kText, {Cosign(vectors::kText, "witness.example/w1", key, 5)}};
  note.signatures[0].bytes =
      BigEndian64(uint64_t{1} << 63) +
      key.Sign("cosignature/v1\ntime 9223372036854775808\n" + vectors::kText);
  EXPECT_THAT(CosignedAt(note, Witness1()), HasCode(StatusCode::kDataLoss));
}

// A witness that is asked again cosigns again; the newest of its words counts.
TEST(CosignatureTest, TakesTheNewestOfSeveral) {
  const rpc::SigningKey key = vectors::Witness1Key();
  const std::string name = "witness.example/w1";
  const Note note{vectors::kText,
                  {Cosign(vectors::kText, name, key, 9), Cosign(vectors::kText, name, key, 5)}};
  const auto seconds = CosignedAt(note, Witness1());
  ASSERT_OK(seconds);
  EXPECT_EQ(*seconds, 9);
}

}  // namespace
}  // namespace suyuan::tlog
