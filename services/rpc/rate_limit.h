// How many calls a party may make, so that one cannot take the service from the others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"

namespace suyuan::rpc {

// A bucket of tokens for every name: each call takes one, and they come back at a steady rate.
// Thread-safe.
class RateLimit {
 public:
  // `per_second` > 0 in the long run, `burst` >= 1 at once. At most `names_max` names are kept:
  // then those that have not called for longest start anew.
  RateLimit(double per_second, double burst, size_t names_max = 100'000);

  // False: the name has used up what it had; a second later it has `per_second` more.
  bool Take(std::string_view name, absl::Time now);

 private:
  struct Bucket {
    double tokens;
    absl::Time filled;
  };
  // Forgets who has a full bucket by now: whoever calls next has one anyway.
  void ForgetTheFull(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double Tokens(const Bucket& bucket, absl::Time now) const;

  const double per_second_, burst_;
  const size_t names_max_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::rpc
