// Writes an export of a small ledger, for tests/golden/verify_test.py: export_tool FOLDER RECORDS.
#include <cstdio>
#include <cstdlib>

#include "storage/ledger/export.h"
#include "tests/support/ledger_fixture.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  suyuan::test::LedgerFixture log;
  log.AppendMany(static_cast<size_t>(std::atoi(argv[2])));
  const absl::Status status = suyuan::ledger::ExportLedger(log.log(), argv[1]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
