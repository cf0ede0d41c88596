#include "storage/ledger/builder.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr int64_t kDecidedDriftMaxMicros = 5'000'000;
constexpr size_t kHeadsKept = 65536;

std::string VersionText(uint64_t version) {
  return version == kAbsent ? "absent" : StrCat(version);
}

absl::Status Moved(std::string_view stream, uint64_t is, uint64_t expected) {
  return absl::AbortedError(
      StrCat("stream ", stream, " is at ", VersionText(is), ", not ", VersionText(expected)));
}

// Genesis and descriptor sets are written by start-up, which decides nothing by the clock.
bool HasDecidedTime(RecordKind kind) {
  return kind != RecordKind::kGenesis && kind != RecordKind::kSchema;
}

}  // namespace

Builder::Builder(const kv::Db* db, Tip tip, TreeEdge edge)
    : db_(db), tip_(tip), edge_(std::move(edge)) {
  SUYUAN_CHECK(edge_.size() == tip_.size);
}

absl::StatusOr<uint64_t> Builder::HeadOf(const std::string& stream) {
  const auto known = heads_.find(stream);
  if (known != heads_.end()) return known->second;
  ASSIGN_OR_RETURN(const uint64_t head, FindSequence(*db_, kStreamFamily, stream));
  heads_.emplace(stream, head);
  return head;
}

absl::StatusOr<bool> Builder::FindReplay(const Prepared& request, Appended* appended) const {
  const absl::Status other =
      absl::AlreadyExistsError("the request key stands with another method or body");
  const auto mine = group_.find(request.request_key);
  if (mine != group_.end()) {
    const Prepared& first = *mine->second.request;
    if (first.method != request.method || first.body != request.body) return other;
    *appended = mine->second.appended;
    appended->replayed = true;
    return true;
  }
  ASSIGN_OR_RETURN(const uint64_t sequence,
                   FindSequence(*db_, kRequestFamily, request.request_key));
  if (sequence == kAbsent) return false;
  ASSIGN_OR_RETURN(const Record record, LoadRecord(*db_, sequence));
  if (record.authorship().method != request.method || record.request() != request.body) {
    return other;
  }
  *appended = {sequence, record.leaf.record_micros, LeafHash(record.leaf.Encode()), true, {}};
  return true;
}

absl::Status Builder::CheckStreams(const Prepared& request, Leaf* leaf) {
  for (const Read& read : request.reads) {
    ASSIGN_OR_RETURN(const uint64_t head, HeadOf(read.stream));
    if (head != read.version) return Moved(read.stream, head, read.version);
  }
  leaf->links.reserve(request.writes.size());
  for (size_t i = 0; i < request.writes.size(); ++i) {
    const Write& write = request.writes[i];
    ASSIGN_OR_RETURN(const uint64_t head, HeadOf(write.stream));
    if (write.expected && *write.expected != head) {
      return Moved(write.stream, head, *write.expected);
    }
    leaf->links.push_back({request.tags[i], head});
  }
  return absl::OkStatus();
}

absl::StatusOr<Appended> Builder::Add(const Prepared& request, absl::Time now) {
  Appended appended;
  ASSIGN_OR_RETURN(const bool replayed, FindReplay(request, &appended));
  if (replayed) return appended;
  if ((request.kind == RecordKind::kGenesis) != (tip_.size == 0)) {
    return absl::InvalidArgumentError("only the first record is the genesis record");
  }
  Leaf leaf;
  leaf.kind = request.kind;
  leaf.sequence = tip_.size;
  leaf.record_micros = ToMicros(now);
  if (tip_.size > 0) leaf.record_micros = std::max(leaf.record_micros, tip_.record_micros + 1);
  leaf.decided_micros = request.decided_micros;
  if (HasDecidedTime(request.kind) &&
      std::abs(leaf.record_micros - leaf.decided_micros) > kDecidedDriftMaxMicros) {
    return absl::AbortedError("decided more than 5 s from record time");
  }
  leaf.schema = tip_.schema;
  if (request.kind == RecordKind::kSchema) {
    if (leaf.schema == UINT16_MAX) return absl::InvalidArgumentError("too many descriptor sets");
    ++leaf.schema;
  }
  leaf.previous_leaf = tip_.leaf_hash;
  leaf.content_root = request.content_root;
  RETURN_IF_ERROR(CheckStreams(request, &leaf));
  return Put(request, leaf);
}

Appended Builder::Put(const Prepared& request, const Leaf& leaf) {
  const std::string bytes = leaf.Encode();
  SUYUAN_CHECK(bytes.size() <= kLeafSizeMax);
  const std::string sequence = BigEndian64(leaf.sequence);
  const Hash hash = LeafHash(bytes);
  write_.Put(kLeafFamily, sequence, bytes);
  write_.Put(kContentFamily, sequence, request.items);
  write_.Put(kRequestFamily, request.request_key, sequence);
  for (const Write& write : request.writes) {
    write_.Put(kStreamFamily, write.stream, sequence);
    heads_[write.stream] = leaf.sequence;
  }
  edge_.Append(hash, [this](int level, uint64_t index, const std::vector<Hash>& tile) {
    write_.Put(kTileFamily, TileKey(level, index), EncodeTile(tile));
  });
  tip_ = {leaf.sequence + 1, leaf.record_micros, hash, leaf.schema};
  const Appended appended = {leaf.sequence, leaf.record_micros, hash, false, {}};
  group_.emplace(request.request_key, InGroup{&request, appended});
  return appended;
}

void Builder::Clear() {
  write_.Clear();
  group_.clear();
  if (heads_.size() > kHeadsKept) heads_.clear();  // What they held is on disk by now.
}

}  // namespace suyuan::ledger
