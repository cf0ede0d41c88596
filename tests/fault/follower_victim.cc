// Follows a ledger in another directory, some records a write, to its end, and tells each durable
// size on stdout, the first as it opened: "{size}\n". With POWER_CUT_AT its disk forgets, at that
// operation, what was not synced, and it ends. Usage: follower_victim LEADER COPY RECORDS
// POWER_CUT_AT (0: never) SEED
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "storage/base/text.h"
#include "tests/fault/victim.h"
#include "tests/support/leader.h"

namespace suyuan {
namespace {

void Tell(uint64_t size) {
  const std::string told = StrCat(size, "\n");
  if (write(STDOUT_FILENO, told.data(), told.size()) < 0) std::_Exit(3);
}

int Main(const std::string& leader_dir, const std::string& copy_dir, uint64_t records,
         uint64_t cut_at, uint64_t seed) {
  kv::VolatileFiles files({.seed = seed, .cut_at = cut_at, .on_cut = test::EndWithoutPower});
  ledger::LedgerOptions options;
  options.clock = SystemClock::Get();
  options.accept_clock = true;  // Leader and copy are of a test's own time.
  options.dir = leader_dir;
  const auto leader = ledger::Ledger::OpenReadOnly(options);
  options.dir = copy_dir;
  options.mark_dir = copy_dir + ".mark";
  options.follow = true;
  options.verify_poisoned = true;
  if (cut_at != 0) options.files = &files;
  const auto copy = ledger::Ledger::Open(options);
  for (const absl::Status& status : {leader.status(), copy.status()}) {
    if (status.ok()) continue;
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 6;
  }
  const uint64_t end = (*leader)->GetTreeHead()->size;
  uint64_t size = (*copy)->GetTreeHead()->size;
  Tell(size);
  while (size < end) {
    const uint64_t count = std::min(records, end - size);
    if (!(*copy)->Follow(test::Show(**leader, size, count, end)).ok()) return 4;
    size += count;
    Tell(size);
  }
  return 0;
}

}  // namespace
}  // namespace suyuan

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  return suyuan::Main(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10),
                      std::strtoull(argv[4], nullptr, 10), std::strtoull(argv[5], nullptr, 10));
}
