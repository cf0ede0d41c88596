// std::thread; started by a thread of a schedule, it is of that schedule.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "storage/base/schedule.h"

namespace suyuan {

class Thread {
 public:
  Thread() = default;
  template <typename Run>
  explicit Thread(Run run) {
    Schedule* const schedule = current_schedule;
    if (schedule == nullptr) {
      thread_ = std::thread(std::move(run));
      return;
    }
    ended_ = std::make_shared<std::atomic<bool>>(false);
    thread_ = std::thread([schedule, number = schedule->Add(), ended = ended_, run] {
      current_schedule = schedule;
      schedule->Enter(number);
      run();
      ended->store(true);
      schedule->Leave();
    });
  }

  void join() {
    if (ended_ != nullptr) current_schedule->Wait([this] { return ended_->load(); }, false);
    thread_.join();
  }

 private:
  std::thread thread_;
  std::shared_ptr<std::atomic<bool>> ended_;  // Null: of no schedule.
};

}  // namespace suyuan
