#include "storage/ledger/tile_path.h"

#include <string_view>

#include "absl/strings/str_format.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {
namespace {

constexpr int kLevelMax = 63;

std::string PathOf(std::string_view kind, uint64_t index, uint64_t width) {
  SUYUAN_CHECK(width >= 1 && width <= kTileWidth);
  std::string digits = absl::StrFormat("%03d", index % 1000);
  for (uint64_t rest = index / 1000; rest > 0; rest /= 1000) {
    digits = absl::StrFormat("x%03d/%s", rest % 1000, digits);
  }
  const std::string part = width < kTileWidth ? StrCat(".p/", width) : "";
  return StrCat("tile/", kind, "/", digits, part);
}

}  // namespace

std::string TilePath(int level, uint64_t index, uint64_t width) {
  SUYUAN_CHECK(level >= 0 && level <= kLevelMax);
  return PathOf(StrCat(level), index, width);
}

std::string EntriesPath(uint64_t index, uint64_t width) { return PathOf("entries", index, width); }

}  // namespace suyuan::ledger
