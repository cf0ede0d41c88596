// How the tree and its leaves are cut into files that never change: tiles of 256 hashes, bundles of
// 256 leaves, and their paths. Pure.
// Source: c2sp.org/tlog-tiles@v0.1.0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace suyuan::tlog {

constexpr int kTileWidthMax = 256;
constexpr int kTileLevelMax = 63;
constexpr size_t kEntrySizeMax = 65535;

struct TilePath {
  bool entries = false;       // A bundle of leaves; its level is 0.
  int level = 0;              // 0 to 63.
  uint64_t index = 0;         // Within the level; at most 2^55 - 1.
  int width = kTileWidthMax;  // Below 256: a partial tile.
  bool operator==(const TilePath&) const = default;
};

// "tile/0/x001/x234/067.p/12", "tile/entries/000".
std::string FormatTilePath(const TilePath& path);
// INVALID_ARGUMENT: not exactly what FormatTilePath writes.
absl::StatusOr<TilePath> ParseTilePath(std::string_view path);

// How wide that tile is in a tree of `size` leaves: 0, where it is not in it, to 256.
int TileWidthIn(uint64_t size, int level, uint64_t index);

// A bundle: each leaf after its length (2 bytes, big-endian). Aborts where a leaf is too long.
std::string EncodeBundle(const std::vector<std::string>& leaves);
// INVALID_ARGUMENT: does not hold exactly `width` leaves.
absl::StatusOr<std::vector<std::string>> ParseBundle(std::string_view bytes, int width);

}  // namespace suyuan::tlog
