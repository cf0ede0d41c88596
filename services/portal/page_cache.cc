#include "services/portal/page_cache.h"

namespace suyuan::portal {

std::shared_ptr<const http::GzipPrefix> PageCache::Get(const std::string& key,
                                                       absl::FunctionRef<std::string()> make) {
  {
    const MutexLock lock(&mutex_);
    if (const auto* const found = pages_.Find(key); found != nullptr) return *found;
  }
  // Two who miss at once both draw it; the same comes of it.
  auto page = std::make_shared<const http::GzipPrefix>(make());
  const MutexLock lock(&mutex_);
  pages_.Put(key, page);
  return page;
}

}  // namespace suyuan::portal
