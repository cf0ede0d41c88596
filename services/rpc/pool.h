// A few threads and a bounded queue: what handlers run on.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "storage/base/mutex.h"

namespace suyuan::rpc {

// Thread-safe.
class Pool {
 public:
  Pool(int threads, size_t queue_max);
  ~Pool();  // Closes.
  // Runs what is queued, then joins; nothing runs any more. Not from a task of the pool.
  void Close();
  // False: the queue is full, or the pool is closing; the task will not run.
  bool Run(std::function<void()> task);

 private:
  void Work();
  // Calls one idle thread, the last to fall idle, whose caches are the warmest.
  void CallOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t queue_max_;
  Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  // Of each thread that waits whether it was called: to wake all of them for one task costs more
  // than most tasks.
  std::vector<bool*> idle_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace suyuan::rpc
