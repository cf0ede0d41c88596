// Paths and bundles from elsewhere: one address a tile, one encoding a bundle.
#include <cstdint>
#include <string>

#include "services/tlog/tile_path.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto path = tlog::ParseTilePath(bytes); path.ok()) {
    SUYUAN_CHECK(tlog::FormatTilePath(*path) == bytes);
    const int width = tlog::TileWidthIn(~uint64_t{0}, path->level, path->index);
    SUYUAN_CHECK(width >= 0 && width <= tlog::kTileWidthMax);
  }
  for (const int width : {1, 2, 255, 256}) {
    const auto leaves = tlog::ParseBundle(bytes, width);
    if (leaves.ok()) SUYUAN_CHECK(tlog::EncodeBundle(*leaves) == bytes);
  }
  return 0;
}
