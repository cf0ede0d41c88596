#include "services/portal/journeys.h"

namespace suyuan::portal {

Journeys::Answer Journeys::Find(const std::string& batch, const std::string& version) {
  const MutexLock lock(&mutex_);
  const Answer* const kept = kept_.Find(batch);
  return kept != nullptr && (*kept)->journey_version() == version ? *kept : nullptr;
}

void Journeys::Keep(const std::string& batch, Answer answer) {
  const size_t bytes = answer->ByteSizeLong();
  const MutexLock lock(&mutex_);
  kept_.Put(batch, std::move(answer), bytes);
}

}  // namespace suyuan::portal
