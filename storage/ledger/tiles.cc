#include "storage/ledger/tiles.h"

#include <map>
#include <optional>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::ledger {
namespace {

uint64_t CountAt(uint64_t size, int level) {
  return level * kTileHeight >= 64 ? 0 : size >> (level * kTileHeight);
}

// Nodes of the tree that `edge` ends, read tile by tile. For one call: keeps what it read.
class EdgeNodes final : public NodeSource {
 public:
  EdgeNodes(const kv::Db* db, int tile_family, std::shared_ptr<const TreeEdge> edge)
      : db_(db), tile_family_(tile_family), edge_(std::move(edge)) {}

  uint64_t size() const { return edge_->size(); }

  absl::StatusOr<Hash> Node(int height, uint64_t index) const override {
    const int level = height / kTileHeight;
    const int inner = height % kTileHeight;
    const uint64_t first = index << inner;
    const uint64_t tile = first / kTileWidth;
    ASSIGN_OR_RETURN(const std::vector<Hash>* const row, Row(level, tile));
    const uint64_t offset = first % kTileWidth;
    const uint64_t count = uint64_t{1} << inner;
    SUYUAN_CHECK(offset + count <= row->size());
    if (count == 1) return (*row)[offset];
    return RootOfHashes({row->begin() + offset, row->begin() + offset + count});
  }

 private:
  absl::StatusOr<const std::vector<Hash>*> Row(int level, uint64_t tile) const {
    if (tile >= CountAt(edge_->size(), level) / kTileWidth) return &edge_->row(level);
    const auto [place, fresh] = read_.try_emplace({level, tile});
    if (!fresh) return &place->second;
    const absl::StatusOr<std::string> bytes = db_->Get(tile_family_, TileKey(level, tile));
    if (absl::IsNotFound(bytes.status())) {
      return absl::DataLossError(StrCat("tile ", level, "/", tile, " is missing"));
    }
    RETURN_IF_ERROR(bytes.status());
    ASSIGN_OR_RETURN(place->second, DecodeTile(*bytes));
    return &place->second;
  }

  const kv::Db* const db_;
  const int tile_family_;
  const std::shared_ptr<const TreeEdge> edge_;
  mutable std::map<std::pair<int, uint64_t>, std::vector<Hash>> read_;
};

absl::Status PastTree(uint64_t size) {
  return absl::OutOfRangeError(StrCat("the tree has no size ", size));
}

}  // namespace

std::string TileKey(int level, uint64_t index) {
  std::string key;
  PutU8(key, static_cast<uint8_t>(level));
  PutU64(key, index);
  return key;
}

std::string EncodeTile(const std::vector<Hash>& hashes) {
  SUYUAN_CHECK(hashes.size() == kTileWidth);
  std::string bytes;
  bytes.reserve(kTileWidth * kHashSize);
  for (const Hash& hash : hashes) bytes.append(AsBytes(hash));
  return bytes;
}

absl::StatusOr<std::vector<Hash>> DecodeTile(std::string_view bytes) {
  if (bytes.size() != kTileWidth * kHashSize) return absl::DataLossError("tile does not decode");
  std::vector<Hash> hashes;
  hashes.reserve(kTileWidth);
  for (size_t at = 0; at < bytes.size(); at += kHashSize) {
    hashes.push_back(HashFromBytes(bytes.substr(at, kHashSize)));
  }
  return hashes;
}

void TreeEdge::AppendAt(int level, const Hash& hash, TileSink sink) {
  if (rows_.size() <= static_cast<size_t>(level)) rows_.resize(level + 1);
  rows_[level].push_back(hash);
  size_ += level == 0 ? 1 : 0;
  if (rows_[level].size() < kTileWidth) return;
  const std::vector<Hash> full = std::exchange(rows_[level], {});
  sink(level, CountAt(size_, level) / kTileWidth - 1, full);
  AppendAt(level + 1, RootOfHashes(full), sink);
}

void TreeEdge::AppendTile(const Hash& tile_root, TileSink sink) {
  SUYUAN_CHECK(size_ % kTileWidth == 0);
  size_ += kTileWidth;
  AppendAt(1, tile_root, sink);
}

TreeHead TreeEdge::Head() const {
  if (size_ == 0) return {0, EmptyRoot()};
  // Right to left: each row's nodes split into complete subtrees as the bits of its count say.
  std::optional<Hash> right;
  for (const std::vector<Hash>& row : rows_) {
    size_t end = row.size();
    for (size_t width = 1; end > 0; width *= 2) {
      if ((row.size() & width) == 0) continue;
      const Hash left = RootOfHashes({row.begin() + (end - width), row.begin() + end});
      right = right ? NodeHash(left, *right) : left;
      end -= width;
    }
  }
  return {size_, *right};
}

const std::vector<Hash>& TreeEdge::row(int level) const {
  static const std::vector<Hash> kNone;
  return static_cast<size_t>(level) < rows_.size() ? rows_[level] : kNone;
}

absl::StatusOr<TreeEdge> LoadEdge(
    uint64_t size, const std::function<absl::StatusOr<Hash>(uint64_t)>& leaf_hash,
    const std::function<absl::StatusOr<std::vector<Hash>>(int, uint64_t)>& tile) {
  TreeEdge edge;
  edge.size_ = size;
  for (int level = 0; CountAt(size, level) > 0; ++level) {
    const uint64_t count = CountAt(size, level);
    std::vector<Hash>& row = edge.rows_.emplace_back();
    for (uint64_t i = count / kTileWidth * kTileWidth; i < count; ++i) {
      if (level == 0) {
        ASSIGN_OR_RETURN(const Hash hash, leaf_hash(i));
        row.push_back(hash);
      } else {
        ASSIGN_OR_RETURN(const std::vector<Hash> below, tile(level - 1, i));
        row.push_back(RootOfHashes(below));
      }
    }
  }
  return edge;
}

Tree::Tree(const kv::Db* db, int tile_family, TreeEdge edge)
    : db_(db), tile_family_(tile_family), edge_(std::make_shared<TreeEdge>(std::move(edge))) {}

std::shared_ptr<const TreeEdge> Tree::edge() const {
  MutexLock lock(&mutex_);
  return edge_;
}

void Tree::Publish(std::shared_ptr<const TreeEdge> edge) {
  MutexLock lock(&mutex_);
  edge_ = std::move(edge);
}

absl::StatusOr<Hash> Tree::RootAt(uint64_t size) const {
  const EdgeNodes nodes(db_, tile_family_, edge());
  if (size > nodes.size()) return PastTree(size);
  return RootOf(size, nodes);
}

absl::StatusOr<std::vector<Hash>> Tree::InclusionProof(uint64_t index, uint64_t size) const {
  const EdgeNodes nodes(db_, tile_family_, edge());
  if (size > nodes.size()) return PastTree(size);
  return ProveInclusion(index, size, nodes);
}

absl::StatusOr<std::vector<Hash>> Tree::ConsistencyProof(uint64_t old_size,
                                                         uint64_t new_size) const {
  const EdgeNodes nodes(db_, tile_family_, edge());
  if (new_size > nodes.size()) return PastTree(new_size);
  return ProveConsistency(old_size, new_size, nodes);
}

absl::StatusOr<std::vector<Hash>> Tree::Tile(int level, uint64_t index, int width) const {
  const EdgeNodes nodes(db_, tile_family_, edge());
  SUYUAN_CHECK(level >= 0 && width >= 1 && width <= static_cast<int>(kTileWidth));
  const uint64_t count = CountAt(nodes.size(), level);
  if (index > count / kTileWidth || index * kTileWidth + static_cast<uint64_t>(width) > count) {
    return absl::OutOfRangeError(StrCat("the tree has no tile ", level, "/", index, " of ", width));
  }
  std::vector<Hash> hashes;
  for (int i = 0; i < width; ++i) {
    ASSIGN_OR_RETURN(
        hashes.emplace_back(),
        nodes.Node(level * kTileHeight, index * kTileWidth + static_cast<uint64_t>(i)));
  }
  return hashes;
}

}  // namespace suyuan::ledger
