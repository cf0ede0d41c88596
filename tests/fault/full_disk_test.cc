// A disk that fills up under load: the process stops at the first write that fails, and starts
// clean once there is room.
#include <sys/mount.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

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
  const int status = RunVictim({.dir = dir / "log"}, &acks);
  // It ended by itself, and not well: nobody was told OK after the write that failed.
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) != 0) << status;
  EXPECT_GT(acks.size(), 100u);
  // Whether the mark is poisoned is chance: RocksDB's own threads may end the process first, for it
  // asserts that a file is not used again after it failed. What MarkTest says holds of our end.
  ASSERT_TRUE(disk.Grow());
  ExpectAllThere(dir / "log", acks);
  RunVictim({.dir = dir / "log", .run = 1, .kill_after = 50}, &acks);
  ExpectAllThere(dir / "log", acks);
}

}  // namespace
}  // namespace suyuan::test
