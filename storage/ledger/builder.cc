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

Builder::Builder(const kv::Db* db, Heads* heads, Tip tip, TreeEdge edge)
    : db_(db), heads_(heads), tip_(tip), durable_(tip.size), edge_(std::move(edge)) {
  SUYUAN_CHECK(edge_.size() == tip_.size && heads_->size() == tip_.size);
}

absl::StatusOr<uint64_t> Builder::HeadOf(const std::string& stream) {
  const auto moved = moved_.find(stream);
  if (moved != moved_.end()) return moved->second;
  const std::optional<uint64_t> known = heads_->Find(stream);
  if (known.has_value()) return *known;
  ASSIGN_OR_RETURN(const uint64_t head, FindSequence(*db_, kStreamFamily, stream));
  heads_->Learn(durable_, stream, head);
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
  *appended = {sequence, record.leaf.record_micros, record.leaf_hash, true, {}};
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
    return absl::OutOfRangeError("decided more than 5 s from record time");
  }
  leaf.schema = tip_.schema;
  if (request.kind == RecordKind::kSchema) {
    if (leaf.schema == UINT16_MAX) return absl::InvalidArgumentError("too many descriptor sets");
    ++leaf.schema;
  }
  leaf.previous_leaf = tip_.leaf_hash;
  leaf.content_root = request.content_root;
  RETURN_IF_ERROR(CheckStreams(request, &leaf));
  for (const Write& write : request.writes) PutHead(write.stream, leaf.sequence);
  appended = Put(leaf, request.items, request.request_key);
  group_.emplace(request.request_key, InGroup{&request, appended});
  return appended;
}

void Builder::PutHead(const std::string& stream, uint64_t sequence) {
  write_.Put(kStreamFamily, stream, BigEndian64(sequence));
  moved_[stream] = sequence;
}

Appended Builder::Put(const Leaf& leaf, std::string_view items, const std::string& request_key) {
  const std::string bytes = leaf.Encode();
  SUYUAN_CHECK(bytes.size() <= kLeafSizeMax);
  const std::string sequence = BigEndian64(leaf.sequence);
  const Hash hash = LeafHash(bytes);
  write_.Put(kLeafFamily, sequence, bytes);
  write_.Put(kContentFamily, sequence, items);
  write_.Put(kRequestFamily, request_key, sequence);
  edge_.Append(hash, [this](int level, uint64_t index, const std::vector<Hash>& tile) {
    write_.Put(kTileFamily, TileKey(level, index), EncodeTile(tile));
  });
  tip_ = {leaf.sequence + 1, leaf.record_micros, hash, leaf.schema};
  return {leaf.sequence, leaf.record_micros, hash, false, {}};
}

absl::Status Builder::CheckTerms(const Terms& terms, const Leaf& leaf, const std::string& tag_key) {
  const auto loss = [&](std::string_view what) {
    return absl::DataLossError(StrCat("record ", leaf.sequence, ": ", what));
  };
  ASSIGN_OR_RETURN(const uint64_t request, FindSequence(*db_, kRequestFamily, terms.request_key));
  if (request != kAbsent || group_.contains(terms.request_key)) {
    return loss("its request stands in the log already");
  }
  for (const StreamVersion& read : terms.reads) {
    ASSIGN_OR_RETURN(const uint64_t head, HeadOf(read.stream));
    if (head != read.version) return loss(StrCat("it read ", read.stream, " at another version"));
  }
  if (terms.writes.size() != leaf.links.size()) return loss("its terms and links differ in number");
  for (size_t i = 0; i < terms.writes.size(); ++i) {
    const StreamTag& write = terms.writes[i];
    if (write.salt != TagSaltOf(tag_key, write.stream) ||
        TagOf(write.salt, write.stream) != leaf.links[i].tag) {
      return loss(StrCat("the tag of stream ", write.stream, " does not open"));
    }
    ASSIGN_OR_RETURN(const uint64_t head, HeadOf(write.stream));
    if (head != leaf.links[i].previous) {
      return loss(StrCat("it follows another version of ", write.stream));
    }
  }
  return absl::OkStatus();
}

absl::Status Builder::AddCopy(std::string_view leaf_bytes, std::string_view items,
                              const std::string& tag_key) {
  ASSIGN_OR_RETURN(const Record record, DecodeRecord(tip_.size, leaf_bytes, items));
  const Leaf& leaf = record.leaf;
  if (leaf.previous_leaf != tip_.leaf_hash) {
    return absl::FailedPreconditionError(
        StrCat("record ", tip_.size, " does not follow the record before it"));
  }
  const auto loss = [&](std::string_view what) {
    return absl::DataLossError(StrCat("record ", leaf.sequence, ": ", what));
  };
  if ((leaf.kind == RecordKind::kGenesis) != (tip_.size == 0)) return loss("of the wrong kind");
  if (tip_.size > 0 && leaf.record_micros <= tip_.record_micros) {
    return loss("its time is not after the record before it");
  }
  if (leaf.schema != tip_.schema + (leaf.kind == RecordKind::kSchema ? 1 : 0)) {
    return loss("of another descriptor set");
  }
  const Terms terms = record.terms();
  RETURN_IF_ERROR(CheckTerms(terms, leaf, tag_key));
  for (const StreamTag& write : terms.writes) PutHead(write.stream, leaf.sequence);
  group_.emplace(terms.request_key, InGroup{nullptr, Put(leaf, items, terms.request_key)});
  return absl::OkStatus();
}

void Builder::Written() {
  std::vector<StreamVersion> moved;
  moved.reserve(moved_.size());
  for (const auto& [stream, sequence] : std::exchange(moved_, {})) {
    moved.push_back({stream, sequence});
  }
  durable_ = tip_.size;
  heads_->Advance(std::move(moved), durable_);
  write_.Clear();
  group_.clear();
}

}  // namespace suyuan::ledger
