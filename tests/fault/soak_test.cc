// Everything at once, for as long as one likes: SUYUAN_SOAK_SECONDS (86400 for a day; 120 unless
// told).
#include <cstdlib>
#include <random>

#include "storage/base/clock.h"
#include "storage/base/text.h"
#include "tests/fault/victim.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

VictimOptions RandomFault(std::mt19937_64& random) {
  VictimOptions victim;
  const int some = static_cast<int>(random() % 500);
  switch (random() % 4) {
    case 0:
      victim.kill_after = some;
      break;
    case 1:
      victim.power_cut_at = 1 + random() % 1500;
      victim.seed = random();
      break;
    case 2:  // Microseconds before each sync.
      victim.under = {"strace",
                      "-f",
                      "-qq",
                      "-o",
                      "/dev/null",
                      "-e",
                      "trace=fdatasync",
                      "-e",
                      StrCat("inject=fdatasync:delay_enter=", 1000 * some)};
      victim.appends = 5;
      break;
    default:
      victim.under = {"prlimit", StrCat("--nofile=", 8 + some / 2)};
      victim.appends = 200;
  }
  return victim;
}

TEST(SoakLongTest, FaultsOfAllKindsInAnyOrderLoseNoAcknowledgedAppend) {
  const char* const told = std::getenv("SUYUAN_SOAK_SECONDS");
  const absl::Time end = SystemClock::Get()->Now() + absl::Seconds(told ? std::atoi(told) : 120);
  const TempDir dir;
  std::mt19937_64 random = SeededRandom();
  Acks acks;
  RunVictim({.dir = dir / "log", .threads = 1, .appends = 1}, &acks);  // Makes it.
  int run = 0;
  while (SystemClock::Get()->Now() < end && !HasFailure()) {
    VictimOptions victim = RandomFault(random);
    victim.dir = dir / "log";
    victim.run = ++run;
    RunVictim(victim, &acks);
    if (run % 20 == 0) ExpectAllThere(dir / "log", acks);
  }
  ExpectAllThere(dir / "log", acks);
  EXPECT_GT(acks.size(), 100u);
  std::printf("%d faults, %zu acknowledged appends, all there\n", run, acks.size());
}

}  // namespace
}  // namespace suyuan::test
