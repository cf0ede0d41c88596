// A ledger in a temporary directory and appends that are easy to read in a test.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/ledger/ledger.h"
#include "tests/support/test.h"

namespace suyuan::test {

// The key that every append of a test is signed with; nobody checks.
ledger::Authorship TestAuthorship(std::string method = "/suyuan.v1.Test/Append");
ledger::Genesis TestGenesis(const Clock& clock);

// An append of one event, decided now, that writes `streams` at any version.
ledger::AppendRequest TestAppend(const Clock& clock, const std::string& request_key,
                                 const std::vector<std::string>& streams = {"batches/A"});

// Creates a ledger, and opens and closes it as often as a test likes.
class LedgerFixture {
 public:
  LedgerFixture();

  FakeClock& clock() { return clock_; }
  ledger::LedgerOptions& options() { return options_; }
  const std::string& dir() const { return options_.dir; }
  ledger::Ledger& log();  // Opens it if it is closed.
  void Close() { ledger_.reset(); }

  // Appends TestAppend with the next request key; aborts unless it is OK.
  ledger::Appended Append(const std::vector<std::string>& streams = {"batches/A"});
  void AppendMany(size_t count);

  // The closed ledger's rows, to damage. Closes the ledger.
  std::unique_ptr<kv::Db> OpenRows();

 private:
  TempDir dir_;
  FakeClock clock_;
  ledger::LedgerOptions options_;
  std::unique_ptr<ledger::Ledger> ledger_;
  int next_key_ = 0;
};

}  // namespace suyuan::test
