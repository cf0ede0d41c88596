// A mutex with conditions, as absl::Mutex has them, over std::mutex: Debian's abseil is not built
// for ThreadSanitizer, which then takes every use of it for a race.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "storage/base/schedule.h"

namespace suyuan {

// Thread-safe. Whoever unlocks wakes those waiting whose condition has come true, and nobody else.
class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    if (current_schedule != nullptr) return TakeTurn();
    mutex_.lock();
  }
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    WakeReady();
    mutex_.unlock();
    if (current_schedule != nullptr) EndTurn();
  }

  // Waits, unlocked, until `condition` holds. It is called with the mutex locked, by any thread
  // that unlocks it: it must be quick and must not throw.
  template <typename Condition>
  void Await(Condition condition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    AwaitUntil(condition, nullptr);
  }
  // As Await, but for `timeout` at most. True: the condition holds.
  template <typename Condition>
  bool AwaitWithTimeout(Condition condition, absl::Duration timeout)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMicroseconds(timeout);
    return AwaitUntil(condition, &deadline);
  }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  struct Waiter {
    absl::FunctionRef<bool()> condition;
    std::condition_variable ready;
  };

  bool AwaitUntil(absl::FunctionRef<bool()> condition, const Deadline* deadline) {
    if (condition()) return true;
    if (current_schedule != nullptr) return AwaitTurn(condition, deadline != nullptr);
    WakeReady();  // What this thread changed before it waits may be what others wait for.
    Waiter waiter{condition, {}};
    waiters_.push_back(&waiter);
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    bool holds = false;
    if (deadline == nullptr) {
      waiter.ready.wait(lock, condition);
      holds = true;
    } else {
      holds = waiter.ready.wait_until(lock, *deadline, condition);
    }
    lock.release();
    waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &waiter));
    return holds;
  }

  void WakeReady() {
    for (Waiter* waiter : waiters_) {
      if (waiter->condition()) waiter->ready.notify_one();
    }
  }

  // The same for a thread of a schedule, which never waits but for its turn.
  void TakeTurn() {
    current_schedule->Wait([this] { return !held_; }, false);
    held_ = true;
    mutex_.lock();
  }
  void EndTurn() {
    held_ = false;
    current_schedule->Wait([] { return true; }, false);
  }
  bool AwaitTurn(absl::FunctionRef<bool()> condition, bool timed) {
    mutex_.unlock();
    held_ = false;
    if (!current_schedule->Wait([&] { return !held_ && condition(); }, timed)) {
      TakeTurn();
      return condition();
    }
    held_ = true;
    mutex_.lock();
    return true;
  }

  std::mutex mutex_;
  std::vector<Waiter*> waiters_;  // Guarded by mutex_.
  bool held_ = false;             // By a thread of a schedule.
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace suyuan
