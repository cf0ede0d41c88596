#include "services/portal/page_cache.h"

namespace suyuan::portal {

std::shared_ptr<const http::GzipPrefix> PageCache::Get(const std::string& key,
                                                       absl::FunctionRef<std::string()> make) {
  {
    const MutexLock lock(&mutex_);
    const auto found = pages_.find(key);
    if (found != pages_.end()) return found->second;
  }
  // Two who miss at once both draw it; the same comes of it.
  auto page = std::make_shared<const http::GzipPrefix>(make());
  const MutexLock lock(&mutex_);
  if (pages_.size() >= kPagesMax) pages_.clear();
  return pages_.try_emplace(key, std::move(page)).first->second;
}

}  // namespace suyuan::portal
