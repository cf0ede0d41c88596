#include "storage/ledger/merkle.h"

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::ledger {
namespace {

namespace json = boost::json;

// The definition of RFC 6962 2.1, as slowly as it is written: split at the largest power of two.
Hash NaiveRoot(const std::vector<Hash>& leaves, size_t begin, size_t end) {
  if (begin == end) return EmptyRoot();
  if (end - begin == 1) return leaves[begin];
  size_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  return NodeHash(NaiveRoot(leaves, begin, begin + split), NaiveRoot(leaves, begin + split, end));
}

class NaiveNodes final : public NodeSource {
 public:
  explicit NaiveNodes(const std::vector<Hash>* leaves) : leaves_(leaves) {}
  absl::StatusOr<Hash> Node(int height, uint64_t index) const override {
    const size_t width = size_t{1} << height;
    return NaiveRoot(*leaves_, index * width, (index + 1) * width);
  }

 private:
  const std::vector<Hash>* leaves_;
};

std::vector<std::string> Bytes(const std::vector<Hash>& hashes) {
  std::vector<std::string> bytes;
  for (const Hash& hash : hashes) bytes.emplace_back(AsBytes(hash));
  return bytes;
}

std::vector<Hash> Leaves(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(StrCat("leaf ", i)));
  return leaves;
}

TEST(MerkleTest, EveryInclusionProofUpToSixtyFiveLeavesVerifiesAndNoOtherLeafDoes) {
  const std::vector<Hash> leaves = Leaves(65);
  const NaiveNodes nodes(&leaves);
  for (uint64_t size = 1; size <= leaves.size(); ++size) {
    const Hash root = NaiveRoot(leaves, 0, size);
    for (uint64_t index = 0; index < size; ++index) {
      const auto proof = ProveInclusion(index, size, nodes);
      ASSERT_OK(proof);
      EXPECT_OK(VerifyInclusion(index, size, AsBytes(leaves[index]), Bytes(*proof), AsBytes(root)));
      if (size > 1) {
        EXPECT_FALSE(VerifyInclusion((index + 1) % size, size, AsBytes(leaves[index]),
                                     Bytes(*proof), AsBytes(root))
                         .ok());
      }
    }
  }
}

TEST(MerkleTest, EveryConsistencyProofUpToSixtyFiveLeavesVerifiesAndNoForkDoes) {
  const std::vector<Hash> leaves = Leaves(65);
  std::vector<Hash> fork = leaves;
  fork[0] = LeafHash("another");
  const NaiveNodes nodes(&leaves);
  for (uint64_t new_size = 1; new_size <= leaves.size(); ++new_size) {
    const Hash new_root = NaiveRoot(leaves, 0, new_size);
    for (uint64_t old_size = 1; old_size <= new_size; ++old_size) {
      const auto proof = ProveConsistency(old_size, new_size, nodes);
      ASSERT_OK(proof);
      EXPECT_OK(VerifyConsistency(old_size, new_size, AsBytes(NaiveRoot(leaves, 0, old_size)),
                                  AsBytes(new_root), Bytes(*proof)));
      EXPECT_FALSE(VerifyConsistency(old_size, new_size, AsBytes(NaiveRoot(fork, 0, old_size)),
                                     AsBytes(new_root), Bytes(*proof))
                       .ok());
    }
  }
}

// Vectors written by others (transparency-dev/merkle), the negative ones included.
class VectorTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("SUYUAN_SHARED");
    directory_ = shared != nullptr ? shared : std::string(SUYUAN_SOURCE_DIR) + "/../shared";
    directory_ += "/testdata/merkle";
    if (!std::filesystem::is_directory(directory_)) {
      GTEST_SKIP() << "no vectors at " << directory_;
    }
  }

  static std::string Field(const json::object& object, const char* name) {
    std::string bytes;
    const json::value* value = object.if_contains(name);
    if (value != nullptr && value->is_string()) {
      EXPECT_TRUE(ParseBase64(std::string(value->as_string()), &bytes));
    }
    return bytes;
  }

  static absl::Status Verify(const json::object& vector) {
    std::vector<std::string> proof;
    if (const json::value* hashes = vector.if_contains("proof"); hashes && hashes->is_array()) {
      for (const json::value& hash : hashes->as_array()) {
        std::string bytes;
        if (hash.is_string()) {
          EXPECT_TRUE(ParseBase64(std::string(hash.as_string()), &bytes));
        }
        proof.push_back(bytes);
      }
    }
    const auto number = [&](const char* name) { return vector.at(name).to_number<uint64_t>(); };
    if (vector.contains("leafIdx")) {
      return VerifyInclusion(number("leafIdx"), number("treeSize"), Field(vector, "leafHash"),
                             proof, Field(vector, "root"));
    }
    return VerifyConsistency(number("size1"), number("size2"), Field(vector, "root1"),
                             Field(vector, "root2"), proof);
  }

  std::string directory_;
};

TEST_F(VectorTest, AllPublishedInclusionAndConsistencyVectorsAreJudgedRight) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory_)) {
    std::ifstream in(file.path());
    std::stringstream text;
    text << in.rdbuf();
    const json::value vector = json::parse(text.str());
    const bool want_error = vector.at("wantErr").as_bool();
    EXPECT_EQ(Verify(vector.as_object()).ok(), !want_error) << file.path();
    ++count;
  }
  EXPECT_EQ(count, 98);
}

}  // namespace
}  // namespace suyuan::ledger
