// The power of a copy goes at each operation on its disk in turn: what stands afterwards is a
// beginning of its leader's log, no shorter than it had told, and it follows on from there.
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <random>
#include <vector>

#include "storage/base/text.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/verify.h"
#include "tests/fault/victim.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::test {
namespace {

namespace fs = std::filesystem;

constexpr int kRecords = 100;  // A write: tiles of 256 fill up on the way.

class FollowerPowerTest : public testing::Test {
 protected:
  FollowerPowerTest() {
    leader_.AppendMany(5);
    EXPECT_OK(leader_.log().Checkpoint(dir_ / "copy"));
    leader_.AppendMany(700);
    leader_.Close();
  }

  struct Run {
    int code = -1;               // Of its exit; -1: it was killed.
    std::vector<uint64_t> told;  // Its durable sizes.
  };
  // Runs a copy in `name`, which is made where there is none.
  Run Follow(const std::string& name, uint64_t cut_at, uint64_t seed) {
    const std::string copy = dir_ / name;
    if (!fs::exists(copy)) fs::copy(dir_ / "copy", copy, fs::copy_options::recursive);
    const std::string command = StrCat("exec ", SUYUAN_FOLLOWER_VICTIM, " ", leader_.dir(), " ",
                                       copy, " ", kRecords, " ", cut_at, " ", seed);
    FILE* victim = popen(command.c_str(), "re");
    Run run;
    for (uint64_t size; std::fscanf(victim, "%lu", &size) == 1;) run.told.push_back(size);
    const int status = pclose(victim);
    if (WIFEXITED(status)) run.code = WEXITSTATUS(status);
    return run;
  }
  void ExpectTheLeadersLog(const std::string& name) {
    ledger::LedgerOptions options;
    options.dir = dir_ / name;
    const auto copy = ledger::Ledger::OpenReadOnly(options);
    ASSERT_OK(copy);
    EXPECT_EQ((*copy)->GetTreeHead()->root, leader_.log().GetTreeHead()->root);
    const auto verified = ledger::VerifyLedger((*copy)->db(), ledger::VerifyOptions());
    EXPECT_TRUE(verified.ok() && verified->ok());
  }

  TempDir dir_;
  LedgerFixture leader_;
};

TEST_F(FollowerPowerTest, ACutAtEachOperationLeavesABeginningThatFollowsOn) {
  std::mt19937_64 random = SeededRandom();
  int lossy = 0;
  uint64_t cut_at = 1;
  for (;; ++cut_at) {
    const std::string name = StrCat("cut-", cut_at);
    const Run cut = Follow(name, cut_at, random());
    if (cut.code == 0) break;  // It was through before.
    ASSERT_TRUE(cut.code == kPowerCutLost || cut.code == kPowerCutLostNothing) << cut.code;
    lossy += cut.code == kPowerCutLost;
    const Run on = Follow(name, 0, 0);
    ASSERT_EQ(on.code, 0) << name;
    if (!cut.told.empty()) {
      EXPECT_GE(on.told.front(), cut.told.back()) << name;
    }
    ExpectTheLeadersLog(name);
    fs::remove_all(dir_ / name);
    if (HasFailure()) return;
  }
  EXPECT_GT(cut_at, 20u);
  EXPECT_GT(lossy, 5);
  std::printf("%lu power cuts, %d of them lost unsynced data\n", cut_at - 1, lossy);
}

}  // namespace
}  // namespace suyuan::test
