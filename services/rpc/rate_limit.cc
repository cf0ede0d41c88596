#include "services/rpc/rate_limit.h"

#include <algorithm>

#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {

RateLimit::RateLimit(double per_second, double burst, size_t names_max)
    : per_second_(per_second), burst_(burst), names_max_(names_max) {
  SUYUAN_CHECK(per_second > 0 && burst >= 1 && names_max > 0);
}

double RateLimit::Tokens(const Bucket& bucket, absl::Time now) const {
  // A clock that goes back gives nothing and takes nothing.
  const double seconds = std::max(absl::ToDoubleSeconds(now - bucket.filled), 0.0);
  return std::min(burst_, bucket.tokens + seconds * per_second_);
}

void RateLimit::ForgetTheFull(absl::Time now) {
  absl::erase_if(buckets_, [&](const auto& entry) { return Tokens(entry.second, now) >= burst_; });
  if (buckets_.size() >= names_max_) buckets_.clear();
}

bool RateLimit::Take(std::string_view name, absl::Time now) {
  MutexLock lock(&mutex_);
  if (buckets_.size() >= names_max_) ForgetTheFull(now);
  Bucket& bucket = buckets_.try_emplace(ToAbsl(name), Bucket{burst_, now}).first->second;
  bucket.tokens = Tokens(bucket, now);
  bucket.filled = std::max(bucket.filled, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace suyuan::rpc
