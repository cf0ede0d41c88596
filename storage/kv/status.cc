#include "storage/kv/status.h"

#include <string>

#include "storage/base/text.h"

namespace suyuan::kv {
namespace {

absl::StatusCode CodeOf(const rocksdb::Status& status, std::string_view text) {
  if (status.IsNotFound()) return absl::StatusCode::kNotFound;
  if (status.IsCorruption()) return absl::StatusCode::kDataLoss;
  if (status.IsInvalidArgument() || status.IsNotSupported()) {
    return absl::StatusCode::kFailedPrecondition;
  }
  if (status.IsNoSpace()) return absl::StatusCode::kResourceExhausted;
  if (status.IsBusy() || status.IsTryAgain()) return absl::StatusCode::kUnavailable;
  if (status.IsIOError()) {
    // RocksDB has no code of its own for a held lock; its text is the only sign.
    if (text.find("lock") != std::string_view::npos) return absl::StatusCode::kUnavailable;
    if (status.IsPathNotFound()) return absl::StatusCode::kDataLoss;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = status.ToString();
  return absl::Status(CodeOf(status, text), StrCat(what, ": ", text));
}

}  // namespace suyuan::kv
