#include "services/portal/complaint_budget.h"

#include "services/domain/local_day.h"

namespace suyuan::portal {

void ComplaintBudget::Turn() {
  const int64_t hour = domain::LocalHour(clock_->Now(), utc_offset_minutes_);
  if (hour != hour_) {
    hour_ = hour;
    everybody_ = 0;
  }
  if (const int64_t day = hour / 24; day != day_) {
    day_ = day;
    tries_.clear();
    networks_.clear();
    labels_.clear();
  }
}

bool ComplaintBudget::TakeTry(int network) {
  const MutexLock lock(&mutex_);
  Turn();
  int& tries = tries_[network];
  if (tries == kComplaintTriesMax) return false;
  ++tries;
  return true;
}

bool ComplaintBudget::TakeComplaint(int network, std::string_view label) {
  const MutexLock lock(&mutex_);
  Turn();
  int& of_network = networks_[network];
  if (everybody_ == kComplaintHourMax || of_network == kComplaintNetworkMax) return false;
  if (!label.empty()) {
    int& of_label = labels_[std::string(label)];
    if (of_label == kComplaintLabelMax) return false;
    ++of_label;
  }
  ++of_network;
  ++everybody_;
  return true;
}

}  // namespace suyuan::portal
