// What a log sends to a witness, and how a witness answers a size that is not the one it has. Pure.
// Source: c2sp.org/tlog-witness@v1.0.0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/hash.h"

namespace suyuan::tlog {

constexpr size_t kConsistencyHashesMax = 63;
constexpr size_t kAddCheckpointBytesMax = 64 << 10;
constexpr std::string_view kSizeType = "text/x.tlog.size";  // Content type of a 409's body.

// "old {size}\n", a line a hash in base64, an empty line, the checkpoint.
struct AddCheckpoint {
  uint64_t old_size = 0;  // What the log believes the witness has seen; 0: nothing.
  std::vector<Hash> proof;
  std::string checkpoint;  // The signed note.
};
std::string FormatAddCheckpoint(const AddCheckpoint& request);
// INVALID_ARGUMENT: not that form, byte for byte, or past the limits. The checkpoint is not looked
// into.
absl::StatusOr<AddCheckpoint> ParseAddCheckpoint(std::string_view body);

// "{size}\n". INVALID_ARGUMENT: not a size in plain decimal.
std::string FormatSize(uint64_t size);
absl::StatusOr<uint64_t> ParseSize(std::string_view body);

// Name of a log's latest checkpoint at a witness, for monitors: "{hex SHA-256(origin)}/checkpoint".
std::string CheckpointPathOf(std::string_view origin);

}  // namespace suyuan::tlog
