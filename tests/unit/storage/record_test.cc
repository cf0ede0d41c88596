#include "storage/ledger/record.h"

#include "storage/base/bytes.h"
#include "storage/ledger/merkle.h"
#include "tests/support/test.h"

namespace suyuan::ledger {
namespace {

using ::testing::ElementsAre;

Leaf SomeLeaf() {
  Leaf leaf;
  leaf.sequence = 7;
  leaf.record_micros = 1793836800000001;
  leaf.decided_micros = 1793836800000000;
  leaf.schema = 1;
  leaf.previous_leaf.fill(0x11);
  leaf.content_root.fill(0x22);
  leaf.links = {{Hash{}, kAbsent}, {Hash{}, 5}};
  leaf.links[1].tag.fill(0x33);
  return leaf;
}

std::vector<Item> SomeItems() {
  const std::string salt(kSaltSize, 's');
  Authorship authorship{1,        std::string(kKeyIdSize, 'k'), Encoding::kProto, 42,
                        "/a.B/C", std::string(64, 'g')};
  Terms terms{"party/request", {{"keys/1", 3}, {"batches/2", kAbsent}}, {{"batches/2", salt}}};
  return {{ItemType::kAuthorship, salt, authorship.Encode()},
          {ItemType::kRequest, salt, "body"},
          {ItemType::kTerms, salt, terms.Encode()},
          {ItemType::kEvent, salt, "event"}};
}

TEST(RecordTest, LeafSurvivesEncodingAndIsNinetyFourBytesAndFortyALink) {
  const std::string bytes = SomeLeaf().Encode();
  EXPECT_EQ(bytes.size(), 94u + 2 * 40u);
  const absl::StatusOr<Leaf> leaf = Leaf::Decode(bytes);
  ASSERT_OK(leaf);
  EXPECT_EQ(*leaf, SomeLeaf());
}

// The format is for ever: this vector may never change. storage/FORMAT.md quotes it.
TEST(RecordTest, LeafMatchesItsGoldenVector) {
  EXPECT_EQ(HexOf(SomeLeaf().Encode()),
            "01020001000000000000000700065f7c2d3fc00100065f7c2d3fc000"
            "1111111111111111111111111111111111111111111111111111111111111111"
            "2222222222222222222222222222222222222222222222222222222222222222"
            "0002"
            "0000000000000000000000000000000000000000000000000000000000000000ffffffffffffffff"
            "33333333333333333333333333333333333333333333333333333333333333330000000000000005");
}

TEST(RecordTest, LeafRefusesEveryTruncationAndAnyTrailingByte) {
  const std::string bytes = SomeLeaf().Encode();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(Leaf::Decode(bytes.substr(0, size)), test::HasCode(absl::StatusCode::kDataLoss));
  }
  EXPECT_THAT(Leaf::Decode(bytes + '\0'), test::HasCode(absl::StatusCode::kDataLoss));
}

TEST(RecordTest, LeafRefusesUnknownVersionsAndKinds) {
  std::string bytes = SomeLeaf().Encode();
  bytes[0] = 2;
  EXPECT_THAT(Leaf::Decode(bytes), test::HasCode(absl::StatusCode::kDataLoss));
  bytes[0] = 1;
  for (const char kind : {'\0', '\6'}) {
    bytes[1] = kind;
    EXPECT_THAT(Leaf::Decode(bytes), test::HasCode(absl::StatusCode::kDataLoss));
  }
}

TEST(RecordTest, ItemsSurviveEncodingAndRefuseEveryTruncation) {
  const std::vector<Item> items = SomeItems();
  const std::string bytes = EncodeItems(items);
  const absl::StatusOr<std::vector<Item>> decoded = DecodeItems(bytes);
  ASSERT_OK(decoded);
  EXPECT_EQ(*decoded, items);
  for (size_t size = 1; size < bytes.size(); ++size) {
    const absl::StatusOr<std::vector<Item>> cut = DecodeItems(bytes.substr(0, size));
    // A cut between two items is a shorter list; anywhere else it is refused.
    if (cut.ok()) {
      EXPECT_EQ(EncodeItems(*cut), bytes.substr(0, size));
    }
  }
}

TEST(RecordTest, TermsAndAuthorshipSurviveEncodingAndRefuseTruncation) {
  const std::vector<Item> items = SomeItems();
  const std::string authorship = items[0].bytes, terms = items[2].bytes;
  EXPECT_EQ(Authorship::Decode(authorship)->Encode(), authorship);
  EXPECT_EQ(Terms::Decode(terms)->Encode(), terms);
  for (size_t size = 0; size < authorship.size(); ++size) {
    EXPECT_FALSE(Authorship::Decode(authorship.substr(0, size)).ok()) << size;
  }
  for (size_t size = 0; size < terms.size(); ++size) {
    EXPECT_FALSE(Terms::Decode(terms.substr(0, size)).ok()) << size;
  }
}

// A change of one bit of any item changes the content root, and so the leaf.
TEST(RecordTest, ContentRootCommitsToEveryBitOfEveryItem) {
  const std::vector<Item> items = SomeItems();
  const Hash root = ContentRoot(items);
  for (size_t i = 0; i < items.size(); ++i) {
    std::vector<Item> changed = items;
    changed[i].bytes[0] ^= 1;
    EXPECT_NE(ContentRoot(changed), root);
    changed = items;
    changed[i].salt[15] ^= 1;
    EXPECT_NE(ContentRoot(changed), root);
  }
}

TEST(RecordTest, SignedTextNamesLogMethodEncodingTimeAndBody) {
  Authorship authorship{1, "", Encoding::kProto, 1700000000000000, "/suyuan.v1.S/M", ""};
  EXPECT_EQ(SignedText("lufeng/00", authorship, "abc"),
            "suyuan-request-v1\nlufeng/00\n/suyuan.v1.S/M\nproto\n1700000000000000\n"
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
}

}  // namespace
}  // namespace suyuan::ledger
