// Threads that meet in an order drawn from a seed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

#include "storage/base/schedule.h"

namespace suyuan::test {

class RandomSchedule final : public Schedule {
 public:
  // Runs `first`, and the threads it starts and joins, one at a time: the same seed, the same
  // order, as far as they meet at Mutex and Thread alone. A schedule in which all wait for one
  // another for ever ends the test with the seed.
  static void Run(uint64_t seed, const std::function<void()>& first);

  bool Wait(absl::FunctionRef<bool()> ready, bool timed) override;
  int Add() override;
  void Enter(int number) override;
  void Leave() override;

 private:
  struct Member {
    std::condition_variable turn;
    std::optional<absl::FunctionRef<bool()>> ready;  // While it waits; without: it may go.
    bool timed = false;
    bool held = false;  // What its wait came to.
    bool ended = false;
  };

  explicit RandomSchedule(uint64_t seed);
  bool MayGo(const Member& member) const;
  // Whose turn it is next, and what its wait came to.
  void PassTurn();
  // In an order that is another each time.
  std::vector<int> Shuffled();

  const uint64_t seed_;
  std::mt19937_64 random_;
  uint64_t stay_of_16_;  // How often the one that runs goes on, if it may: calm and hectic runs.
  std::mutex mutex_;     // Guards all below.
  std::vector<std::unique_ptr<Member>> members_;
  int running_ = 0;
};

}  // namespace suyuan::test
