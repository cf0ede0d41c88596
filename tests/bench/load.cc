#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "storage/base/mutex.h"
#include "storage/base/text.h"

namespace suyuan::bench {
namespace {

using Time = std::chrono::steady_clock;

double SecondsSince(Time::time_point start) {
  return std::chrono::duration<double>(Time::now() - start).count();
}

// Calls under way and how long they took. Thread-safe.
class Calls {
 public:
  explicit Calls(int count) { millis_.reserve(count); }

  // Waits until fewer than `in_flight` are under way.
  void Enter(int in_flight) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return under_way_ < in_flight; });
    ++under_way_;
  }
  std::function<void(bool)> Leave(Time::time_point due) {
    return [this, due](bool ok) {
      MutexLock lock(&mutex_);
      --under_way_;
      failed_ += ok ? 0 : 1;
      millis_.push_back(SecondsSince(due) * 1000);
    };
  }
  absl::StatusOr<Load> Finish(Time::time_point start) {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return under_way_ == 0; });
    if (failed_ > 0) return absl::InternalError(StrCat(failed_, " calls failed"));
    Load load;
    load.per_second = static_cast<double>(millis_.size()) / SecondsSince(start);
    std::sort(millis_.begin(), millis_.end());
    load.p50_ms = millis_[millis_.size() / 2];
    load.p99_ms = millis_[millis_.size() * 99 / 100];
    return load;
  }

 private:
  Mutex mutex_;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  int failed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<double> millis_ ABSL_GUARDED_BY(mutex_);
};

double StatusMib(std::string_view field) {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (absl::StartsWith(line, ToAbsl(field))) {
      return std::atof(line.c_str() + field.size() + 1) / 1024;
    }
  }
  return 0;
}

}  // namespace

absl::StatusOr<Load> Closed(int in_flight, int count, const StartCall& start) {
  Calls calls(count);
  const Time::time_point begun = Time::now();
  for (int i = 0; i < count; ++i) {
    calls.Enter(in_flight);
    start(i, calls.Leave(Time::now()));
  }
  return calls.Finish(begun);
}

absl::StatusOr<Load> Paced(double per_second, int count, const StartCall& start) {
  constexpr int kInFlightMax = 10'000;
  Calls calls(count);
  const Time::time_point begun = Time::now();
  for (int i = 0; i < count; ++i) {
    const Time::time_point due = begun + std::chrono::duration_cast<Time::duration>(
                                             std::chrono::duration<double>(i / per_second));
    std::this_thread::sleep_until(due);
    calls.Enter(kInFlightMax);
    start(i, calls.Leave(due));
  }
  return calls.Finish(begun);
}

double Rate(int threads, const std::function<void()>& work) {
  std::atomic<bool> stop = false;
  std::atomic<int64_t> count = 0;
  const Time::time_point start = Time::now();
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      while (!stop) {
        work();
        ++count;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  stop = true;
  for (std::thread& thread : running) thread.join();
  return static_cast<double>(count) / SecondsSince(start);
}

double RssMib() { return StatusMib("VmRSS:"); }
double PeakRssMib() { return StatusMib("VmHWM:"); }

}  // namespace suyuan::bench
