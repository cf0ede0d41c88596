#include "services/label/journeys.h"

#include "storage/base/status.h"

namespace suyuan::label {

absl::StatusOr<std::shared_ptr<const v1::Journey>> Journeys::Get(const std::string& batch,
                                                                 int64_t min_sequence) {
  const Time now = std::chrono::steady_clock::now();
  {
    const MutexLock lock(&mutex_);
    const auto kept = kept_.find(batch);
    if (kept != kept_.end() && now - kept->second.time < kAgeMax &&
        kept->second.journey->as_of_size() > min_sequence) {
      return kept->second.journey;
    }
  }
  v1::GetJourneyRequest request;
  request.set_batch(batch);
  request.set_min_sequence(min_sequence);
  ASSIGN_OR_RETURN(v1::Journey answer,
                   router_->Ask<v1::Journey>("/suyuan.v1.TraceService/GetJourney", request));
  auto journey = std::make_shared<const v1::Journey>(std::move(answer));
  if (journey->ByteSizeLong() > kBytesMax) return journey;
  const MutexLock lock(&mutex_);
  if (kept_.size() >= kBatchesMax) kept_.clear();
  kept_[batch] = {now, journey};
  return journey;
}

}  // namespace suyuan::label
