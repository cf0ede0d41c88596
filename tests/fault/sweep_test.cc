// One system call of a run fails, or is the last: for every call that can touch the disk. What was
// acknowledged before is there afterwards, and nothing else is wrong.
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "storage/base/text.h"
#include "storage/ledger/ledger.h"
#include "tests/fault/victim.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

constexpr char kCalls[] =
    "write,pwrite64,fdatasync,fsync,rename,unlink,ftruncate,fallocate,sync_file_range,openat,close,"
    "mkdir";

struct Fault {
  std::string call;
  int when = 0;      // Which of its calls, from 1.
  std::string what;  // As strace's inject says it: "error=EIO", "signal=KILL".
};

// Makes a ledger, opens it, appends a hundred times from two threads, closes it.
VictimOptions Season(const std::string& dir, std::vector<std::string> under) {
  return {.dir = dir, .threads = 2, .appends = 50, .under = std::move(under)};
}

bool CanTrace() {
  return std::system("strace -qq -o /dev/null true > /dev/null 2>&1") == 0;  // NOLINT
}

// How often an undisturbed run makes each call.
std::map<std::string, int> CountCalls() {
  TempDir dir;
  Acks acks;
  const std::string trace = dir / "trace";
  const int status =
      RunVictim(Season(dir / "log", {"env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-qq",
                                     "-o", trace, "-e", StrCat("trace=", kCalls)}),
                &acks);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(acks.size(), 100u);
  std::map<std::string, int> counts;
  std::ifstream lines(trace);
  for (std::string line; std::getline(lines, line);) {  // "{pid} {call}({arguments}) = {result}"
    const size_t begin = line.find_first_not_of(' ', line.find(' '));
    const size_t end = line.find('(');
    if (begin == std::string::npos || end == std::string::npos || end < begin) continue;
    const std::string call = line.substr(begin, end - begin);
    if (call.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos) {
      ++counts[call];
    }
  }
  return counts;
}

std::vector<Fault> AllFaults() {
  std::vector<Fault> faults;
  for (const auto& [call, count] : CountCalls()) {
    for (int when = 1; when <= count; ++when) {
      for (const char* what : {"error=EIO", "error=ENOSPC", "signal=KILL"}) {
        faults.push_back({call, when, what});
      }
    }
  }
  return faults;
}

void ExpectNothingLost(const Fault& fault) {
  SCOPED_TRACE(StrCat(fault.call, " ", fault.when, " ", fault.what));
  TempDir dir;
  Acks acks;
  const std::string inject = StrCat("inject=", fault.call, ":", fault.what, ":when=", fault.when);
  RunVictim(Season(dir / "log", {"env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-qq", "-o",
                                 "/dev/null", "-e", StrCat("trace=", fault.call), "-e", inject}),
            &acks);
  if (!ledger::Ledger::Exists(dir / "log")) {
    EXPECT_TRUE(acks.empty());  // It was not made yet: it is there whole or not at all.
    return;
  }
  ExpectAllThere(dir / "log", acks);
  RunVictim({.dir = dir / "log", .run = 1, .threads = 2, .appends = 5}, &acks);
  EXPECT_TRUE(acks.contains("run-1-0-4"));  // It goes on without an operator.
  ExpectAllThere(dir / "log", acks);
}

void Sweep(std::vector<Fault> faults) {
  for (const Fault& fault : faults) {
    ExpectNothingLost(fault);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(SweepTest, FortyFailedOrLastCallsLoseNoAcknowledgedAppend) {
  if (!CanTrace()) GTEST_SKIP() << "strace is not there, or may not trace";
  std::vector<Fault> faults = AllFaults();
  std::mt19937_64 random = SeededRandom();
  std::shuffle(faults.begin(), faults.end(), random);
  faults.resize(std::min<size_t>(faults.size(), 40));
  Sweep(std::move(faults));
}

TEST(SweepLongTest, EveryFailedOrLastCallLosesNoAcknowledgedAppend) {
  if (!CanTrace()) GTEST_SKIP() << "strace is not there, or may not trace";
  Sweep(AllFaults());
}

}  // namespace
}  // namespace suyuan::test
