// kill -9 under load: what was told to be durable is there afterwards, unchanged.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/verify.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan {
namespace {

struct Ack {
  uint64_t sequence;
  std::string leaf_hash;
};
using Acks = std::map<std::string, Ack>;

// Starts the victim, kills it after it told `acks_wanted` appends or more, and adds what it told.
// The oracle is this process: nothing it knows comes from the victim's disk.
void RunAndKill(const std::string& dir, int run, int acks_wanted, Acks* acks) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  const pid_t victim = fork();
  if (victim == 0) {
    dup2(fds[1], STDOUT_FILENO);
    const std::string number = StrCat(run);
    execl(SUYUAN_VICTIM, SUYUAN_VICTIM, dir.c_str(), number.c_str(), "8", nullptr);
    std::_Exit(127);
  }
  close(fds[1]);
  std::string told;
  char buffer[4096];
  bool killed = false;
  for (ssize_t count; (count = read(fds[0], buffer, sizeof buffer)) > 0;) {
    told.append(buffer, static_cast<size_t>(count));
    const auto lines = std::count(told.begin(), told.end(), '\n');
    if (!killed && lines > acks_wanted) {
      kill(victim, SIGKILL);
      killed = true;
    }
  }
  close(fds[0]);
  int status = 0;
  waitpid(victim, &status, 0);
  ASSERT_TRUE(killed) << "the victim ended by itself with status " << status;
  told.resize(told.rfind('\n') + 1);
  std::istringstream lines(told);
  std::string key, hash;
  uint64_t sequence = 0;
  lines >> key;  // "open"
  while (lines >> key >> sequence >> hash) (*acks)[key] = {sequence, hash};
}

void ExpectAllThere(const std::string& dir, const Acks& acks) {
  ledger::LedgerOptions options;
  options.dir = dir;
  options.clock = SystemClock::Get();
  const absl::StatusOr<std::unique_ptr<ledger::Ledger>> log = ledger::Ledger::Open(options);
  ASSERT_OK(log);
  for (const auto& [key, ack] : acks) {
    const absl::StatusOr<ledger::Record> record = (*log)->GetRecord(ack.sequence);
    ASSERT_OK(record) << key;
    EXPECT_EQ(HexOf(AsBytes(ledger::LeafHash(record->leaf.Encode()))), ack.leaf_hash) << key;
    EXPECT_EQ(record->terms().request_key, key);
  }
  const absl::StatusOr<ledger::VerifyResult> result =
      ledger::VerifyLedger((*log)->db(), ledger::VerifyOptions());
  ASSERT_OK(result);
  EXPECT_TRUE(result->ok()) << result->errors[0].text;
}

void KillManyTimes(int cycles) {
  const test::TempDir dir;
  std::mt19937_64 random = test::SeededRandom();
  Acks acks;
  for (int run = 0; run < cycles; ++run) {
    RunAndKill(dir / "log", run, static_cast<int>(random() % 200), &acks);
    if (testing::Test::HasFatalFailure()) return;
    if (run % 10 == 9 || run + 1 == cycles) ExpectAllThere(dir / "log", acks);
    if (testing::Test::HasFailure()) return;
  }
  std::printf("%d kills, %zu acknowledged appends, all there\n", cycles, acks.size());
}

TEST(KillTest, TwentyKillsUnderLoadLoseNoAcknowledgedAppend) { KillManyTimes(20); }

TEST(KillLongTest, FiveHundredKillsUnderLoadLoseNoAcknowledgedAppend) { KillManyTimes(500); }

}  // namespace
}  // namespace suyuan
