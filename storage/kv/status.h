// RocksDB's status as absl's. The only place that translates it.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace suyuan::kv {

// `what` says what was tried. Corruption and missing files: DATA_LOSS. A held lock: UNAVAILABLE.
// A full disk: RESOURCE_EXHAUSTED. Unknown families or options: FAILED_PRECONDITION.
absl::Status FromRocks(const rocksdb::Status& status, std::string_view what);

}  // namespace suyuan::kv
