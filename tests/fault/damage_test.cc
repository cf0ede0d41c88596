// A stopped store whose files are cut or changed: it opens with what was there, or says that it is
// damaged. It never answers something else.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "storage/ledger/ledger.h"
#include "storage/ledger/verify.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Whether this is the highest bit of a block's number of restarts, without which the block has no
// hash index. Debian's RocksDB 7.8, built with its assertions, asserts at it while it opens a
// table, before it has checked the table's properties: the process ends, and serves nothing either.
bool EndsRocksDb(const std::string& table, size_t at, int bit) {
  constexpr std::string_view kRestNone("\0\0\0\0", 4);  // Less than 256 of them; not compressed.
  return bit == 7 && at >= 2 && std::string_view(table).substr(at - 2, 4) == kRestNone;
}

class DamageTest : public testing::Test {
 protected:
  // A ledger of 700 records: the first 400 in table files, the rest in the write-ahead log.
  void SetUp() override {
    log_.AppendMany(400);
    ASSERT_OK(log_.OpenRows()->Flush());
    log_.AppendMany(300);
    for (uint64_t sequence = 0; sequence <= 700; ++sequence) {
      leaves_.push_back(log_.log().GetRecord(sequence)->leaf_hash);
      roots_.push_back(*log_.log().RootAt(sequence + 1));
    }
    log_.Close();
  }

  std::vector<fs::path> Files(std::string_view extension) const {
    return FilesWhere([&](const fs::path& path) { return path.extension() == extension; });
  }
  std::vector<fs::path> FilesNamed(std::string_view beginning) const {
    return FilesWhere(
        [&](const fs::path& path) { return path.filename().string().starts_with(beginning); });
  }

  // Opens a copy of the ledger in which `file` has `bytes`. True: refused, or verify named it.
  bool Detects(const fs::path& file, const std::string& bytes) {
    const test::TempDir copy;
    fs::copy(log_.dir(), copy / "log");
    WriteFile(fs::path(copy / "log") / file.filename(), bytes);
    ledger::LedgerOptions options = log_.options();
    options.dir = copy / "log";
    const absl::StatusOr<std::unique_ptr<ledger::Ledger>> log = ledger::Ledger::Open(options);
    if (!log.ok()) return true;
    const absl::StatusOr<ledger::TreeHead> head = (*log)->GetTreeHead();
    EXPECT_OK(head);
    EXPECT_EQ(head->root, roots_[head->size - 1]) << "a wrong root for " << file;
    size_t unreadable = 0;
    for (uint64_t sequence = 0; sequence < head->size; ++sequence) {
      const absl::StatusOr<ledger::Record> record = (*log)->GetRecord(sequence);
      if (!record.ok()) {
        ++unreadable;
        continue;
      }
      EXPECT_EQ(record->leaf_hash, leaves_[sequence]) << file;
    }
    const absl::StatusOr<ledger::VerifyResult> result =
        ledger::VerifyLedger((*log)->db(), ledger::VerifyOptions());
    const bool found = !result.ok() || !result->ok();
    EXPECT_TRUE(unreadable == 0 || found) << "verify missed an unreadable record of " << file;
    return found || head->size < roots_.size();
  }

  // Changes one bit of one of the files, so many times over. How often it was refused or named.
  int Flip(const std::vector<fs::path>& files, int times) {
    EXPECT_FALSE(files.empty());
    int detected = 0;
    int left_alone = 0;
    for (int i = 0; i < times && !files.empty() && !HasFailure(); ++i) {
      const fs::path& file = files[random_() % files.size()];
      std::string bytes = ReadFile(file);
      const size_t at = random_() % bytes.size();
      const int bit = static_cast<int>(random_() % 8);
      if (file.extension() == ".sst" && EndsRocksDb(bytes, at, bit)) {
        ++left_alone;
        --i;  // Another one in its place.
        continue;
      }
      bytes[at] ^= static_cast<char>(1 << bit);
      detected += Detects(file, bytes);
    }
    std::printf("%s: %d of %d flips refused or named; the others changed nothing that is read\n",
                files.empty() ? "" : files[0].filename().c_str(), detected, times);
    if (left_alone > 0) std::printf("%d bits at which RocksDB ends were left alone\n", left_alone);
    return detected;
  }

  test::LedgerFixture log_;
  std::mt19937_64 random_ = test::SeededRandom();
  std::vector<Hash> leaves_, roots_;

 private:
  std::vector<fs::path> FilesWhere(const std::function<bool(const fs::path&)>& wanted) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(log_.dir())) {
      if (wanted(entry.path()) && entry.file_size() > 0) files.push_back(entry.path());
    }
    return files;
  }
};

// A power cut tears the log's tail: what is left is a beginning of what was there.
TEST_F(DamageTest, AWriteAheadLogCutAnywhereOpensWithABeginningOrIsRefused) {
  const std::vector<fs::path> logs = Files(".log");
  ASSERT_FALSE(logs.empty());
  for (const fs::path& file : logs) {
    const std::string bytes = ReadFile(file);
    for (int i = 0; i < 60; ++i) {
      Detects(file, bytes.substr(0, random_() % bytes.size()));
      ASSERT_FALSE(HasFailure());
    }
    for (size_t cut = 1; cut <= 16; ++cut) Detects(file, bytes.substr(0, bytes.size() - cut));
  }
}

TEST_F(DamageTest, AFlippedBitOfATableFileIsRefusedOrNamed) {
  // Not every byte of a table carries data: properties and padding may change unseen.
  Flip(Files(".sst"), 60);
}

TEST_F(DamageTest, AFlippedBitOfTheWriteAheadLogNeverChangesAnAnswer) {
  EXPECT_EQ(Flip(Files(".log"), 60), 60);
}

TEST_F(DamageTest, AFlippedBitOfTheListsOfFilesNeverChangesAnAnswer) {
  Flip(FilesNamed("MANIFEST"), 30);
  Flip(FilesNamed("CURRENT"), 10);
  Flip(FilesNamed("OPTIONS"), 10);
}

using DamageLongTest = DamageTest;

TEST_F(DamageLongTest, TwoThousandFlippedBitsOfEachKindOfFile) {
  Flip(Files(".sst"), 2000);
  EXPECT_EQ(Flip(Files(".log"), 2000), 2000);
  Flip(FilesNamed("MANIFEST"), 2000);
  Flip(FilesNamed("CURRENT"), 2000);
  Flip(FilesNamed("OPTIONS"), 2000);
}

TEST_F(DamageTest, AMissingFileIsRefusedOrNamed) {
  for (const auto& entry : fs::directory_iterator(log_.dir())) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".sst") && name != "CURRENT" && !name.starts_with("MANIFEST")) continue;
    const test::TempDir copy;
    fs::copy(log_.dir(), copy / "log");
    fs::remove(fs::path(copy / "log") / name);
    ledger::LedgerOptions options = log_.options();
    options.dir = copy / "log";
    EXPECT_FALSE(ledger::Ledger::Open(options).ok()) << name;
  }
}

}  // namespace
}  // namespace suyuan
