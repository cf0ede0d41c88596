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
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool Pool::Run(std::function<void()> task) {
  MutexLock lock(&mutex_);
  if (closing_ || queue_.size() >= queue_max_) return false;
  queue_.push_back(std::move(task));
  return true;
}

void Pool::Work() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(&mutex_);
      mutex_.Await(
          [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !queue_.empty() || closing_; });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace suyuan::rpc
