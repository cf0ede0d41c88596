// Synced writes that are gone again: RocksDB opens with the beginning that is left and cannot know;
// the mark does.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "storage/ledger/ledger.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan {
namespace {

namespace fs = std::filesystem;

TEST(LostTailTest, AWriteAheadLogCutBelowTheMarkIsRefusedAndAboveItOpens) {
  test::LedgerFixture log;
  const test::TempDir marks;
  log.options().mark_dir = marks / "mark";
  log.AppendMany(100);
  ASSERT_OK(log.log().AdvanceMark(*log.log().GetTreeHead()));
  for (int i = 0; i < 50; ++i) log.Append();  // Above the mark: may have been acknowledged.
  log.Close();
  std::mt19937_64 random = test::SeededRandom();
  int refused = 0, opened = 0;
  for (const auto& entry : fs::directory_iterator(log.dir())) {
    if (entry.path().extension() != ".log" || entry.file_size() == 0) continue;
    for (int i = 0; i < 80; ++i) {
      const test::TempDir copy;
      fs::copy(log.dir(), copy / "log");
      fs::copy(marks / "mark", copy / "mark");
      fs::resize_file(fs::path(copy / "log") / entry.path().filename(),
                      random() % entry.file_size());
      ledger::LedgerOptions options = log.options();
      options.dir = copy / "log";
      options.mark_dir = copy / "mark";
      const absl::StatusOr<std::unique_ptr<ledger::Ledger>> cut = ledger::Ledger::Open(options);
      if (cut.ok()) {
        EXPECT_GE((*cut)->GetTreeHead()->size, 101u);
        ++opened;
        continue;
      }
      const std::string message(cut.status().message());
      EXPECT_TRUE(message.starts_with("MARK_TAIL_LOST:") ||
                  message.starts_with("MARK_ROLLED_BACK:") || absl::IsDataLoss(cut.status()))
          << message;
      ++refused;
    }
  }
  EXPECT_GT(refused, 10);
  EXPECT_GT(opened, 0);
}

}  // namespace
}  // namespace suyuan
