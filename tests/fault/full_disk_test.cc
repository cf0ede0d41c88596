// A disk that fills up under load: the process stops at the first write that fails, and starts
// clean once there is room.
#include <sys/mount.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "storage/base/text.h"
#include "storage/ledger/files.h"
#include "storage/ledger/mark.h"
#include "tests/fault/victim.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

// A file system of its own in memory, of a size. Needs root.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& dir) : dir_(dir) {
    mounted_ = mount("suyuan", dir.c_str(), "tmpfs", 0, "size=24m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount(dir_.c_str());
  }
  bool mounted() const { return mounted_; }
  bool Grow() { return mount("suyuan", dir_.c_str(), "tmpfs", MS_REMOUNT, "size=256m") == 0; }

 private:
  const std::string dir_;
  bool mounted_ = false;
};

TEST(FullDiskTest, StopsAtTheFirstFailedWriteAndLosesNothingAcknowledged) {
  const TempDir dir;
  SmallDisk disk(dir.path());
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small disk: " << std::strerror(errno);
  Acks acks;
  const TempDir elsewhere;
  const std::string errors = elsewhere / "errors";
  const int status = RunVictim(
      {.dir = dir / "log", .under = {"sh", "-c", StrCat("exec \"$0\" \"$@\" 2>", errors)}}, &acks);
  // It ended by itself, and not well: nobody was told OK after the write that failed.
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) != 0) << status;
  EXPECT_GT(acks.size(), 100u);
  {
    const auto mark = ledger::Mark::Open(dir / "log.mark");
    ASSERT_OK(mark);
    // RocksDB's own threads may end the process before it has poisoned its mark: it asserts that a
    // file that failed is not used again.
    const auto said = ledger::ReadWholeFile(errors);
    ASSERT_OK(said);
    EXPECT_TRUE((*mark)->state().poisoned ||
                said->find("AssertFalseAndGetStatusForPrevError") != std::string::npos)
        << *said;
  }
  ASSERT_TRUE(disk.Grow());
  ExpectAllThere(dir / "log", acks);
  RunVictim({.dir = dir / "log", .run = 1, .kill_after = 50}, &acks);
  ExpectAllThere(dir / "log", acks);
}

}  // namespace
}  // namespace suyuan::test
