// The power goes, and with it all that was not synced: bytes of files, new files, new names. What
// was told to be durable is there afterwards.
#include <sys/wait.h>

#include <random>

#include "tests/fault/victim.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

void CutPowerManyTimes(int cycles) {
  const TempDir dir;
  std::mt19937_64 random = SeededRandom();
  Acks acks;
  RunVictim({.dir = dir / "log", .threads = 1, .appends = 1}, &acks);  // Makes it.
  int lossy = 0;
  for (int run = 1; run <= cycles; ++run) {
    // Opening takes some thirty operations, a group of appends two.
    const uint64_t cut_at = 1 + random() % (run % 4 == 0 ? 40 : 1500);
    const int status = RunVictim(
        {.dir = dir / "log", .run = run, .power_cut_at = cut_at, .seed = random()}, &acks);
    ASSERT_TRUE(WIFEXITED(status)) << status;
    ASSERT_TRUE(WEXITSTATUS(status) == kPowerCutLost || WEXITSTATUS(status) == kPowerCutLostNothing)
        << "the victim ended by itself with " << WEXITSTATUS(status) << " in run " << run;
    lossy += WEXITSTATUS(status) == kPowerCutLost;
    if (run % 5 == 0 || run == cycles) ExpectAllThere(dir / "log", acks);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(lossy, cycles / 4);  // Or the cuts would prove nothing.
  std::printf("%d power cuts, %d of them lost unsynced data; %zu acknowledged appends, all there\n",
              cycles, lossy, acks.size());
}

TEST(PowerTest, ThirtyPowerCutsLoseNoAcknowledgedAppend) { CutPowerManyTimes(30); }

TEST(PowerLongTest, AThousandPowerCutsLoseNoAcknowledgedAppend) { CutPowerManyTimes(1000); }

}  // namespace
}  // namespace suyuan::test
