#include "storage/ledger/backup.h"

#include <filesystem>

#include "storage/ledger/files.h"
#include "tests/support/test.h"

namespace suyuan::ledger {
namespace {

namespace fs = std::filesystem;
using test::HasCode;
using testing::ElementsAre;

class BackupTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("log/CURRENT", "one");
    Write("log/000007.sst", std::string(5000, 's'));
    Write("vault/rows", "a person");
  }
  void Write(const std::string& path, const std::string& bytes) {
    fs::create_directories(fs::path(data_ / path).parent_path());
    ASSERT_OK(WriteWholeFile(data_ / path, bytes));
  }
  std::vector<BackupPart> Parts() const {
    return {{"log", data_ / "log"},
            {"vault", data_ / "vault", absl::Hours(24 * 30)},
            {"files", data_ / "files"}};
  }
  uint64_t Add() { return *folder_.Add(Parts(), "about\n", clock_.Now()); }
  // Files below objects/.
  std::vector<fs::path> Objects() const {
    std::vector<fs::path> objects;
    for (const auto& entry : fs::recursive_directory_iterator(backups_ / "objects")) {
      if (entry.is_regular_file()) objects.push_back(entry.path());
    }
    std::sort(objects.begin(), objects.end());
    return objects;
  }

  test::TempDir data_, backups_, to_;
  test::FakeClock clock_;
  BackupFolder folder_ = *BackupFolder::Open(backups_.path());
};

TEST_F(BackupTest, WhatIsRestoredIsWhatWasThere) {
  fs::permissions(data_ / "vault/rows", fs::perms::owner_read);
  ASSERT_EQ(Add(), 1u);
  ASSERT_OK(folder_.Restore(1, "log", to_ / "log"));
  EXPECT_EQ(*ReadWholeFile(to_ / "log/CURRENT"), "one");
  EXPECT_EQ(*ReadWholeFile(to_ / "log/000007.sst"), std::string(5000, 's'));
  ASSERT_OK(folder_.Restore(1, "vault", to_ / "vault"));
  EXPECT_EQ(fs::status(to_ / "vault/rows").permissions(), fs::perms::owner_read);
  EXPECT_THAT(folder_.Restore(1, "log", to_ / "log"),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(folder_.Restore(1, "files", to_ / "files"), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(folder_.Restore(2, "log", to_ / "other"), HasCode(absl::StatusCode::kNotFound));
  const Backup backup = folder_.List()->at(0);
  EXPECT_EQ(backup.about, "about\n");
  EXPECT_EQ(backup.time, clock_.Now());
  EXPECT_THAT(backup.parts, ElementsAre("log", "vault"));
}

TEST_F(BackupTest, KeepsAFileOnceHoweverManyBackupsHoldIt) {
  Add();
  const std::vector<fs::path> objects = Objects();
  ASSERT_EQ(objects.size(), 3u);
  const auto written = fs::last_write_time(objects[0]);
  Write("log/CURRENT", "two");
  EXPECT_EQ(Add(), 2u);
  EXPECT_EQ(Objects().size(), 4u);
  EXPECT_EQ(fs::last_write_time(objects[0]), written);
  ASSERT_OK(folder_.Restore(1, "log", to_ / "one"));
  ASSERT_OK(folder_.Restore(2, "log", to_ / "two"));
  EXPECT_EQ(*ReadWholeFile(to_ / "one/CURRENT"), "one");
  EXPECT_EQ(*ReadWholeFile(to_ / "two/CURRENT"), "two");
}

TEST_F(BackupTest, AnyFlippedBitOfAnyFileIsFound) {
  Add();
  std::mt19937_64 random = test::SeededRandom();
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(backups_.path())) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  ASSERT_EQ(files.size(), 6u);
  for (int i = 0; i < 300; ++i) {
    const fs::path& file = files[i % files.size()];
    const std::string sound = *ReadWholeFile(file.string());
    std::string bytes = sound;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    ASSERT_OK(WriteWholeFile(file.string(), bytes));
    EXPECT_THAT(folder_.Check(1), HasCode(absl::StatusCode::kDataLoss)) << file;
    ASSERT_OK(WriteWholeFile(file.string(), sound));
  }
  EXPECT_OK(folder_.Check(1));
}

TEST_F(BackupTest, ADamagedOrLostFileIsWrittenAgainByTheNextBackup) {
  Add();
  const std::vector<fs::path> objects = Objects();
  ASSERT_OK(WriteWholeFile(objects[0].string(), "x"));
  fs::remove(objects[1]);
  EXPECT_THAT(folder_.Check(1), HasCode(absl::StatusCode::kDataLoss));
  Add();
  EXPECT_OK(folder_.Check(1));
  EXPECT_OK(folder_.Check(2));
}

// What must be erased one day is gone from the backups, too.
TEST_F(BackupTest, APartIsDroppedWhenItsTimeIsOver) {
  Add();
  clock_.Advance(absl::Hours(24 * 20));
  Write("vault/rows", "another person");
  Add();
  ASSERT_OK(folder_.Prune(Parts(), clock_.Now()));
  EXPECT_EQ(Objects().size(), 4u);
  clock_.Advance(absl::Hours(24 * 20));
  ASSERT_OK(folder_.Prune(Parts(), clock_.Now()));
  EXPECT_EQ(Objects().size(), 3u);
  EXPECT_THAT(folder_.List()->at(0).parts, ElementsAre("log"));
  EXPECT_THAT(folder_.List()->at(1).parts, ElementsAre("log", "vault"));
  EXPECT_OK(folder_.Check(1));
  EXPECT_OK(folder_.Check(2));
}

// An interrupted backup leaves nothing that looks like one.
TEST_F(BackupTest, WhatWasNotFinishedIsNoBackup) {
  fs::create_directories(backups_ / "backups/making");
  EXPECT_TRUE(folder_.List()->empty());
  EXPECT_EQ(Add(), 1u);
}

}  // namespace
}  // namespace suyuan::ledger
