#include "services/domain/world.h"

#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

// Never reaches a caller: the store loads what is missing and decides again.
absl::Status NotLoaded() { return absl::InternalError("streams are not loaded yet"); }

}  // namespace

absl::Status World::Touch(const std::string& stream, const LoadedStream** loaded) {
  const auto found = loaded_->find(stream);
  if (found == loaded_->end()) {
    missing_.push_back(stream);
    return NotLoaded();
  }
  touched_.emplace(stream, false);
  *loaded = &found->second;
  return absl::OkStatus();
}

absl::Status World::Want(const std::vector<std::string>& streams) {
  for (const std::string& stream : streams) {
    if (!loaded_->contains(stream)) missing_.push_back(stream);
  }
  return missing_.empty() ? absl::OkStatus() : NotLoaded();
}

void World::Write(const std::string& stream) {
  const auto touched = touched_.find(stream);
  SUYUAN_CHECK(touched != touched_.end());
  touched->second = true;
}

}  // namespace suyuan::domain
