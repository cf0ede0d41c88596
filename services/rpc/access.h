// What members were refused, and what they saw by privilege, added up in memory until it goes to
// the audit log (docs/decisions/0019). Calls of no known author are counted and no more: nobody
// fills a ledger from outside.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "services/domain/context.h"
#include "storage/base/mutex.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/types.pb.h"

namespace suyuan::rpc {

// The key whose signature a call bears, once that verified and the key is known: its holder's.
using Signer = std::optional<domain::KeyId>;

// Thread-safe. A call that is neither refused nor privileged does not touch it.
class AccessSums {
 public:
  // Told apart of one key in what is not taken yet; further ones are added up as one.
  static constexpr size_t kRowsPerKeyMax = 32;
  // Keys told apart in what is not taken yet; those of further keys are added up as one.
  static constexpr size_t kKeysMax = 1024;

  // `reason` UNSPECIFIED: the call was answered.
  void Add(const domain::KeyId& key, const std::string& method, v1::Reason reason, absl::Time now);
  // Of a call whose author is not known.
  void AddUnknown() { unknown_.fetch_add(1, std::memory_order_relaxed); }

  // Takes out the sums of all minutes that were over by `now`: party and member are not filled in.
  // A key's calls of one method, outcome and minute are in one of them, but for those that are
  // still under way then.
  std::vector<event::v1::AccessSummed> TakeOver(absl::Time now);
  // All of them, the minute that is not over included.
  std::vector<event::v1::AccessSummed> TakeAll();

  int64_t unknown() const { return unknown_.load(std::memory_order_relaxed); }

 private:
  struct Sum {
    int64_t count = 0, first_micros = 0, last_micros = 0;
  };
  // Method, reason, minute since 1970.
  using Row = std::tuple<std::string, int, int64_t>;
  using Rows = std::map<Row, Sum>;
  struct Shard {
    Mutex mutex;
    absl::flat_hash_map<std::string, Rows> keys ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  std::vector<event::v1::AccessSummed> Take(int64_t before_minute);

  std::array<Shard, kShards> shards_;
  std::atomic<int64_t> unknown_ = 0;
};

}  // namespace suyuan::rpc
