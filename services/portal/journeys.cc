#include "services/portal/journeys.h"

namespace suyuan::portal {

Journeys::Answer Journeys::Find(const std::string& batch, const std::string& version) {
  const MutexLock lock(&mutex_);
  const auto kept = kept_.find(batch);
  if (kept == kept_.end() || kept->second.answer->journey_version() != version) return nullptr;
  return kept->second.answer;
}

void Journeys::Keep(const std::string& batch, Answer answer) {
  const size_t bytes = answer->ByteSizeLong();
  const MutexLock lock(&mutex_);
  if (bytes_ + bytes > kBytesMax) {
    kept_.clear();
    bytes_ = 0;
  }
  Kept& kept = kept_[batch];
  bytes_ += bytes - kept.bytes;
  kept = {bytes, std::move(answer)};
}

}  // namespace suyuan::portal
