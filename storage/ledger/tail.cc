#include "storage/ledger/tail.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {
namespace {

absl::Status LossAt(uint64_t sequence, std::string_view what) {
  return absl::DataLossError(StrCat("record ", sequence, ": ", what));
}

// One more than the last sequence of a family.
absl::StatusOr<uint64_t> SizeOf(const kv::Db& db, LedgerFamily family) {
  const std::unique_ptr<kv::Iterator> last = db.NewIterator(family);
  last->SeekToLast();
  if (!last->Valid()) {
    RETURN_IF_ERROR(last->status());
    return 0;
  }
  ASSIGN_OR_RETURN(const uint64_t sequence, DecodeSequence(last->key()));
  if (sequence == kAbsent) return absl::DataLossError("a row has no possible sequence");
  return sequence + 1;
}

absl::Status CheckRows(const kv::Db& db, const Meta& meta, const Record& record) {
  const uint64_t sequence = record.leaf.sequence;
  const Terms terms = record.terms();
  ASSIGN_OR_RETURN(const uint64_t request, FindSequence(db, kRequestFamily, terms.request_key));
  if (request != sequence) return LossAt(sequence, "its request row does not name it");
  if (terms.writes.size() != record.leaf.links.size()) {
    return LossAt(sequence, "its terms and links differ in number");
  }
  for (size_t i = 0; i < terms.writes.size(); ++i) {
    const StreamTag& write = terms.writes[i];
    if (write.salt != TagSaltOf(meta.tag_key, write.stream) ||
        TagOf(write.salt, write.stream) != record.leaf.links[i].tag) {
      return LossAt(sequence, StrCat("the tag of stream ", write.stream, " does not open"));
    }
    ASSIGN_OR_RETURN(const uint64_t head, FindSequence(db, kStreamFamily, write.stream));
    if (head == kAbsent || head < sequence) {
      return LossAt(sequence, StrCat("the row of stream ", write.stream, " is behind it"));
    }
  }
  return absl::OkStatus();
}

// The full tiles of leaves that end within `hashes`, those of the records from `first` on.
absl::Status CheckFilledTiles(const kv::Db& db, uint64_t first, const std::vector<Hash>& hashes) {
  const uint64_t size = first + hashes.size();
  for (uint64_t tile = (first + kTileWidth - 1) / kTileWidth; (tile + 1) * kTileWidth <= size;
       ++tile) {
    const auto begin = hashes.begin() + static_cast<ptrdiff_t>(tile * kTileWidth - first);
    const absl::StatusOr<std::string> stored = db.Get(kTileFamily, TileKey(0, tile));
    if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
    if (!stored.ok() || *stored != EncodeTile({begin, begin + kTileWidth})) {
      return absl::DataLossError(StrCat("tile 0/", tile, " is not what its records hash to"));
    }
  }
  return absl::OkStatus();
}

// At the stored checkpoint of the greatest size, if there is one; else at no checkpoint.
std::unique_ptr<kv::Iterator> FromNewestCheckpoint(const kv::Db& db) {
  std::unique_ptr<kv::Iterator> row = db.NewIterator(kMetaFamily);
  row->Seek(CheckpointKey(kAbsent));
  if (row->Valid()) {
    row->Prev();
  } else {
    row->SeekToLast();
  }
  return row;
}

// No tile stands past the end of the tree of `size` leaves.
absl::Status CheckNoSurplusTile(const kv::Db& db, uint64_t size) {
  const std::unique_ptr<kv::Iterator> tiles = db.NewIterator(kTileFamily);
  for (int level = 0; level < 64 / kTileHeight; ++level) {
    size >>= kTileHeight;
    tiles->Seek(TileKey(level, size));
    RETURN_IF_ERROR(tiles->status());
    if (tiles->Valid() && static_cast<uint8_t>(tiles->key()[0]) == level) {
      return absl::DataLossError(StrCat("tile ", level, "/", size, " is past the tree's end"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Tip> CheckTail(const kv::Db& db, const Meta& meta) {
  ASSIGN_OR_RETURN(const uint64_t size, SizeOf(db, kLeafFamily));
  if (size == 0) return LossAt(0, "the leaf row is missing");
  ASSIGN_OR_RETURN(const uint64_t contents, SizeOf(db, kContentFamily));
  if (contents != size) {
    return LossAt(std::min(size, contents),
                  contents < size ? "the content row is missing" : "the leaf row is missing");
  }
  Tip tip;
  const uint64_t first = size > kTailChecked ? size - kTailChecked : 0;
  if (first > 0) {
    ASSIGN_OR_RETURN(const std::string bytes, LoadRow(db, kLeafFamily, first - 1));
    const absl::StatusOr<Leaf> leaf = Leaf::Decode(bytes);
    if (!leaf.ok()) return LossAt(first - 1, FromAbsl(leaf.status().message()));
    tip = {first, leaf->record_micros, LeafHash(bytes), leaf->schema};
  }
  std::vector<Hash> hashes;
  for (uint64_t sequence = first; sequence < size; ++sequence) {
    ASSIGN_OR_RETURN(const std::string bytes, LoadRow(db, kLeafFamily, sequence));
    ASSIGN_OR_RETURN(const std::string items, LoadRow(db, kContentFamily, sequence));
    ASSIGN_OR_RETURN(const Record record, DecodeRecord(sequence, bytes, items));
    const Leaf& leaf = record.leaf;
    if (leaf.previous_leaf != tip.leaf_hash) {
      return LossAt(sequence, "it does not follow the record before it");
    }
    if (sequence > 0 && leaf.record_micros <= tip.record_micros) {
      return LossAt(sequence, "its time is not after the record before it");
    }
    RETURN_IF_ERROR(CheckRows(db, meta, record));
    tip = {sequence + 1, leaf.record_micros, LeafHash(bytes), leaf.schema};
    hashes.push_back(tip.leaf_hash);
  }
  RETURN_IF_ERROR(CheckFilledTiles(db, first, hashes));
  RETURN_IF_ERROR(CheckNoSurplusTile(db, size));
  return tip;
}

absl::Status PutCheckpoint(const kv::Db& db, uint64_t size, std::string_view note,
                           kv::WriteBatch& write) {
  write.Put(kMetaFamily, CheckpointKey(size), note);
  const std::unique_ptr<kv::Iterator> row = FromNewestCheckpoint(db);
  for (int kept = 1; kept < kCheckpointsKept && row->Valid(); ++kept) row->Prev();
  uint64_t sizes[2] = {};  // The first that is not among the newest, and the one before it.
  for (uint64_t& older : sizes) {
    RETURN_IF_ERROR(row->status());
    if (!row->Valid() || !row->key().starts_with(kCheckpointPrefix)) return absl::OkStatus();
    ASSIGN_OR_RETURN(older, DecodeSequence(row->key().substr(kCheckpointPrefix.size())));
    row->Prev();
  }
  if (sizes[0] / kRecordsACheckpoint == sizes[1] / kRecordsACheckpoint) {
    write.Delete(kMetaFamily, CheckpointKey(sizes[0]));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> FindNewestCheckpoint(const kv::Db& db) {
  const std::unique_ptr<kv::Iterator> row = FromNewestCheckpoint(db);
  RETURN_IF_ERROR(row->status());
  if (!row->Valid() || !row->key().starts_with(kCheckpointPrefix)) return std::nullopt;
  return std::string(row->value());
}

absl::Status CheckCheckpoints(
    const kv::Db& db, const Tree& tree,
    const std::function<absl::StatusOr<TreeHead>(std::string_view)>& read) {
  const std::unique_ptr<kv::Iterator> row = FromNewestCheckpoint(db);
  for (int i = 0; i < kCheckpointsChecked && row->Valid(); ++i, row->Prev()) {
    if (!row->key().starts_with(kCheckpointPrefix)) break;
    ASSIGN_OR_RETURN(const uint64_t size,
                     DecodeSequence(row->key().substr(kCheckpointPrefix.size())));
    const auto loss = [&](std::string_view what) {
      return absl::DataLossError(StrCat("the stored checkpoint of size ", size, ": ", what));
    };
    const absl::StatusOr<TreeHead> head = read(row->value());
    if (!head.ok()) return loss(FromAbsl(head.status().message()));
    if (head->size != size) return loss("it is of another size");
    if (size > tree.Head().size) return loss("it is past the end of the log");
    ASSIGN_OR_RETURN(const Hash root, tree.RootAt(size));
    if (root != head->root) return loss("the log has another root");
  }
  return row->status();
}

}  // namespace suyuan::ledger
