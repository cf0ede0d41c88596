// One signature for all records answered together, and a path of each to it.
#include "storage/ledger/receipt.h"

#include <latch>

#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::ledger {
namespace {

using test::HasCode;

TEST(ReceiptTest, TheTextIsByteForByteAsTheFormatSays) {
  EXPECT_EQ(ReceiptText("test/00", 7, 3, Sha256("root")),
            "suyuan-receipt-v1\ntest/00\n7\n3\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n");
}

TEST(ReceiptTest, EveryPathOfAGroupLeadsToItsRoot) {
  std::vector<Hash> leaves;
  for (uint64_t size = 1; size <= 70; ++size) {
    leaves.push_back(Sha256(StrCat("leaf ", size)));
    const GroupTree tree = MakeGroupTree(leaves);
    ASSERT_EQ(tree.root, RootOfHashes(leaves));
    for (uint64_t i = 0; i < size; ++i) {
      std::vector<std::string> proof;
      for (const Hash& hash : tree.paths[i]) proof.emplace_back(AsBytes(hash));
      ASSERT_OK(VerifyInclusion(i, size, AsBytes(leaves[i]), proof, AsBytes(tree.root)));
      const Receipt receipt{100, size, tree.paths[i], ""};
      const auto text = ReceiptTextOf(receipt, "test/00", 100 + i, leaves[i]);
      ASSERT_OK(text);
      ASSERT_EQ(*text, ReceiptText("test/00", 100, size, tree.root));
    }
  }
}

TEST(ReceiptTest, IsOfNoOtherRecordAndNoOtherPath) {
  std::vector<Hash> leaves;
  for (int i = 0; i < 5; ++i) leaves.push_back(Sha256(StrCat("leaf ", i)));
  const GroupTree tree = MakeGroupTree(leaves);
  Receipt receipt{10, 5, tree.paths[2], ""};
  EXPECT_NE(*ReceiptTextOf(receipt, "o", 12, leaves[1]), ReceiptText("o", 10, 5, tree.root));
  EXPECT_NE(*ReceiptTextOf(receipt, "o", 11, leaves[2]), ReceiptText("o", 10, 5, tree.root));
  EXPECT_THAT(ReceiptTextOf(receipt, "o", 9, leaves[2]),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReceiptTextOf(receipt, "o", 15, leaves[2]),
              HasCode(absl::StatusCode::kInvalidArgument));
  receipt.path.push_back(leaves[0]);
  EXPECT_THAT(ReceiptTextOf(receipt, "o", 12, leaves[2]),
              HasCode(absl::StatusCode::kInvalidArgument));
  receipt.path.resize(1);
  EXPECT_THAT(ReceiptTextOf(receipt, "o", 12, leaves[2]),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReceiptTextOf(Receipt(), "o", 12, leaves[2]),
              HasCode(absl::StatusCode::kInvalidArgument));
}

// Signs by repeating the text, so that a test sees what is signed, and how often.
TEST(ReceiptTest, EveryAppendIsAnsweredWithOneThatNamesItsRecord) {
  test::LedgerFixture fixture;
  std::atomic<int> signatures = 0;
  fixture.options().sign = [&](std::string_view text) {
    ++signatures;
    return std::string(text);
  };
  constexpr int kAppends = 500;
  std::latch left(kAppends);
  for (int i = 0; i < kAppends; ++i) {
    fixture.log().Append(
        test::TestAppend(fixture.clock(), StrCat("request-", i), {StrCat("batches/", i)}),
        [&left](absl::StatusOr<Appended> appended) {
          EXPECT_OK(appended);
          const auto text =
              ReceiptTextOf(appended->receipt, test::TestGenesis(test::FakeClock()).identity.origin,
                            appended->sequence, appended->leaf_hash);
          EXPECT_OK(text);
          EXPECT_EQ(*text, appended->receipt.signature);
          left.count_down();
        });
  }
  left.wait();
  EXPECT_LT(signatures, kAppends / 2);
  std::printf("%d signatures for %d appends\n", signatures.load(), kAppends);
}

TEST(ReceiptTest, ARepeatedAppendGetsOneOfItsRecordAlone) {
  test::LedgerFixture fixture;
  fixture.options().sign = [](std::string_view text) { return std::string(text); };
  const AppendRequest request = test::TestAppend(fixture.clock(), "request");
  const auto first = fixture.log().AppendAndWait(request);
  ASSERT_OK(first);
  for (int i = 0; i < 3; ++i) fixture.Append();
  const auto again = fixture.log().AppendAndWait(request);
  ASSERT_OK(again);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->leaf_hash, first->leaf_hash);
  const std::string origin = fixture.log().identity().origin;
  const std::string text = ReceiptText(origin, first->sequence, 1, first->leaf_hash);
  EXPECT_EQ(again->receipt.signature, text);
  EXPECT_EQ(fixture.log().GetReceipt(first->sequence)->signature, text);
  EXPECT_THAT(fixture.log().GetReceipt(100), HasCode(absl::StatusCode::kNotFound));
}

TEST(ReceiptTest, IsNotSignedWithoutASigner) {
  test::LedgerFixture fixture;
  EXPECT_EQ(fixture.Append().receipt.count, 0u);
}

}  // namespace
}  // namespace suyuan::ledger
