#include "services/ledger/snapshots.h"

#include <filesystem>

#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::ledger {
namespace {

// Whatever is in `dir` goes; the folder stays, or is made.
absl::Status Empty(const std::string& dir) {
  std::error_code error;
  std::filesystem::remove_all(dir, error);
  if (!error) std::filesystem::create_directories(dir, error);
  return error ? absl::InternalError(StrCat(dir, ": ", error.message())) : absl::OkStatus();
}

}  // namespace

Snapshots::Snapshots(Ledger* log, const std::string& dir)
    : log_(log), dir_(std::filesystem::absolute(dir).lexically_normal().string()) {
  Empty(dir_).IgnoreError();  // Make says what is wrong with it.
}

absl::StatusOr<Snapshot> Snapshots::Make() {
  Snapshot snapshot;
  {
    MutexLock lock(&mutex_);
    if (making_) return absl::UnavailableError("a snapshot is being made");
    making_ = true;
    snapshot.folder = StrCat(dir_, "/", ++made_);
  }
  const absl::Status made = [&]() -> absl::Status {
    RETURN_IF_ERROR(Empty(dir_));
    ASSIGN_OR_RETURN(const TreeHead head, log_->GetTreeHead());
    snapshot.size = head.size;
    return log_->Checkpoint(snapshot.folder);
  }();
  MutexLock lock(&mutex_);
  making_ = false;
  RETURN_IF_ERROR(made);
  return snapshot;
}

}  // namespace suyuan::ledger
