// kill -9 under load: what was told to be durable is there afterwards, unchanged.
#include <signal.h>
#include <sys/wait.h>

#include "tests/fault/victim.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

void KillManyTimes(int cycles) {
  const TempDir dir;
  std::mt19937_64 random = SeededRandom();
  Acks acks;
  for (int run = 0; run < cycles; ++run) {
    const int status = RunVictim(
        {.dir = dir / "log", .run = run, .kill_after = static_cast<int>(random() % 200)}, &acks);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the victim ended by itself with status " << status;
    if (run % 10 == 9 || run + 1 == cycles) ExpectAllThere(dir / "log", acks);
    if (testing::Test::HasFailure()) return;
  }
  std::printf("%d kills, %zu acknowledged appends, all there\n", cycles, acks.size());
}

TEST(KillTest, TwentyKillsUnderLoadLoseNoAcknowledgedAppend) { KillManyTimes(20); }

TEST(KillLongTest, FiveHundredKillsUnderLoadLoseNoAcknowledgedAppend) { KillManyTimes(500); }

}  // namespace
}  // namespace suyuan::test
