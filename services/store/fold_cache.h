// Folds of recently used streams, brought up to date with the ledger at every load.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "services/domain/world.h"
#include "storage/base/mutex.h"
#include "storage/ledger/client.h"

namespace suyuan::store {

// Thread-safe. States are immutable once folded: readers share them. At most `size_max` streams,
// the least recently used go first.
class FoldCache {
 public:
  FoldCache(ledger::Client* client, size_t size_max) : client_(client), size_max_(size_max) {}

  struct Answer {
    domain::LoadedStreams streams;
    std::optional<uint64_t> replayed_sequence;  // Of the request key, where it stands.
  };
  // All streams as of one durable moment. UNAVAILABLE: the ledger cannot be reached.
  absl::StatusOr<Answer> Load(const std::vector<std::string>& streams,
                              std::string_view request_key);

 private:
  struct Entry {
    domain::LoadedStream loaded;
    std::list<std::string>::iterator used;
  };
  domain::LoadedStream Known(const std::string& stream);
  void Keep(const std::string& stream, const domain::LoadedStream& loaded);

  ledger::Client* const client_;
  const size_t size_max_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::list<std::string> used_ ABSL_GUARDED_BY(mutex_);  // Most recent first.
};

}  // namespace suyuan::store
