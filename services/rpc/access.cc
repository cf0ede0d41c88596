#include "services/rpc/access.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/hash/hash.h"
#include "storage/base/clock.h"

namespace suyuan::rpc {
namespace {

constexpr int64_t kMicrosPerMinute = 60'000'000;

}  // namespace

void AccessSums::Add(const domain::KeyId& key, const std::string& method, v1::Reason reason,
                     absl::Time now) {
  const int64_t micros = ToMicros(now);
  const int64_t minute = micros / kMicrosPerMinute;
  const std::string name = key.name();
  Shard& shard = shards_[absl::HashOf(name) % kShards];
  MutexLock lock(&shard.mutex);
  const bool told_apart = shard.keys.contains(name) || shard.keys.size() < kKeysMax / kShards;
  Rows& rows = shard.keys[told_apart ? name : std::string()];
  Row row(method, reason, minute);
  if (rows.size() >= kRowsPerKeyMax && !rows.contains(row)) row = Row("", 0, minute);
  Sum& sum = rows[row];
  sum.first_micros = sum.count == 0 ? micros : std::min(sum.first_micros, micros);
  sum.last_micros = std::max(sum.last_micros, micros);
  ++sum.count;
}

std::vector<event::v1::AccessSummed> AccessSums::TakeOver(absl::Time now) {
  return Take(ToMicros(now) / kMicrosPerMinute);
}

std::vector<event::v1::AccessSummed> AccessSums::TakeAll() {
  return Take(std::numeric_limits<int64_t>::max());
}

std::vector<event::v1::AccessSummed> AccessSums::Take(int64_t before_minute) {
  std::vector<event::v1::AccessSummed> taken;
  for (Shard& shard : shards_) {
    MutexLock lock(&shard.mutex);
    for (auto& [key, rows] : shard.keys) {
      for (auto row = rows.begin(); row != rows.end();) {
        const auto& [method, reason, minute] = row->first;
        if (minute >= before_minute) {
          ++row;
          continue;
        }
        event::v1::AccessSummed& sum = taken.emplace_back();
        sum.set_key(key);
        sum.set_method(method);
        if (reason != 0) sum.set_reason(v1::Reason_Name(reason));
        sum.set_count(row->second.count);
        sum.set_first_micros(row->second.first_micros);
        sum.set_last_micros(row->second.last_micros);
        row = rows.erase(row);
      }
    }
    absl::erase_if(shard.keys, [](const auto& key) { return key.second.empty(); });
  }
  return taken;
}

}  // namespace suyuan::rpc
