#include "tests/support/random_schedule.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

namespace suyuan::test {
namespace {

thread_local int own_number = 0;

}  // namespace

RandomSchedule::RandomSchedule(uint64_t seed)
    : seed_(seed), random_(seed), stay_of_16_(random_() % 16) {
  members_.push_back(std::make_unique<Member>());
}

void RandomSchedule::Run(uint64_t seed, const std::function<void()>& first) {
  RandomSchedule schedule(seed);
  own_number = 0;
  current_schedule = &schedule;
  first();
  current_schedule = nullptr;
}

bool RandomSchedule::MayGo(const Member& member) const {
  return !member.ended && (!member.ready || (*member.ready)());
}

std::vector<int> RandomSchedule::Shuffled() {
  std::vector<int> numbers(members_.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  std::shuffle(numbers.begin(), numbers.end(), random_);
  if (random_() % 16 < stay_of_16_) {
    std::iter_swap(numbers.begin(), std::find(numbers.begin(), numbers.end(), running_));
  }
  return numbers;
}

void RandomSchedule::PassTurn() {
  const std::vector<int> order = Shuffled();
  const bool late = random_() % 32 == 0;  // A wait's time is over, whoever else might go.
  const auto go = [&](int number, bool held) {
    running_ = number;
    members_[number]->held = held;
    members_[number]->turn.notify_one();
  };
  const auto end_of_time = [&](int number) {
    return !members_[number]->ended && members_[number]->timed && members_[number]->ready;
  };
  for (const int number : order) {
    if (MayGo(*members_[number])) return go(number, true);
    if (late && end_of_time(number)) return go(number, false);
  }
  for (const int number : order) {
    if (end_of_time(number)) return go(number, false);
  }
  std::fprintf(stderr, "all threads wait for one another under schedule %llu\n",
               static_cast<unsigned long long>(seed_));
  std::abort();
}

bool RandomSchedule::Wait(absl::FunctionRef<bool()> ready, bool timed) {
  std::unique_lock<std::mutex> lock(mutex_);
  Member& self = *members_[own_number];
  self.ready.emplace(ready);
  self.timed = timed;
  PassTurn();
  self.turn.wait(lock, [this] { return running_ == own_number; });
  self.ready.reset();
  return self.held;
}

int RandomSchedule::Add() {
  const std::lock_guard<std::mutex> lock(mutex_);
  members_.push_back(std::make_unique<Member>());
  return static_cast<int>(members_.size()) - 1;
}

void RandomSchedule::Enter(int number) {
  std::unique_lock<std::mutex> lock(mutex_);
  own_number = number;
  members_[number]->turn.wait(lock, [this] { return running_ == own_number; });
}

void RandomSchedule::Leave() {
  const std::lock_guard<std::mutex> lock(mutex_);
  members_[own_number]->ended = true;
  PassTurn();
}

}  // namespace suyuan::test
