#include "services/rpc/pool.h"

namespace suyuan::rpc {

Pool::Pool(int threads, size_t queue_max) : queue_max_(queue_max) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Pool::~Pool() { Close(); }

void Pool::Close() {
  {
    MutexLock lock(&mutex_);
    closing_ = true;
    while (!idle_.empty()) CallOne();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool Pool::Run(std::function<void()> task) {
  MutexLock lock(&mutex_);
  if (closing_ || queue_.size() >= queue_max_) return false;
  queue_.push_back(std::move(task));
  CallOne();
  return true;
}

void Pool::CallOne() {
  if (idle_.empty()) return;
  *idle_.back() = true;
  idle_.pop_back();
}

void Pool::Work() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(&mutex_);
      // One that was called may find that a busy one took the task meanwhile.
      while (queue_.empty()) {
        if (closing_) return;
        bool called = false;
        idle_.push_back(&called);
        mutex_.Await([&called] { return called; });
      }
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace suyuan::rpc
