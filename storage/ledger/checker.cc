#include "storage/ledger/checker.h"

#include <memory>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/record.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

absl::Status LossAt(uint64_t sequence, std::string_view what) {
  return absl::DataLossError(StrCat("record ", sequence, ": ", what));
}

// The hashes of encoded items, in order. False: they do not decode.
bool HashItems(std::string_view items, std::vector<Hash>& hashes) {
  hashes.clear();
  ByteReader in(items);
  while (in.ok() && !in.done()) {
    const auto type = static_cast<ItemType>(in.U8());
    const std::string_view salt = in.Bytes(kSaltSize);
    const std::string_view bytes = in.Bytes(in.U32());
    if (in.ok()) hashes.push_back(ItemHash(type, salt, bytes));
  }
  return in.ok();
}

}  // namespace

absl::StatusOr<Checker> Checker::Start(const kv::Db* db, const TreeHead& head) {
  ASSIGN_OR_RETURN(TreeEdge edge, LoadTreeEdge(*db, head.size));
  if (edge.Head().root != head.root) {
    return absl::DataLossError(StrCat("the store has another root at size ", head.size));
  }
  Checker checker(db, std::move(edge));
  if (head.size == 0) return checker;
  ASSIGN_OR_RETURN(const std::string bytes, LoadRow(*db, kLeafFamily, head.size - 1));
  ASSIGN_OR_RETURN(const Leaf leaf, Leaf::Decode(bytes));
  checker.last_leaf_ = LeafHash(bytes);
  checker.last_micros_ = leaf.record_micros;
  return checker;
}

absl::Status Checker::Check(std::string_view leaf, std::string_view items) {
  const uint64_t sequence = edge_.size();
  const absl::StatusOr<Leaf> decoded = Leaf::Decode(leaf);
  if (!decoded.ok()) return LossAt(sequence, FromAbsl(decoded.status().message()));
  if (decoded->sequence != sequence) return LossAt(sequence, "the leaf has another sequence");
  if (decoded->previous_leaf != last_leaf_) {
    return LossAt(sequence, "it does not follow the record before it");
  }
  if (sequence > 0 && decoded->record_micros <= last_micros_) {
    return LossAt(sequence, "its time is not after the record before it");
  }
  if (!HashItems(items, item_hashes_) || RootOfHashes(item_hashes_) != decoded->content_root) {
    return LossAt(sequence, "the items do not hash to the content root");
  }
  last_leaf_ = LeafHash(leaf);
  last_micros_ = decoded->record_micros;
  absl::Status tiles;
  edge_.Append(last_leaf_, [&](int level, uint64_t index, const std::vector<Hash>& tile) {
    const absl::StatusOr<std::string> stored = db_->Get(kTileFamily, TileKey(level, index));
    if (!stored.ok() || *stored != EncodeTile(tile)) {
      tiles.Update(absl::DataLossError(
          StrCat("tile ", level, "/", index, " is not what its records hash to")));
    }
  });
  return tiles;
}

absl::StatusOr<TreeHead> Checker::Advance(uint64_t size) {
  if (edge_.size() < size) {
    const std::unique_ptr<kv::Iterator> leaves = db_->NewIterator(kLeafFamily);
    const std::unique_ptr<kv::Iterator> contents = db_->NewIterator(kContentFamily);
    leaves->Seek(BigEndian64(edge_.size()));
    contents->Seek(BigEndian64(edge_.size()));
    while (edge_.size() < size) {
      RETURN_IF_ERROR(leaves->status());
      RETURN_IF_ERROR(contents->status());
      const std::string key = BigEndian64(edge_.size());
      if (!leaves->Valid() || leaves->key() != key || !contents->Valid() ||
          contents->key() != key) {
        return LossAt(edge_.size(), "a row is missing");
      }
      RETURN_IF_ERROR(Check(leaves->value(), contents->value()));
      leaves->Next();
      contents->Next();
    }
  }
  return edge_.Head();
}

}  // namespace suyuan::ledger
