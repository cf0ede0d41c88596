// What consumers wrote is kept as long as somebody may have to come back to it, and no longer.
#pragma once

#include <string>

#include "services/registry/vault.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/index/projection.h"

namespace suyuan::registry {

// Days from the answer or rejection on: three years, after which no complaint of the same matter is
// accepted (市场监督管理投诉举报处理暂行办法 Art. 15).
constexpr int kComplaintKeptDays = 3 * 365;

// Thread-safe. Needs no notice in the log: what is to be erased follows from when it was closed, so
// that an older vault that is put back is erased again.
class ComplaintRetention {
 public:
  // They outlive it.
  ComplaintRetention(const index::Runner* runner, Vault* vault, const Clock* clock)
      : runner_(runner), vault_(vault), clock_(clock) {}

  // Erases, as far as the view has come; once a day, some at a time, and does
  // nothing in between. What cannot be
  // erased is logged and tried again on the next day.
  void SweepIfDue();

 private:
  // False: there is more to look at.
  absl::StatusOr<bool> Sweep(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const index::Runner* const runner_;
  Vault* const vault_;
  const Clock* const clock_;
  Mutex mutex_;
  absl::Time swept_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::string after_ ABSL_GUARDED_BY(mutex_);    // Row of the last one looked at.
  bool missed_ ABSL_GUARDED_BY(mutex_) = false;  // One before it could not be erased.
};

}  // namespace suyuan::registry
