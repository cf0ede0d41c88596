// How many complaints are taken: a form that anybody may send costs a record, a key and up to three
// photos each. In memory alone: a restart begins anew, and no network is written down.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"

namespace suyuan::portal {

constexpr int kComplaintTriesMax = 30;    // Forms of a network on a day, whatever is in them.
constexpr int kComplaintNetworkMax = 10;  // Complaints of a network on a day.
constexpr int kComplaintLabelMax = 5;     // Complaints about a label on a day.
constexpr int kComplaintHourMax = 60;     // Complaints of everybody in an hour.

// Thread-safe.
class ComplaintBudget {
 public:
  // `clock` outlives it. Days are local ones.
  ComplaintBudget(const Clock* clock, int utc_offset_minutes)
      : clock_(clock), utc_offset_minutes_(utc_offset_minutes) {}

  // Whether a form may be looked at; counts it. `network`: as of a scan; 0 shares one budget.
  bool TakeTry(int network);
  // Whether what it says may be filed; counts it. `label`: its code; empty: none.
  bool TakeComplaint(int network, std::string_view label);

 private:
  void Turn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock* const clock_;
  const int utc_offset_minutes_;
  Mutex mutex_;
  int64_t day_ ABSL_GUARDED_BY(mutex_) = -1;
  int64_t hour_ ABSL_GUARDED_BY(mutex_) = -1;
  // Of the day. Networks are at most 65,536, labels as many as there are complaints.
  absl::flat_hash_map<int, int> tries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<int, int> networks_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int> labels_ ABSL_GUARDED_BY(mutex_);
  int everybody_ ABSL_GUARDED_BY(mutex_) = 0;  // Of the hour.
};

}  // namespace suyuan::portal
