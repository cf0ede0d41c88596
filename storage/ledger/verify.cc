#include "storage/ledger/verify.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {
namespace {

class Verifier {
 public:
  Verifier(const kv::Db& db, const VerifyOptions& options)
      : db_(db), options_(options), snapshot_(db.NewSnapshot()) {}

  absl::StatusOr<VerifyResult> Run();

 private:
  void Report(Finding finding, uint64_t sequence, std::string_view text);
  absl::StatusOr<uint64_t> SizeOf(LedgerFamily family) const;
  // Hashes the records of one tile (256, or what is left) and its link to the record before.
  absl::Status HashTile(uint64_t tile);
  bool HashRecord(uint64_t sequence, std::string_view leaf_bytes, std::string_view items,
                  int64_t* last_micros, Hash* last_leaf);
  void HashInParallel();
  void CheckTree();
  void CheckTile(int level, uint64_t index, const std::vector<Hash>& hashes);
  absl::Status CheckInOrder();
  void CheckStreams(const Record& record, const Terms& terms);
  absl::Status CompareRows(LedgerFamily family, Finding finding,
                           const std::unordered_map<std::string, uint64_t>& expected);

  const kv::Db& db_;
  const VerifyOptions& options_;
  const std::unique_ptr<kv::Snapshot> snapshot_;
  Meta meta_;
  uint64_t size_ = 0;
  std::vector<Hash> tile_roots_;  // Of full tiles of leaves.
  std::vector<Hash> tail_;        // Leaf hashes after the last full tile.
  uint64_t tiles_expected_ = 0;
  std::unordered_map<std::string, uint64_t> heads_;
  std::unordered_map<std::string, uint64_t> requests_;
  Mutex mutex_;
  VerifyResult result_ ABSL_GUARDED_BY(mutex_);
};

void Verifier::Report(Finding finding, uint64_t sequence, std::string_view text) {
  MutexLock lock(&mutex_);
  ++result_.error_count;
  if (result_.errors.size() < options_.errors_max) {
    result_.errors.push_back({finding, sequence, std::string(text)});
  }
}

// One more than the last sequence of a family.
absl::StatusOr<uint64_t> Verifier::SizeOf(LedgerFamily family) const {
  const std::unique_ptr<kv::Iterator> last = db_.NewIterator(family, snapshot_.get());
  last->SeekToLast();
  RETURN_IF_ERROR(last->status());
  if (!last->Valid()) return 0;
  ASSIGN_OR_RETURN(const uint64_t sequence, DecodeSequence(last->key()));
  return sequence + 1;
}

bool Verifier::HashRecord(uint64_t sequence, std::string_view leaf_bytes, std::string_view items,
                          int64_t* last_micros, Hash* last_leaf) {
  const absl::StatusOr<Leaf> leaf = Leaf::Decode(leaf_bytes);
  const Hash hash = LeafHash(leaf_bytes);
  if (!leaf.ok() || leaf->sequence != sequence) {
    Report(Finding::kRecord, sequence,
           leaf.ok() ? "its leaf names another sequence" : FromAbsl(leaf.status().message()));
    *last_leaf = hash;
    return false;
  }
  const absl::StatusOr<std::vector<Item>> content = DecodeItems(items);
  if (!content.ok()) {
    Report(Finding::kRecord, sequence, FromAbsl(content.status().message()));
  } else if (ContentRoot(*content) != leaf->content_root) {
    Report(Finding::kContent, sequence, "its items do not hash to its content root");
  }
  if (leaf->previous_leaf != *last_leaf) {
    Report(Finding::kChain, sequence, "it does not follow the record before it");
  }
  if (sequence > 0 && leaf->record_micros <= *last_micros) {
    Report(Finding::kChain, sequence, "its time is not after the record before it");
  }
  *last_micros = leaf->record_micros;
  *last_leaf = hash;
  return true;
}

absl::Status Verifier::HashTile(uint64_t tile) {
  const uint64_t first = tile * kTileWidth, end = std::min(first + kTileWidth, size_);
  int64_t last_micros = 0;
  Hash last_leaf{};
  if (first > 0) {
    const auto before = db_.Get(kLeafFamily, BigEndian64(first - 1), snapshot_.get());
    if (before.ok()) {
      last_leaf = LeafHash(*before);
      const absl::StatusOr<Leaf> leaf = Leaf::Decode(*before);
      if (leaf.ok()) last_micros = leaf->record_micros;
    }
  }
  std::vector<Hash> hashes;
  uint64_t bytes = 0;
  for (uint64_t sequence = first; sequence < end; ++sequence) {
    const auto leaf = db_.Get(kLeafFamily, BigEndian64(sequence), snapshot_.get());
    const auto items = db_.Get(kContentFamily, BigEndian64(sequence), snapshot_.get());
    if (!leaf.ok() || !items.ok()) {
      const absl::Status& status = leaf.ok() ? items.status() : leaf.status();
      Report(Finding::kRecord, sequence,
             StrCat(leaf.ok() ? "content row: " : "leaf row: ", status.ToString()));
      hashes.push_back(leaf.ok() ? LeafHash(*leaf) : Hash{});
      last_leaf = hashes.back();
      continue;
    }
    HashRecord(sequence, *leaf, *items, &last_micros, &last_leaf);
    hashes.push_back(last_leaf);
    bytes += leaf->size() + items->size();
  }
  if (hashes.size() == kTileWidth) {
    CheckTile(0, tile, hashes);
    tile_roots_[tile] = RootOfHashes(hashes);
  } else {
    tail_ = std::move(hashes);
  }
  MutexLock lock(&mutex_);
  result_.bytes_hashed += bytes;
  return absl::OkStatus();
}

void Verifier::HashInParallel() {
  const uint64_t tiles = (size_ + kTileWidth - 1) / kTileWidth;
  tile_roots_.resize(size_ / kTileWidth);
  std::atomic<uint64_t> next{0};
  const auto work = [&] {
    for (uint64_t tile = next++; tile < tiles; tile = next++) {
      HashTile(tile).IgnoreError();
      if (options_.progress && tile % 64 == 0) options_.progress(tile * kTileWidth, size_);
    }
  };
  std::vector<std::thread> workers;
  for (int i = 1; i < options_.threads; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
}

void Verifier::CheckTile(int level, uint64_t index, const std::vector<Hash>& hashes) {
  const auto stored = db_.Get(kTileFamily, TileKey(level, index), snapshot_.get());
  if (!stored.ok()) {
    Report(Finding::kTile, kAbsent, StrCat("tile ", level, "/", index, " is missing"));
  } else if (*stored != EncodeTile(hashes)) {
    Report(Finding::kTile, kAbsent, StrCat("tile ", level, "/", index, " is not what it covers"));
  }
}

void Verifier::CheckTree() {
  TreeEdge edge;
  tiles_expected_ = tile_roots_.size();
  const auto check = [this](int level, uint64_t index, const std::vector<Hash>& hashes) {
    ++tiles_expected_;
    CheckTile(level, index, hashes);
  };
  for (const Hash& root : tile_roots_) edge.AppendTile(root, check);
  for (const Hash& hash : tail_) edge.Append(hash, check);
  MutexLock lock(&mutex_);
  result_.head = edge.Head();
}

void Verifier::CheckStreams(const Record& record, const Terms& terms) {
  const uint64_t sequence = record.leaf.sequence;
  const auto head_of = [this](const std::string& stream) {
    const auto head = heads_.find(stream);
    return head == heads_.end() ? kAbsent : head->second;
  };
  for (const StreamVersion& read : terms.reads) {
    if (head_of(read.stream) != read.version) {
      Report(Finding::kStream, sequence,
             StrCat("it read stream ", read.stream,
                    " at another "
                    "version than it had"));
    }
  }
  if (terms.writes.size() != record.leaf.links.size()) {
    Report(Finding::kStream, sequence, "its terms and links differ in number");
    return;
  }
  for (size_t i = 0; i < terms.writes.size(); ++i) {
    const StreamTag& write = terms.writes[i];
    const StreamLink& link = record.leaf.links[i];
    if (write.salt != TagSaltOf(meta_.tag_key, write.stream) ||
        TagOf(write.salt, write.stream) != link.tag) {
      Report(Finding::kStream, sequence, StrCat("the tag of ", write.stream, " does not open"));
    }
    if (head_of(write.stream) != link.previous) {
      Report(Finding::kStream, sequence, StrCat("its link to ", write.stream, " is wrong"));
    }
  }
  for (const StreamTag& write : terms.writes) heads_[write.stream] = sequence;
}

absl::Status Verifier::CheckInOrder() {
  for (uint64_t sequence = 0; sequence < size_; ++sequence) {
    const auto leaf = db_.Get(kLeafFamily, BigEndian64(sequence), snapshot_.get());
    const auto items = db_.Get(kContentFamily, BigEndian64(sequence), snapshot_.get());
    if (!leaf.ok() || !items.ok()) continue;  // Reported when hashed.
    const absl::StatusOr<Record> record = DecodeRecord(sequence, *leaf, *items);
    if (!record.ok()) continue;
    const Terms terms = record->terms();
    CheckStreams(*record, terms);
    if (!requests_.emplace(terms.request_key, sequence).second) {
      Report(Finding::kRequest, sequence, "its request key stands on an earlier record");
    }
    if (options_.check_author) {
      const absl::Status author = options_.check_author(*record);
      if (!author.ok()) Report(Finding::kAuthor, sequence, FromAbsl(author.message()));
    }
    MutexLock lock(&mutex_);
    result_.items += record->items.size();
    result_.events += record->events().size();
  }
  return absl::OkStatus();
}

absl::Status Verifier::CompareRows(LedgerFamily family, Finding finding,
                                   const std::unordered_map<std::string, uint64_t>& expected) {
  const std::unique_ptr<kv::Iterator> row = db_.NewIterator(family, snapshot_.get());
  uint64_t matched = 0;
  for (row->Seek(""); row->Valid(); row->Next()) {
    const auto wanted = expected.find(std::string(row->key()));
    const absl::StatusOr<uint64_t> sequence = DecodeSequence(row->value());
    if (wanted == expected.end()) {
      Report(finding, kAbsent, StrCat("row ", row->key(), " belongs to no record"));
    } else if (!sequence.ok() || *sequence != wanted->second) {
      Report(finding, wanted->second, StrCat("row ", row->key(), " names another record"));
      ++matched;
    } else {
      ++matched;
    }
  }
  RETURN_IF_ERROR(row->status());
  if (matched == expected.size()) return absl::OkStatus();
  for (const auto& [key, sequence] : expected) {
    if (!db_.Get(family, key, snapshot_.get()).ok()) {
      Report(finding, sequence, StrCat("row ", key, " is missing"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<VerifyResult> Verifier::Run() {
  ASSIGN_OR_RETURN(meta_, LoadMeta(db_));
  ASSIGN_OR_RETURN(const uint64_t leaves, SizeOf(kLeafFamily));
  ASSIGN_OR_RETURN(const uint64_t contents, SizeOf(kContentFamily));
  size_ = std::max(leaves, contents);
  HashInParallel();
  CheckTree();
  RETURN_IF_ERROR(CheckInOrder());
  RETURN_IF_ERROR(CompareRows(kStreamFamily, Finding::kStream, heads_));
  RETURN_IF_ERROR(CompareRows(kRequestFamily, Finding::kRequest, requests_));
  const std::unique_ptr<kv::Iterator> tile = db_.NewIterator(kTileFamily, snapshot_.get());
  uint64_t tiles = 0;
  for (tile->Seek(""); tile->Valid(); tile->Next()) ++tiles;
  RETURN_IF_ERROR(tile->status());
  if (tiles > tiles_expected_) Report(Finding::kTile, kAbsent, "there are surplus tiles");
  MutexLock lock(&mutex_);
  result_.streams = heads_.size();
  std::sort(result_.errors.begin(), result_.errors.end(),
            [](const VerifyError& a, const VerifyError& b) { return a.sequence < b.sequence; });
  return result_;
}

}  // namespace

std::string_view FindingName(Finding finding) {
  switch (finding) {
    case Finding::kRecord:
      return "record";
    case Finding::kContent:
      return "content";
    case Finding::kChain:
      return "chain";
    case Finding::kTile:
      return "tile";
    case Finding::kStream:
      return "stream";
    case Finding::kRequest:
      return "request";
    case Finding::kAuthor:
      return "author";
  }
  return "unknown";
}

absl::StatusOr<VerifyResult> VerifyLedger(const kv::Db& db, const VerifyOptions& options) {
  return Verifier(db, options).Run();
}

}  // namespace suyuan::ledger
