// What can be done of an append before its place in the log is known: checked, salted, encoded and
// hashed in the caller's thread, so that the writer's thread does none of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

struct Prepared {
  RecordKind kind = RecordKind::kCommand;
  std::string request_key;
  std::string method;
  std::string body;
  std::vector<Read> reads;
  std::vector<Write> writes;
  std::vector<Hash> tags;  // Of the writes, in order.
  int64_t decided_micros = 0;
  Hash content_root{};
  std::string items;  // As EncodeItems writes them.
};

// INVALID_ARGUMENT: a limit of record.h is exceeded, a name is malformed or named twice.
absl::StatusOr<Prepared> Prepare(AppendRequest request, std::string_view tag_key);

}  // namespace suyuan::ledger
