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
    const Kept* const kept = kept_.Find(batch);
    if (kept != nullptr && now - kept->time < kAgeMax &&
        kept->journey->says.as_of_size() > min_sequence) {
      return kept->journey;
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
  kept_.Put(batch, {now, journey}, text.size());
  return journey;
}

}  // namespace suyuan::label
