// Proofs as c2sp.org/tlog-proof gives them.
#include "services/tlog/proof.h"

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "tests/support/test.h"
#include "tests/unit/tlog/vectors.h"

namespace suyuan::tlog {
namespace {

using absl::StatusCode;
using test::HasCode;

class ProofTest : public testing::Test {
 protected:
  absl::StatusCode CodeOf(const Proof& proof, const std::string& leaf = "leaf 4") {
    return VerifyProof(proof, ledger::LeafHash(leaf), policy_).status().code();
  }
  const Policy policy_ = Policy::OfLog(*VerifierKey::Parse(vectors::kLogKey));
  const Proof proof_ = *ParseProof(vectors::kProof);
};

TEST_F(ProofTest, IsReadAndWrittenToTheByteOfTheVector) {
  EXPECT_EQ(proof_.index, 4u);
  EXPECT_EQ(proof_.extra, "leaf 4");
  EXPECT_EQ(proof_.hashes.size(), 3u);
  EXPECT_EQ(proof_.checkpoint, vectors::kNote);
  EXPECT_EQ(FormatProof(proof_), vectors::kProof);
}

TEST_F(ProofTest, HoldsOfflineWithThePolicyAlone) {
  const auto trusted = VerifyProof(proof_, ledger::LeafHash("leaf 4"), policy_);
  ASSERT_OK(trusted);
  EXPECT_EQ(trusted->checkpoint.head.size, 7u);
}

TEST_F(ProofTest, MayHaveNoExtraDataAndNoHashes) {
  const Proof bare{std::nullopt, 0, {}, "note\n"};
  EXPECT_EQ(FormatProof(bare), "c2sp.org/tlog-proof@v1\nindex 0\n\nnote\n");
  const auto read = ParseProof(FormatProof(bare));
  ASSERT_OK(read);
  EXPECT_EQ(read->extra, std::nullopt);
  EXPECT_TRUE(read->hashes.empty());
}

TEST_F(ProofTest, DoesNotHoldForAnotherLeafIndexOrPath) {
  EXPECT_EQ(CodeOf(proof_, "leaf 5"), StatusCode::kDataLoss);
  Proof other = proof_;
  other.index = 5;
  EXPECT_EQ(CodeOf(other), StatusCode::kDataLoss);
  other.index = 7;
  EXPECT_EQ(CodeOf(other), StatusCode::kOutOfRange);
  other = proof_;
  other.hashes.pop_back();
  EXPECT_EQ(CodeOf(other), StatusCode::kDataLoss);
  other.hashes = {proof_.hashes[1], proof_.hashes[0], proof_.hashes[2]};
  EXPECT_EQ(CodeOf(other), StatusCode::kDataLoss);
}

TEST_F(ProofTest, OfAnotherLogIsToldApart) {
  const Policy stranger = Policy::OfLog(*VerifierKey::Parse(
      VerifierKeyOf("example.com/other", rpc::SigningKey::Generate(rpc::kEd25519))));
  EXPECT_THAT(VerifyProof(proof_, ledger::LeafHash("leaf 4"), stranger),
              HasCode(StatusCode::kNotFound));
}

TEST_F(ProofTest, RefusesEveryChangedByteButOfWhatNobodyVouchesFor) {
  const size_t end_of_log_line = vectors::kProof.find(vectors::kWitness1Line);
  const size_t extra = vectors::kProof.find("bGVhZiA0");
  for (size_t i = 0; i < end_of_log_line; ++i) {
    if (i >= extra && i < extra + 8) continue;
    std::string changed = vectors::kProof;
    changed[i] ^= 1;
    const auto read = ParseProof(changed);
    EXPECT_FALSE(read.ok() && CodeOf(*read) == StatusCode::kOk) << i;
  }
}

class MalformedProofTest : public testing::TestWithParam<std::string> {};

TEST_P(MalformedProofTest, IsRefused) {
  EXPECT_THAT(ParseProof(GetParam()), HasCode(StatusCode::kInvalidArgument));
}
const std::string kFirst = "c2sp.org/tlog-proof@v1\n";
const std::string kHash = "la3xW37122c4aouvvv7k0UVmKvpFB0DhhoVT6DSO06A=\n";
INSTANTIATE_TEST_SUITE_P(
    Proofs, MalformedProofTest,
    testing::Values("", "\n", kFirst, "c2sp.org/tlog-proof@v2\nindex 0\n\nx\n", kFirst + "index 0",
                    kFirst + "index 0\n", kFirst + "index 0\n\n", kFirst + "index 00\n\nx\n",
                    kFirst + "index -1\n\nx\n", kFirst + "index +1\n\nx\n",
                    kFirst + "index 9223372036854775808\n\nx\n", kFirst + "index \n\nx\n",
                    kFirst + "index 0\nextra AAAA\n\nx\n", kFirst + "extra AAA\nindex 0\n\nx\n",
                    kFirst + "extra AAAA\nextra AAAA\nindex 0\n\nx\n",
                    kFirst + "index 0\n" + kHash + "x\n", kFirst + "index 0\nAAAA\n\nx\n",
                    kFirst + "index 0\r\n\nx\n", kFirst + "index 0\n" + kHash + kHash));

TEST_F(ProofTest, HasLimits) {
  std::string hashes;
  for (int i = 0; i < 63; ++i) hashes += kHash;
  EXPECT_OK(ParseProof(kFirst + "index 0\n" + hashes + "\nx\n"));
  EXPECT_FALSE(ParseProof(kFirst + "index 0\n" + hashes + kHash + "\nx\n").ok());
  const std::string most(kProofExtraMax, 'x');
  EXPECT_OK(ParseProof(FormatProof({most, 0, {}, "x\n"})));
  EXPECT_FALSE(ParseProof(FormatProof({most + "x", 0, {}, "x\n"})).ok());
  EXPECT_FALSE(ParseProof(kFirst + "index 0\n\n" + std::string(1 << 20, 'x')).ok());
}

}  // namespace
}  // namespace suyuan::tlog
