// Brings what a process added up (access.h) to the audit log, wherever the ledger's module is.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "services/rpc/access.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "suyuan/ledger/v1/ledger.pb.h"

namespace suyuan::rpc {

// Thread-safe. On a thread of its own it sends the sums of a minute within seconds after it; what
// the ledger does not take yet is kept and sent again, the same bytes, which count once. A process
// that is killed loses what it has not sent: the minute under way, and the second after it.
class AccessReporter {
 public:
  // One report: OK once it is durable. INVALID_ARGUMENT: it will never be.
  using Send = std::function<absl::Status(const ledger::v1::ReportAccessRequest&)>;
  static constexpr int kSumsMax = 1000;       // In one report, as in one record.
  static constexpr size_t kReportsMax = 256;  // Kept while the ledger is away; then the oldest go.

  // `sums` and `clock` must outlive it.
  AccessReporter(AccessSums* sums, const Clock* clock, Send send);
  ~AccessReporter();  // Stops.

  // Sends all there is, the minute under way included, and ends. The second call does nothing.
  void Stop();
  // Sums that were given up.
  int64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  void Run();
  void Keep(std::vector<event::v1::AccessSummed> sums);
  void SendKept();
  void Lose(const ledger::v1::ReportAccessRequest& report, const absl::Status& why);

  AccessSums* const sums_;
  const Clock* const clock_;
  const Send send_;
  const std::string source_;
  std::deque<ledger::v1::ReportAccessRequest> kept_;  // Of the thread alone, as the next.
  int64_t number_ = 0;
  std::atomic<int64_t> lost_ = 0;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace suyuan::rpc
