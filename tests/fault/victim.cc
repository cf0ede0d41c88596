#include "tests/fault/victim.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/verify.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::test {
namespace {

std::vector<std::string> CommandOf(const VictimOptions& options) {
  std::vector<std::string> words = options.under;
  words.insert(words.end(),
               {SUYUAN_VICTIM, options.dir, StrCat(options.run), StrCat(options.threads),
                StrCat(options.appends), StrCat(options.power_cut_at), StrCat(options.seed)});
  return words;
}

}  // namespace

int RunVictim(const VictimOptions& options, Acks* acks) {
  const std::vector<std::string> words = CommandOf(options);
  int fds[2];
  SUYUAN_CHECK(pipe2(fds, O_CLOEXEC) == 0);
  const pid_t victim = fork();
  if (victim == 0) {
    dup2(fds[1], STDOUT_FILENO);
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    std::_Exit(127);
  }
  close(fds[1]);
  std::string told;
  char buffer[4096];
  for (ssize_t count; (count = read(fds[0], buffer, sizeof buffer)) > 0;) {
    told.append(buffer, static_cast<size_t>(count));
    const auto lines = std::count(told.begin(), told.end(), '\n');
    if (options.kill_after.has_value() && lines > *options.kill_after) kill(victim, SIGKILL);
  }
  close(fds[0]);
  int status = 0;
  waitpid(victim, &status, 0);
  told.resize(told.rfind('\n') + 1);
  std::istringstream lines(told);
  std::string key, hash;
  uint64_t sequence = 0;
  lines >> key;  // "open"
  while (lines >> key >> sequence >> hash) (*acks)[key] = {sequence, hash};
  return status;
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
    EXPECT_EQ(HexOf(AsBytes(record->leaf_hash)), ack.leaf_hash) << key;
    EXPECT_EQ(record->terms().request_key, key);
  }
  const absl::StatusOr<ledger::VerifyResult> result =
      ledger::VerifyLedger((*log)->db(), ledger::VerifyOptions());
  ASSERT_OK(result);
  EXPECT_TRUE(result->ok()) << result->errors[0].text;
}

}  // namespace suyuan::test
