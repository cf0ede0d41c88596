// Appends from several threads until it is killed, or so many times each, and tells each durable
// append on stdout: "{request key} {sequence} {hex leaf hash}\n". Then "end\n", and it closes.
// With POWER_CUT_AT its disk forgets, at that operation, what was not synced, and it ends.
// Usage: ledger_victim DIR RUN THREADS APPENDS (0: for ever) POWER_CUT_AT (0: never) SEED
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/text.h"
#include "tests/fault/victim.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan {
namespace {

// One write(2) a line: what the reader has of a line, it has whole or knows to be cut.
void Tell(const std::string& line) {
  if (write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(3);
}

void Append(ledger::Ledger& log, int run, int thread, int appends) {
  for (int i = 0; appends == 0 || i < appends; ++i) {
    const std::string key = StrCat("run-", run, "-", thread, "-", i);
    const ledger::AppendRequest request = test::TestAppend(
        *SystemClock::Get(), key, {StrCat("batches/", thread, "-", i % 50), "batches/shared"});
    const absl::StatusOr<ledger::Appended> appended = log.AppendAndWait(request);
    if (!appended.ok()) std::_Exit(4);
    Tell(StrCat(key, " ", appended->sequence, " ", HexOf(AsBytes(appended->leaf_hash)), "\n"));
  }
}

// Small enough that files are written, merged and deleted all the time.
constexpr size_t kBlockCacheBytes = 8 << 20, kWriteBufferBytes = 256 << 10;

int Main(const std::string& dir, int run, int threads, int appends, uint64_t cut_at,
         uint64_t seed) {
  kv::VolatileFiles files({.seed = seed, .cut_at = cut_at, .on_cut = test::EndWithoutPower});
  kv::Memory memory(kBlockCacheBytes, kWriteBufferBytes);
  ledger::LedgerOptions options;
  options.dir = dir;
  options.clock = SystemClock::Get();
  options.mark_dir = dir + ".mark";
  options.verify_poisoned = run > 0;
  if (!ledger::Ledger::Exists(dir) &&
      !ledger::Ledger::Create(options, test::TestGenesis(*options.clock)).ok()) {
    return 5;
  }
  if (cut_at != 0) {
    options.files = &files;
    options.memory = &memory;
  }
  absl::StatusOr<std::unique_ptr<ledger::Ledger>> log = ledger::Ledger::Open(options);
  if (!log.ok()) {
    std::fprintf(stderr, "%s\n", log.status().ToString().c_str());
    return 6;
  }
  Tell("open\n");
  std::vector<std::thread> appenders;
  for (int i = 0; i < threads; ++i) {
    appenders.emplace_back([&log, run, i, appends] { Append(**log, run, i, appends); });
  }
  for (std::thread& appender : appenders) appender.join();
  Tell("end\n");
  return 0;
}

}  // namespace
}  // namespace suyuan

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  return suyuan::Main(argv[1], std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]),
                      std::strtoull(argv[5], nullptr, 10), std::strtoull(argv[6], nullptr, 10));
}
