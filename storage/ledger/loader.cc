#include "storage/ledger/loader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr int kFindsMax = 3;  // Before a snapshot is taken.

// Whether the caller has seen more of a stream: what is written is seen a moment before Heads
// knows.
bool Behind(uint64_t head, uint64_t seen) {
  return seen != kAbsent && (head == kAbsent || head < seen);
}

}  // namespace

absl::StatusOr<StreamTail> Loader::LoadTail(
    const StreamVersion& known, uint64_t head,
    std::unordered_map<uint64_t, std::shared_ptr<const Record>>& read) const {
  StreamTail tail;
  tail.version = head;
  if (head == known.version) return tail;
  const Hash tag = TagOf(TagSaltOf(tag_key_, known.stream), known.stream);
  for (uint64_t at = head; at != known.version;) {
    if (at == kAbsent || (known.version != kAbsent && at < known.version)) {
      return absl::OutOfRangeError(
          StrCat("stream ", known.stream, " was never at ", known.version));
    }
    auto place = read.find(at);
    if (place == read.end()) {
      ASSIGN_OR_RETURN(Record record, LoadRecord(*db_, at));
      place = read.emplace(at, std::make_shared<const Record>(std::move(record))).first;
    }
    uint64_t previous = at;
    for (const StreamLink& link : place->second->leaf.links) {
      if (link.tag == tag) previous = link.previous;
    }
    if (previous != kAbsent && previous >= at) {
      return absl::DataLossError(
          StrCat("record ", at, ": it does not link to stream ", known.stream));
    }
    tail.records.push_back(place->second);
    at = previous;
  }
  std::reverse(tail.records.begin(), tail.records.end());
  return tail;
}

absl::StatusOr<std::optional<Loader::Found>> Loader::Find(const std::vector<StreamVersion>& streams,
                                                          std::string_view request_key) const {
  const Heads::Known known = heads_->Find(streams);
  Found found;
  if (!request_key.empty()) {
    ASSIGN_OR_RETURN(const uint64_t sequence, FindSequence(*db_, kRequestFamily, request_key));
    if (sequence != kAbsent) found.replayed_sequence = sequence;
  }
  for (size_t i = 0; i < streams.size(); ++i) {
    uint64_t head = known.heads[i].value_or(kAbsent);
    if (!known.heads[i].has_value()) {
      ASSIGN_OR_RETURN(head, FindSequence(*db_, kStreamFamily, streams[i].stream));
      // Written since: what else its record wrote may have been looked up before.
      if (head != kAbsent && head >= known.size) return std::nullopt;
      heads_->Learn(known.size, streams[i].stream, head);
    }
    if (Behind(head, streams[i].version)) return std::nullopt;
    found.heads.push_back(head);
  }
  return found;
}

absl::StatusOr<Loader::Found> Loader::FindAtOnce(const std::vector<StreamVersion>& streams,
                                                 std::string_view request_key) const {
  for (int i = 0; i < kFindsMax; ++i) {
    ASSIGN_OR_RETURN(std::optional<Found> found, Find(streams, request_key));
    if (found.has_value()) return *std::move(found);
  }
  // A write becomes visible only after its sync: a snapshot is one durable position.
  const std::unique_ptr<kv::Snapshot> snapshot = db_->NewSnapshot();
  Found found;
  if (!request_key.empty()) {
    ASSIGN_OR_RETURN(const uint64_t sequence,
                     FindSequence(*db_, kRequestFamily, request_key, snapshot.get()));
    if (sequence != kAbsent) found.replayed_sequence = sequence;
  }
  for (const StreamVersion& stream : streams) {
    ASSIGN_OR_RETURN(const uint64_t head,
                     FindSequence(*db_, kStreamFamily, stream.stream, snapshot.get()));
    found.heads.push_back(head);
  }
  return found;
}

absl::StatusOr<Loaded> Loader::Load(const std::vector<StreamVersion>& known,
                                    std::string_view request_key) const {
  for (const StreamVersion& stream : known) {
    if (!ValidStreamName(stream.stream)) {
      return absl::InvalidArgumentError("a stream's name is malformed");
    }
  }
  ASSIGN_OR_RETURN(const Found found, FindAtOnce(known, request_key));
  Loaded loaded;
  loaded.replayed_sequence = found.replayed_sequence;
  std::unordered_map<uint64_t, std::shared_ptr<const Record>> read;
  for (size_t i = 0; i < known.size(); ++i) {
    ASSIGN_OR_RETURN(StreamTail tail, LoadTail(known[i], found.heads[i], read));
    loaded.streams.push_back(std::move(tail));
  }
  return loaded;
}

}  // namespace suyuan::ledger
