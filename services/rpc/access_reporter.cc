#include "services/rpc/access_reporter.h"

#include <utility>

#include "storage/base/hash.h"
#include "storage/base/log.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr size_t kSourceSize = 16;
constexpr absl::Duration kLookEvery = absl::Seconds(1);
// A minute's last calls are answered by then.
constexpr absl::Duration kGrace = absl::Seconds(2);

}  // namespace

AccessReporter::AccessReporter(AccessSums* sums, const Clock* clock, Send send)
    : sums_(sums), clock_(clock), send_(std::move(send)), source_(RandomBytes(kSourceSize)) {
  thread_ = std::thread([this] { Run(); });
}

AccessReporter::~AccessReporter() { Stop(); }

void AccessReporter::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void AccessReporter::Run() {
  for (bool last = false; !last;) {
    {
      MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; },
                              kLookEvery);
      last = stopping_;
    }
    Keep(last ? sums_->TakeAll() : sums_->TakeOver(clock_->Now() - kGrace));
    SendKept();
  }
  for (const ledger::v1::ReportAccessRequest& report : kept_) {
    Lose(report, absl::UnavailableError("the process ends"));
  }
}

void AccessReporter::Keep(std::vector<event::v1::AccessSummed> sums) {
  for (size_t i = 0; i < sums.size(); ++i) {
    if (i % kSumsMax == 0) {
      ledger::v1::ReportAccessRequest& report = kept_.emplace_back();
      report.set_source(source_);
      report.set_number(++number_);
    }
    *kept_.back().add_sums() = std::move(sums[i]);
  }
  for (; kept_.size() > kReportsMax; kept_.pop_front()) {
    Lose(kept_.front(), absl::ResourceExhaustedError("the ledger is away for too long"));
  }
}

void AccessReporter::SendKept() {
  for (; !kept_.empty(); kept_.pop_front()) {
    const absl::Status sent = send_(kept_.front());
    if (absl::IsInvalidArgument(sent)) {
      Lose(kept_.front(), sent);
    } else if (!sent.ok()) {
      return;  // Next time.
    }
  }
}

void AccessReporter::Lose(const ledger::v1::ReportAccessRequest& report, const absl::Status& why) {
  lost_.fetch_add(report.sums_size(), std::memory_order_relaxed);
  log::Error("sums of accesses are lost",
             {{"sums", StrCat(report.sums_size())}, {"status", why.ToString()}});
}

}  // namespace suyuan::rpc
