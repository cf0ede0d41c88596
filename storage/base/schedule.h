// Which thread goes next, where a test decides it: without one, and that is everywhere else,
// threads are the machine's. Mutex and Thread are its only callers.
#pragma once

#include "absl/functional/function_ref.h"

namespace suyuan {

// Of its threads one runs at a time, from one Wait() to the next, so that they meet at mutexes in
// an order that can be chosen, and chosen again.
class Schedule {
 public:
  virtual ~Schedule() = default;

  // Called by a thread of the schedule: lets others go, and returns when it is this one's turn and
  // `ready` holds; false: it does not, but `timed` waits may end without it. `ready` is called by
  // any thread of the schedule and changes nothing.
  virtual bool Wait(absl::FunctionRef<bool()> ready, bool timed) = 0;

  // Called by a thread of the schedule that starts another: the other's number.
  virtual int Add() = 0;
  // Called first and last by the thread with that number; Enter returns when it is its turn.
  virtual void Enter(int number) = 0;
  virtual void Leave() = 0;
};

// Of this thread; null: it is of none.
inline constinit thread_local Schedule* current_schedule = nullptr;

}  // namespace suyuan
