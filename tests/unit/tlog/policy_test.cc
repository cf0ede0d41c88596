// Policies as c2sp.org/tlog-policy gives them.
#include "services/tlog/policy.h"

#include "services/tlog/cosignature.h"
#include "storage/base/text.h"
#include "tests/support/test.h"
#include "tests/unit/tlog/vectors.h"

namespace suyuan::tlog {
namespace {

using absl::StatusCode;
using test::HasCode;
using testing::HasSubstr;

const std::string kLog = "log " + vectors::kLogKey + "\n";
const std::string kW1 = "witness w1 " + vectors::kWitness1Key + "\n";
const std::string kW2 = "witness w2 " + vectors::kWitness2Key + " https://w2.example/prefix\n";

std::string NewKey(const std::string& name, KeyType type) {
  return VerifierKeyOf(name, rpc::SigningKey::Generate(rpc::kEd25519), type);
}

absl::StatusCode CodeOf(const std::string& policy, const std::string& note) {
  const auto parsed = Policy::Parse(policy);
  EXPECT_OK(parsed);
  return parsed.ok() ? parsed->Open(note).status().code() : parsed.status().code();
}

std::string NoteWith(const std::string& lines) { return vectors::kText + "\n" + lines; }

TEST(PolicyTest, ReadsLogsWitnessesAndTheirAddresses) {
  const auto policy = Policy::Parse("# who we trust\n\n\t " + kLog + kW1 + kW2 +
                                    "group  both\tall w1 w2 \nquorum both\n");
  ASSERT_OK(policy);
  ASSERT_EQ(policy->logs().size(), 1u);
  EXPECT_EQ(policy->logs()[0].key.name(), "example.com/log");
  ASSERT_EQ(policy->witnesses().size(), 2u);
  EXPECT_EQ(policy->witnesses()[0].url, "");
  EXPECT_EQ(policy->witnesses()[1].url, "https://w2.example/prefix");
}

TEST(PolicyTest, OpensACheckpointAndSaysWhoSawIt) {
  const auto policy = Policy::Parse(kLog + kW1 + kW2 + "group both all w1 w2\nquorum both\n");
  ASSERT_OK(policy);
  const auto trusted = policy->Open(vectors::kNote);
  ASSERT_OK(trusted);
  EXPECT_EQ(trusted->checkpoint.head.size, 7u);
  ASSERT_EQ(trusted->cosigned.size(), 2u);
  EXPECT_EQ(trusted->cosigned[1].witness, "w2");
  EXPECT_EQ(trusted->cosigned[1].seconds, 1679315148);
}

TEST(PolicyTest, WantsTheQuorumAndNothingLess) {
  const std::string both = kLog + kW1 + kW2 + "group g all w1 w2\nquorum g\n";
  const std::string any = kLog + kW1 + kW2 + "group g any w1 w2\nquorum g\n";
  const std::string one = kLog + kW1 + kW2 + "group g 1 w1 w2\nquorum g\n";
  const std::string first = kLog + kW1 + kW2 + "quorum w1\n";
  const std::string none = kLog + "quorum none\n";
  const std::string by_log = NoteWith(vectors::kLogLine);
  const std::string by_w2 = NoteWith(vectors::kLogLine + vectors::kWitness2Line);
  EXPECT_EQ(CodeOf(both, by_w2), StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf(any, by_w2), StatusCode::kOk);
  EXPECT_EQ(CodeOf(one, by_w2), StatusCode::kOk);
  EXPECT_EQ(CodeOf(first, by_w2), StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf(any, by_log), StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf(none, by_log), StatusCode::kOk);
}

// The policy's own example: two of X, one of Y, both groups.
TEST(PolicyTest, CountsGroupsOfGroups) {
  std::string text = kLog;
  for (const std::string name : {"X1", "X2", "X3", "Y1", "Y2", "Y3"}) {
    text += StrCat("witness ", name, " ", NewKey(name, KeyType::kCosignature), "\n");
  }
  const auto policy = Policy::Parse(text +
                                    "group X-witnesses 2 X1 X2 X3\n"
                                    "group Y-witnesses any Y1 Y2 Y3\n"
                                    "group X-and-Y all X-witnesses Y-witnesses\n"
                                    "quorum X-and-Y\n");
  ASSERT_OK(policy);
  EXPECT_TRUE(policy->QuorumOf({"X1", "X3", "Y2"}));
  EXPECT_TRUE(policy->QuorumOf({"X1", "X2", "X3", "Y1", "Y2", "Y3"}));
  EXPECT_FALSE(policy->QuorumOf({"X1", "Y1", "Y2", "Y3"}));
  EXPECT_FALSE(policy->QuorumOf({"X1", "X2", "X3"}));
  EXPECT_FALSE(policy->QuorumOf({"X1", "X1", "Y1"}));
  EXPECT_FALSE(policy->QuorumOf({}));
}

TEST(PolicyTest, NamesWhyACheckpointIsNotTrusted) {
  const std::string policy = kLog + kW1 + "quorum w1\n";
  const std::string other = "log " + NewKey("example.com/other", KeyType::kEd25519) + "\n";
  const std::string forged = "log " + NewKey("example.com/log", KeyType::kEd25519) + "\n";
  std::string wrong = vectors::kNote;
  wrong.replace(wrong.find("\n7\n"), 3, "\n8\n");
  EXPECT_EQ(CodeOf(policy, "nonsense"), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(other + "quorum none\n", vectors::kNote), StatusCode::kNotFound);
  EXPECT_EQ(CodeOf("quorum none\n", vectors::kNote), StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(forged + "quorum none\n", vectors::kNote), StatusCode::kDataLoss);
  EXPECT_EQ(CodeOf(policy, wrong), StatusCode::kDataLoss);
  EXPECT_EQ(CodeOf(policy, NoteWith(vectors::kWitness1Line)), StatusCode::kDataLoss);
}

// A log in rotation signs with both its keys; either is enough, and a wrong one spoils all.
TEST(PolicyTest, TakesEitherKeyOfALogThatHasTwo) {
  const std::string two =
      "log " + NewKey("example.com/log", KeyType::kEd25519) + "\n" + kLog + "quorum none\n";
  EXPECT_EQ(CodeOf(two, vectors::kNote), StatusCode::kOk);
}

TEST(PolicyTest, OfALogAloneNeedsNoWitness) {
  const Policy policy = Policy::OfLog(*VerifierKey::Parse(vectors::kLogKey));
  EXPECT_OK(policy.Open(NoteWith(vectors::kLogLine)));
}

TEST(PolicyTest, TakesThirtyTwoOfEachAndHasALimit) {
  std::string text;
  for (int i = 0; i < 32; ++i) {
    text += StrCat("log ", NewKey(StrCat("l", i), KeyType::kEd25519), "\n");
    text += StrCat("witness w", i, " ", NewKey("w", KeyType::kCosignature), "\n");
    text += StrCat("group g", i, " any w", i, "\n");
  }
  EXPECT_OK(Policy::Parse(text + "quorum g31\n"));
  for (int i = 32; i < 65; ++i) {
    text += StrCat("witness w", i, " ", NewKey("w", KeyType::kCosignature), "\n");
  }
  EXPECT_THAT(Policy::Parse(text + "quorum none\n"), HasCode(StatusCode::kInvalidArgument));
}

class MalformedPolicyTest : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(MalformedPolicyTest, IsRefusedWithItsLine) {
  const auto policy = Policy::Parse(GetParam().first);
  EXPECT_THAT(policy, HasCode(StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(policy.status().message()), HasSubstr(GetParam().second));
}
INSTANTIATE_TEST_SUITE_P(
    Policies, MalformedPolicyTest,
    testing::Values(std::pair("", "no quorum"), std::pair(kLog, "no quorum"),
                    std::pair(std::string("quorum none"), "does not end"),
                    std::pair("quorum none\nquorum none\n", "line 2: a second quorum"),
                    std::pair("quorum w1\n" + kW1, "line 1: w1 is not defined above"),
                    std::pair("quorum\n", "quorum NAME"),
                    std::pair("quorum none x\n", "quorum NAME"),
                    std::pair("trust me\n", "line 1: neither"), std::pair("log\n", "log KEY"),
                    std::pair(std::string("log x\n"), "verifier key"),
                    std::pair("log " + vectors::kWitness1Key + "\n", "not a log's"),
                    std::pair("witness w " + vectors::kLogKey + "\n", "not a witness's"),
                    std::pair(kLog + kLog, "line 2: the log is given twice"),
                    std::pair(kW1 + "witness w3 " + vectors::kWitness1Key + "\n", "given twice"),
                    std::pair(kW1 + "witness w1 " + vectors::kWitness2Key + "\n", "w1 is taken"),
                    std::pair("witness none " + vectors::kWitness1Key + "\n", "none is taken"),
                    std::pair(kW1 + "group g any\n", "group NAME"),
                    std::pair(kW1 + "group w1 any w1\n", "w1 is taken"),
                    std::pair(kW1 + "group g any w2\n", "w2 is not defined"),
                    std::pair(kW1 + "group g any g\n", "g is not defined"),
                    std::pair(kW1 + "group g any none\n", "none is not defined"),
                    std::pair(kW1 + "group g all w1 w1\n", "in a group already"),
                    std::pair(kW1 + "group g any w1\ngroup h any w1\n", "in a group already"),
                    std::pair(kW1 + "group g 0 w1\n", "threshold"),
                    std::pair(kW1 + "group g 2 w1\n", "threshold"),
                    std::pair(kW1 + "group g 01 w1\n", "threshold"),
                    std::pair(kW1 + "group g some w1\n", "threshold"),
                    std::pair("quorum none\r\n", "control character"),
                    std::pair(std::string(kPolicyBytesMax, '\n') + "quorum none\n", "too long")));

}  // namespace
}  // namespace suyuan::tlog
