#include "storage/ledger/follower.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/checkpoint_text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/tail.h"

namespace suyuan::ledger {
namespace {

absl::Status Refuse(std::string_view word, std::string_view what) {
  return absl::FailedPreconditionError(StrCat(word, ": ", what));
}

}  // namespace

absl::StatusOr<std::optional<std::string>> FindFollowed(const kv::Db& db) {
  absl::StatusOr<std::string> row = db.Get(kMetaFamily, kFollowedKey);
  if (absl::IsNotFound(row.status())) return std::nullopt;
  if (!row.ok()) return row.status();
  return *std::move(row);
}

absl::StatusOr<TreeHead> ReadFollowed(std::string_view row, const LogIdentity& identity) {
  if (row.empty()) return TreeHead{0, EmptyRoot()};
  return ReadCheckpointText(row, identity.origin);
}

Follower::Follower(const Parts& parts, const Tip& tip, TreeEdge edge, std::string note,
                   const TreeHead& followed)
    : parts_(parts),
      tip_(tip),
      edge_(std::move(edge)),
      note_(std::move(note)),
      followed_(followed),
      size_(tip.size) {}

uint64_t Follower::size() const {
  MutexLock lock(&mutex_);
  return size_;
}

TreeHead Follower::followed() const {
  MutexLock lock(&mutex_);
  return followed_;
}

bool Follower::WaitForSize(uint64_t size, absl::Duration timeout) const {
  MutexLock lock(&mutex_);
  const auto over = [this, size]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return size_ >= size || waits_ended_;
  };
  mutex_.AwaitWithTimeout(over, timeout);
  return size_ >= size;
}

void Follower::EndWaits() {
  MutexLock lock(&mutex_);
  waits_ended_ = true;
}

// That the leader's checkpoint is one of the log that this is a beginning of.
absl::Status Follower::CheckHead(const Shown& shown, const TreeHead& with_records) const {
  const TreeHead known = followed();
  if (shown.head.size < known.size) {
    return Refuse("FOLLOW_ROLLED_BACK",
                  StrCat("the leader shows a checkpoint of ", shown.head.size,
                         " records, and has signed one of ", known.size, " before"));
  }
  const absl::Status forked =
      Refuse("FOLLOW_FORKED", StrCat("the leader's checkpoint of size ", shown.head.size,
                                     " is not of the log that stands here"));
  if (shown.head.size <= tip_.size) {
    if (!shown.records.empty()) return forked;
    ASSIGN_OR_RETURN(const Hash root, parts_.tree->RootAt(shown.head.size));
    return root == shown.head.root ? absl::OkStatus() : forked;
  }
  if (with_records.size > shown.head.size) return forked;
  if (with_records.size == shown.head.size) {
    return with_records.root == shown.head.root ? absl::OkStatus() : forked;
  }
  const absl::Status grows =
      VerifyConsistency(with_records.size, shown.head.size, AsBytes(with_records.root),
                        AsBytes(shown.head.root), shown.consistency);
  return grows.ok() ? grows : forked;
}

absl::Status Follower::Take(const Shown& shown) {
  Builder builder(parts_.db, parts_.heads, tip_, edge_);
  for (const StoredRecord& record : shown.records) {
    const absl::Status added = builder.AddCopy(record.leaf, record.items, parts_.meta->tag_key);
    if (absl::IsFailedPrecondition(added))
      return Refuse("FOLLOW_FORKED", FromAbsl(added.message()));
    if (absl::IsDataLoss(added)) return Refuse("FOLLOW_DAMAGED", FromAbsl(added.message()));
    RETURN_IF_ERROR(added);
  }
  RETURN_IF_ERROR(CheckHead(shown, builder.edge()->Head()));
  if (shown.records.empty() && shown.note == note_) return absl::OkStatus();
  return Write(builder, shown);
}

// Records, and what vouches for them, in one write: a copy is always a beginning of what was
// signed.
absl::Status Follower::Write(Builder& builder, const Shown& shown) {
  const uint64_t size = builder.size();
  builder.write().Put(kMetaFamily, kFollowedKey, shown.note);
  if (shown.head.size <= size) {
    RETURN_IF_ERROR(PutCheckpoint(*parts_.db, shown.head.size, shown.note, builder.write()));
  }
  const absl::Status written = parts_.db->Write(builder.write());
  if (!written.ok()) {
    // As for who writes: what is on disk is found out by a new start.
    log::Error("ledger write failed; stopping", {{"status", written.ToString()}});
    std::abort();
  }
  tip_ = builder.tip();
  edge_ = *builder.edge();
  note_ = shown.note;
  builder.Written();
  parts_.tree->Publish(builder.edge());
  MutexLock lock(&mutex_);
  size_ = size;
  followed_ = shown.head;
  return absl::OkStatus();
}

}  // namespace suyuan::ledger
