#include "storage/ledger/ledger.h"

#include <algorithm>
#include <filesystem>
#include <latch>
#include <unordered_map>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/builder.h"
#include "storage/ledger/heads.h"
#include "storage/ledger/prepare.h"
#include "storage/ledger/recent.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/sequencer.h"
#include "storage/ledger/tail.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kReadMax = 1000;  // Records in one answer.
constexpr absl::Duration kClockDriftMax = absl::Hours(24 * 30);
constexpr size_t kTagKeySize = 32;
constexpr int kFindsMax = 3;  // Before a snapshot is taken.

absl::StatusOr<std::unique_ptr<kv::Db>> OpenDb(const LedgerOptions& options, bool read_only,
                                               bool create) {
  kv::DbOptions db;
  db.dir = options.dir;
  db.families = LedgerFamilies();
  db.memory = options.memory;
  db.read_only = read_only;
  db.create = create;
  return kv::Db::Open(db);
}

// What the identity is made of goes into signed texts and file formats as it is.
bool ValidIdentityText(std::string_view text, size_t size_max) {
  if (text.empty() || text.size() > size_max) return false;
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '+') return false;
  }
  return true;
}

// The genesis record and the meta rows, in one write.
absl::Status WriteGenesis(kv::Db& db, const Clock& clock, Genesis genesis) {
  const std::string tag_key = RandomBytes(kTagKeySize);
  ASSIGN_OR_RETURN(const Prepared prepared, Prepare(std::move(genesis.record), tag_key));
  Builder builder(&db, Tip(), TreeEdge());
  RETURN_IF_ERROR(builder.Add(prepared, clock.Now()).status());
  std::string format;
  PutU16(format, kFormat);
  builder.write().Put(kMetaFamily, kFormatKey, format);
  builder.write().Put(kMetaFamily, kIdentityKey, EncodeIdentity(genesis.identity));
  builder.write().Put(kMetaFamily, kTagKeyKey, tag_key);
  return db.Write(builder.write());
}

}  // namespace

class Ledger::Impl {
 public:
  static absl::StatusOr<std::unique_ptr<Impl>> Open(const LedgerOptions& options, bool read_only);

  const kv::Db& db() const { return *db_; }
  const Meta& meta() const { return meta_; }
  const Tree& tree() const { return *tree_; }
  uint64_t size() const { return sequencer_ ? sequencer_->size() : size_; }

  absl::StatusOr<Loaded> Load(const std::vector<StreamVersion>& known,
                              std::string_view request_key) const;
  void Append(AppendRequest request, AppendCallback done);
  absl::StatusOr<std::vector<Record>> Read(uint64_t from, size_t max_bytes,
                                           absl::Duration wait) const;
  absl::Status Checkpoint(const std::string& dir) { return db_->Checkpoint(dir); }
  void EndWaits() {
    if (sequencer_ != nullptr) sequencer_->EndWaits();
  }

 private:
  // Where streams and a request key stand, all as of one durable position.
  struct Found {
    std::vector<uint64_t> heads;
    std::optional<uint64_t> replayed_sequence;
  };
  // Nothing where the log moved one of the streams meanwhile. Else all heads are those of the size
  // that Heads answered for: a head read later that is below that size has not moved since.
  absl::StatusOr<std::optional<Found>> Find(const std::vector<StreamVersion>& streams,
                                            std::string_view request_key) const;
  absl::StatusOr<Found> FindAtOnce(const std::vector<StreamVersion>& streams,
                                   std::string_view request_key) const;
  absl::StatusOr<StreamTail> LoadTail(const StreamVersion& known, uint64_t head,
                                      std::unordered_map<uint64_t, Record>& read) const;

  std::unique_ptr<kv::Db> db_;
  Meta meta_;
  uint64_t size_ = 0;  // At open.
  std::unique_ptr<Tree> tree_;
  std::unique_ptr<Heads> heads_;
  std::unique_ptr<Recent> recent_;
  std::unique_ptr<Sequencer> sequencer_;  // Null when read-only.
};

absl::StatusOr<std::unique_ptr<Ledger::Impl>> Ledger::Impl::Open(const LedgerOptions& options,
                                                                 bool read_only) {
  auto impl = std::make_unique<Impl>();
  ASSIGN_OR_RETURN(impl->db_, OpenDb(options, read_only, /*create=*/false));
  ASSIGN_OR_RETURN(impl->meta_, LoadMeta(*impl->db_));
  ASSIGN_OR_RETURN(const Tip tip, CheckTail(*impl->db_, impl->meta_));
  impl->size_ = tip.size;
  ASSIGN_OR_RETURN(TreeEdge edge, LoadTreeEdge(*impl->db_, tip.size));
  impl->tree_ = std::make_unique<Tree>(impl->db_.get(), kTileFamily, edge);
  impl->heads_ = std::make_unique<Heads>(tip.size);
  impl->recent_ = std::make_unique<Recent>(impl->db_.get());
  if (read_only) return impl;
  SUYUAN_CHECK(options.clock != nullptr);
  const absl::Duration drift = options.clock->Now() - FromMicros(tip.record_micros);
  if (absl::AbsDuration(drift) > kClockDriftMax && !options.accept_clock) {
    return absl::FailedPreconditionError(
        StrCat("the clock is ", absl::FormatDuration(drift), " from the last record"));
  }
  SequencerOptions sequencer;
  sequencer.db = impl->db_.get();
  sequencer.tree = impl->tree_.get();
  sequencer.heads = impl->heads_.get();
  sequencer.clock = options.clock;
  sequencer.queue_max = options.queue_max;
  sequencer.group_max = options.group_max;
  impl->sequencer_ = std::make_unique<Sequencer>(sequencer, tip, std::move(edge));
  return impl;
}

absl::StatusOr<StreamTail> Ledger::Impl::LoadTail(
    const StreamVersion& known, uint64_t head, std::unordered_map<uint64_t, Record>& read) const {
  StreamTail tail;
  tail.version = head;
  if (head == known.version) return tail;
  const Hash tag = TagOf(TagSaltOf(meta_.tag_key, known.stream), known.stream);
  for (uint64_t at = head; at != known.version;) {
    if (at == kAbsent || (known.version != kAbsent && at < known.version)) {
      return absl::OutOfRangeError(
          StrCat("stream ", known.stream, " was never at ", known.version));
    }
    auto place = read.find(at);
    if (place == read.end()) {
      ASSIGN_OR_RETURN(Record record, LoadRecord(*db_, at));
      place = read.emplace(at, std::move(record)).first;
    }
    uint64_t previous = at;
    for (const StreamLink& link : place->second.leaf.links) {
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

absl::StatusOr<std::optional<Ledger::Impl::Found>> Ledger::Impl::Find(
    const std::vector<StreamVersion>& streams, std::string_view request_key) const {
  const Heads::Known known = heads_->Find(streams);
  Found found;
  if (!request_key.empty()) {
    ASSIGN_OR_RETURN(const uint64_t sequence, FindSequence(*db_, kRequestFamily, request_key));
    if (sequence != kAbsent) found.replayed_sequence = sequence;
  }
  bool moved = false;
  for (size_t i = 0; i < streams.size(); ++i) {
    if (known.heads[i].has_value()) {
      found.heads.push_back(*known.heads[i]);
      continue;
    }
    ASSIGN_OR_RETURN(const uint64_t head, FindSequence(*db_, kStreamFamily, streams[i].stream));
    moved = moved || (head != kAbsent && head >= known.size);
    if (head != kAbsent) heads_->Learn(known.size, streams[i].stream, head);
    found.heads.push_back(head);
  }
  if (moved) return std::nullopt;
  return found;
}

absl::StatusOr<Ledger::Impl::Found> Ledger::Impl::FindAtOnce(
    const std::vector<StreamVersion>& streams, std::string_view request_key) const {
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

absl::StatusOr<Loaded> Ledger::Impl::Load(const std::vector<StreamVersion>& known,
                                          std::string_view request_key) const {
  for (const StreamVersion& stream : known) {
    if (!ValidStreamName(stream.stream)) {
      return absl::InvalidArgumentError("a stream's name is malformed");
    }
  }
  ASSIGN_OR_RETURN(const Found found, FindAtOnce(known, request_key));
  Loaded loaded;
  loaded.replayed_sequence = found.replayed_sequence;
  std::unordered_map<uint64_t, Record> read;
  for (size_t i = 0; i < known.size(); ++i) {
    ASSIGN_OR_RETURN(StreamTail tail, LoadTail(known[i], found.heads[i], read));
    loaded.streams.push_back(std::move(tail));
  }
  return loaded;
}

void Ledger::Impl::Append(AppendRequest request, AppendCallback done) {
  if (sequencer_ == nullptr) {
    done(absl::FailedPreconditionError("the ledger is open for reading only"));
    return;
  }
  absl::StatusOr<Prepared> prepared = Prepare(std::move(request), meta_.tag_key);
  if (!prepared.ok()) {
    sequencer_->Refuse(prepared.status(), std::move(done));
  } else {
    sequencer_->Append(*std::move(prepared), std::move(done));
  }
}

absl::StatusOr<std::vector<Record>> Ledger::Impl::Read(uint64_t from, size_t max_bytes,
                                                       absl::Duration wait) const {
  const std::vector<Record> none;
  if (from >= size()) {
    if (wait <= absl::ZeroDuration() || from == kAbsent || sequencer_ == nullptr) return none;
    if (!sequencer_->WaitForSize(from + 1, wait)) return none;
  }
  return recent_->Read(from, std::min(size(), from + kReadMax), max_bytes);
}

bool Ledger::Exists(const std::string& dir) {
  std::error_code ignored;
  return std::filesystem::exists(dir + "/CURRENT", ignored);
}

absl::Status Ledger::Create(const LedgerOptions& options, Genesis genesis) {
  SUYUAN_CHECK(options.clock != nullptr);
  if (!ValidIdentityText(genesis.identity.origin, 200) ||
      !ValidIdentityText(genesis.identity.ledger_id, 16)) {
    return absl::InvalidArgumentError("the origin or the ledger id is malformed");
  }
  if (genesis.record.kind != RecordKind::kGenesis || !genesis.record.reads.empty()) {
    return absl::InvalidArgumentError("the genesis record has another kind, or reads");
  }
  std::error_code error;
  if (std::filesystem::exists(options.dir, error) &&
      !std::filesystem::is_empty(options.dir, error)) {
    return absl::FailedPreconditionError(StrCat(options.dir, " is not empty"));
  }
  // Made beside its place, so that a ledger is there whole or not at all.
  LedgerOptions beside = options;
  beside.dir = options.dir + ".creating";
  std::filesystem::remove_all(beside.dir, error);
  std::filesystem::create_directories(beside.dir, error);
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<kv::Db> db,
                     OpenDb(beside, /*read_only=*/false, /*create=*/true));
    RETURN_IF_ERROR(WriteGenesis(*db, *options.clock, std::move(genesis)));
  }
  std::filesystem::rename(beside.dir, options.dir, error);
  if (error) return absl::InternalError(StrCat("rename to ", options.dir, ": ", error.message()));
  return kv::SyncDirectoryOf(options.dir);
}

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(const LedgerOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Impl::Open(options, /*read_only=*/false));
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::OpenReadOnly(const LedgerOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Impl::Open(options, /*read_only=*/true));
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

const LogIdentity& Ledger::identity() const { return impl_->meta().identity; }
const kv::Db& Ledger::db() const { return impl_->db(); }
absl::Status Ledger::Checkpoint(const std::string& dir) { return impl_->Checkpoint(dir); }

absl::StatusOr<Loaded> Ledger::Load(const std::vector<StreamVersion>& known,
                                    std::string_view request_key) {
  return impl_->Load(known, request_key);
}

void Ledger::Append(AppendRequest request, AppendCallback done) {
  impl_->Append(std::move(request), std::move(done));
}

absl::StatusOr<Appended> Ledger::AppendAndWait(AppendRequest request) {
  absl::StatusOr<Appended> result = absl::UnknownError("unanswered");
  std::latch answered(1);
  Append(std::move(request), [&](absl::StatusOr<Appended> answer) {
    result = std::move(answer);
    answered.count_down();
  });
  answered.wait();
  return result;
}

absl::StatusOr<Record> Ledger::GetRecord(uint64_t sequence) {
  // Load may have shown a record that size() does not count yet: visible is durable.
  absl::StatusOr<Record> record = LoadRecord(impl_->db(), sequence);
  if (!record.ok() && sequence >= impl_->size()) {
    return absl::NotFoundError(StrCat("there is no record ", sequence));
  }
  return record;
}

absl::StatusOr<std::vector<Record>> Ledger::ReadRecords(uint64_t from, size_t max_bytes,
                                                        absl::Duration wait) {
  return impl_->Read(from, max_bytes, wait);
}

void Ledger::EndWaits() { impl_->EndWaits(); }

absl::StatusOr<TreeHead> Ledger::GetTreeHead() { return impl_->tree().Head(); }

absl::StatusOr<std::vector<Hash>> Ledger::InclusionProof(uint64_t sequence, uint64_t size) {
  return impl_->tree().InclusionProof(sequence, size);
}

absl::StatusOr<std::vector<Hash>> Ledger::ConsistencyProof(uint64_t old_size, uint64_t new_size) {
  return impl_->tree().ConsistencyProof(old_size, new_size);
}

absl::StatusOr<Hash> Ledger::RootAt(uint64_t size) { return impl_->tree().RootAt(size); }

absl::StatusOr<std::vector<Hash>> Ledger::LoadTile(int level, uint64_t index, int width) {
  return impl_->tree().Tile(level, index, width);
}

absl::StatusOr<std::vector<std::string>> Ledger::LoadLeaves(uint64_t index, int width) {
  SUYUAN_CHECK(width >= 1 && width <= static_cast<int>(kTileWidth));
  const uint64_t size = impl_->tree().edge()->size();
  const uint64_t from = index * kTileWidth;
  if (index > size / kTileWidth || from + static_cast<uint64_t>(width) > size) {
    return absl::OutOfRangeError(StrCat("the log has no ", width, " records from ", from));
  }
  return LoadLeafRows(impl_->db(), from, width);
}

}  // namespace suyuan::ledger
