#include "services/rpc/pool.h"

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace suyuan::rpc {
namespace {

// Each task wakes one thread: none may be left in the queue because the one that was called for it
// found it taken.
TEST(PoolTest, RunsEveryTaskOnceWhoeverBringsIt) {
  constexpr int kBringers = 4, kTasks = 20'000;
  std::vector<std::atomic<int>> runs(kBringers * kTasks);
  {
    Pool pool(3, kBringers * kTasks);
    std::vector<std::thread> bringers;
    for (int i = 0; i < kBringers; ++i) {
      bringers.emplace_back([&pool, &runs, i] {
        for (int task = i * kTasks; task < (i + 1) * kTasks; ++task) {
          EXPECT_TRUE(pool.Run([&runs, task] { ++runs[task]; }));
        }
      });
    }
    for (std::thread& bringer : bringers) bringer.join();
    pool.Close();
  }
  for (const std::atomic<int>& count : runs) ASSERT_EQ(count, 1);
}

// One at a time, so that all threads fall idle between two tasks.
TEST(PoolTest, WakesForALoneTask) {
  Pool pool(4, 10);
  for (int i = 0; i < 2000; ++i) {
    std::latch ran(1);
    ASSERT_TRUE(pool.Run([&ran] { ran.count_down(); }));
    ran.wait();
  }
}

TEST(PoolTest, RefusesWhatItsQueueDoesNotHold) {
  Pool pool(1, 2);
  std::latch busy(1), go(1);
  ASSERT_TRUE(pool.Run([&] {
    busy.count_down();
    go.wait();
  }));
  busy.wait();
  std::atomic<int> ran = 0;
  EXPECT_TRUE(pool.Run([&ran] { ++ran; }));
  EXPECT_TRUE(pool.Run([&ran] { ++ran; }));
  EXPECT_FALSE(pool.Run([&ran] { ++ran; }));
  go.count_down();
  pool.Close();
  EXPECT_EQ(ran, 2);
  EXPECT_FALSE(pool.Run([] {}));
}

}  // namespace
}  // namespace suyuan::rpc
