#include "services/label/journeys.h"

#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"

namespace suyuan::label {
namespace {

constexpr size_t kVersionSize = 16;

}  // namespace

absl::StatusOr<std::shared_ptr<const Journey>> Journeys::Get(const std::string& batch,
                                                             int64_t min_sequence) {
  const Time now = std::chrono::steady_clock::now();
  {
    const MutexLock lock(&mutex_);
    const auto kept = kept_.find(batch);
    if (kept != kept_.end() && now - kept->second.time < kAgeMax &&
        kept->second.journey->says.as_of_size() > min_sequence) {
      return kept->second.journey;
    }
  }
  v1::GetJourneyRequest request;
  request.set_batch(batch);
  request.set_min_sequence(min_sequence);
  auto journey = std::make_shared<Journey>();
  ASSIGN_OR_RETURN(journey->says,
                   router_->Ask<v1::Journey>("/suyuan.v1.TraceService/GetJourney", request));
  const std::string text = journey->says.SerializeAsString();
  journey->version = AsBytes(Sha256(text)).substr(0, kVersionSize);
  const MutexLock lock(&mutex_);
  if (bytes_ + text.size() > kBytesMax) {
    kept_.clear();
    bytes_ = 0;
  }
  Kept& kept = kept_[batch];
  bytes_ += text.size() - kept.bytes;
  kept = {now, text.size(), journey};
  return journey;
}

}  // namespace suyuan::label
