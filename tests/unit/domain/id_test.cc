#include "services/domain/id.h"

#include <set>

#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::domain {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kRequest = "00000000-0000-4000-8000-000000000001";

TEST(IdTest, IsKnownFromPartyRequestAndIndexAlone) {
  const std::string id = MakeId("T3ST", "P", kRequest, 0);
  EXPECT_EQ(id, MakeId("T3ST", "P", kRequest, 0));
  EXPECT_EQ(id.size(), 20u);
  EXPECT_TRUE(id.starts_with("T3ST"));
  EXPECT_TRUE(ValidId(id));
  std::set<std::string> ids;
  for (int index = 0; index < 500; ++index) ids.insert(MakeId("T3ST", "P", kRequest, index));
  EXPECT_EQ(ids.size(), 500u);
  EXPECT_NE(MakeId("T3ST", "Q", kRequest, 0), id);
}

// Ids are for ever: this vector may never change.
TEST(IdTest, MatchesItsGoldenVector) {
  EXPECT_EQ(MakeId("T3ST", "", kRequest, 0), "T3STX0NRQZTZJ7Z7QNDE");
}

TEST(IdTest, FindsEverySingleWrongCharacter) {
  const std::string id = MakeId("T3ST", "P", kRequest, 7);
  for (size_t at = 0; at < id.size(); ++at) {
    for (const char c : kAlphabet) {
      if (c == id[at]) continue;
      std::string wrong = id;
      wrong[at] = c;
      EXPECT_FALSE(ValidId(wrong)) << wrong;
    }
  }
}

TEST(IdTest, FindsEveryExchangeOfTwoCharacters) {
  const std::string id = MakeId("T3ST", "P", kRequest, 7);
  for (size_t a = 0; a < id.size(); ++a) {
    for (size_t b = a + 1; b < id.size(); ++b) {
      if (id[a] == id[b]) continue;
      std::string wrong = id;
      std::swap(wrong[a], wrong[b]);
      EXPECT_FALSE(ValidId(wrong)) << wrong;
    }
  }
}

TEST(IdTest, NamesBelongToOneCollection) {
  const std::string id = MakeId("T3ST", "P", kRequest, 0);
  EXPECT_TRUE(ValidName("batches", StrCat("batches/", id)));
  EXPECT_FALSE(ValidName("batches", StrCat("sites/", id)));
  EXPECT_FALSE(ValidName("batches", id));
  EXPECT_FALSE(ValidName("batches", StrCat("batches/", id, "0")));
  EXPECT_FALSE(ValidName("batches", "batches/"));
}

}  // namespace
}  // namespace suyuan::domain
