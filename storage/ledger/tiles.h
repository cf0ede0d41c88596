// The log's tree, kept as tiles: 256 hashes of one height side by side (C2SP tlog-tiles). Full
// tiles are stored, once, with the records that fill them; the rest, the tree's right edge, is in
// memory and built again at open from at most 255 leaves and 255 tiles a level.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {

constexpr int kTileHeight = 8;
constexpr uint64_t kTileWidth = 1 << kTileHeight;

std::string TileKey(int level, uint64_t index);  // Level u8 ‖ index u64.
std::string EncodeTile(const std::vector<Hash>& hashes);
// The hashes of a full tile. DATA_LOSS unless it is 256 of them.
absl::StatusOr<std::vector<Hash>> DecodeTile(std::string_view bytes);

// All hashes of a tree that are in no full tile. Thread-compatible; a value.
class TreeEdge {
 public:
  // Takes each tile that this append fills, of any level.
  using TileSink = absl::FunctionRef<void(int level, uint64_t index, const std::vector<Hash>&)>;
  void Append(const Hash& leaf_hash, TileSink sink) { AppendAt(0, leaf_hash, sink); }
  // Appends the 256 leaves of a tile by its root. The size must be a multiple of 256.
  void AppendTile(const Hash& tile_root, TileSink sink);
  uint64_t size() const { return size_; }
  TreeHead Head() const;
  // Nodes of height 8 · level that are in no full tile, from the first such on.
  const std::vector<Hash>& row(int level) const;

 private:
  friend absl::StatusOr<TreeEdge> LoadEdge(
      uint64_t size, const std::function<absl::StatusOr<Hash>(uint64_t)>& leaf_hash,
      const std::function<absl::StatusOr<std::vector<Hash>>(int, uint64_t)>& tile);
  void AppendAt(int level, const Hash& hash, TileSink sink);
  uint64_t size_ = 0;
  std::vector<std::vector<Hash>> rows_;
};

// The edge of the tree of `size` leaves, read from what is stored.
absl::StatusOr<TreeEdge> LoadEdge(
    uint64_t size, const std::function<absl::StatusOr<Hash>(uint64_t)>& leaf_hash,
    const std::function<absl::StatusOr<std::vector<Hash>>(int, uint64_t)>& tile);

// The durable tree, for readers of any size up to its own. Thread-safe. One writer publishes.
class Tree {
 public:
  // `db` must outlive the tree; its family `tile_family` holds every full tile of `edge`.
  Tree(const kv::Db* db, int tile_family, TreeEdge edge);

  std::shared_ptr<const TreeEdge> edge() const;
  // What `edge` holds is durable, and readers may see it.
  void Publish(std::shared_ptr<const TreeEdge> edge);

  TreeHead Head() const { return edge()->Head(); }
  // OUT_OF_RANGE: a size is past the tree's. DATA_LOSS: a tile is missing or malformed.
  absl::StatusOr<Hash> RootAt(uint64_t size) const;
  absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t index, uint64_t size) const;
  absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size, uint64_t new_size) const;
  // The first `width` (1 to 256) hashes of a tile, full or not: one row is read at most.
  absl::StatusOr<std::vector<Hash>> Tile(int level, uint64_t index, int width) const;

 private:
  const kv::Db* const db_;
  const int tile_family_;
  mutable Mutex mutex_;
  std::shared_ptr<const TreeEdge> edge_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::ledger
