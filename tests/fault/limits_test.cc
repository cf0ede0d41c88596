// A process with too few file handles or too little memory: it ends or refuses, loses nothing, and
// opens again without an operator once it has enough.
#include <sys/wait.h>

#include "storage/base/text.h"
#include "storage/ledger/ledger.h"
#include "tests/fault/victim.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

// Runs victims under ever wider limits until one ends well; each must leave a whole ledger.
void WidenUntilItWorks(const std::string& option, uint64_t from, uint64_t step, uint64_t most) {
  const TempDir dir;
  Acks acks;
  RunVictim({.dir = dir / "log", .threads = 1, .appends = 1}, &acks);  // Makes it.
  int failed = 0, run = 0;
  for (uint64_t limit = from;; limit += step) {
    ASSERT_LE(limit, most) << "it never worked";
    const int status = RunVictim({.dir = dir / "log",
                                  .run = ++run,
                                  .appends = 100,
                                  .under = {"prlimit", StrCat("--", option, "=", limit)}},
                                 &acks);
    ExpectAllThere(dir / "log", acks);
    if (testing::Test::HasFailure()) return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
    ++failed;
  }
  EXPECT_GT(failed, 0);
  EXPECT_TRUE(acks.contains(StrCat("run-", run, "-7-99")));
  std::printf("%d victims with too little, then one with enough; %zu appends, all there\n", failed,
              acks.size());
}

TEST(LimitsTest, TooFewFileHandlesLoseNothing) { WidenUntilItWorks("nofile", 8, 1, 1024); }

TEST(LimitsTest, TooLittleMemoryLosesNothing) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(_GLIBCXX_TSAN)
  GTEST_SKIP() << "a sanitizer wants terabytes of addresses";
#endif
  WidenUntilItWorks("as", 64 << 20, 16 << 20, 8ull << 30);
}

}  // namespace
}  // namespace suyuan::test
