#include "services/tlog/tile_path.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/tile_path.h"

namespace suyuan::tlog {
namespace {

constexpr size_t kPathMax = 64;
constexpr uint64_t kIndexMax = (uint64_t{1} << 55) - 1;
constexpr int kLevelBits = 8;

absl::Status Malformed() { return absl::InvalidArgumentError("not the path of a tile"); }

// A decimal number without zeros in front, off the front of `text`.
bool TakeNumber(std::string_view& text, int* value) {
  size_t end = 0;
  while (end < text.size() && end < 4 && absl::ascii_isdigit(text[end])) ++end;
  const std::string digits(text.substr(0, end));
  text.remove_prefix(end);
  return absl::SimpleAtoi(digits, value);
}

// "x001/x234/067", off the front of `text`.
bool TakeIndex(std::string_view& text, uint64_t* index) {
  *index = 0;
  while (true) {
    const bool more = text.starts_with('x');
    if (more) text.remove_prefix(1);
    if (text.size() < 3) return false;
    for (const char c : text.substr(0, 3)) {
      if (!absl::ascii_isdigit(c)) return false;
      *index = *index * 10 + static_cast<uint64_t>(c - '0');
    }
    text.remove_prefix(3);
    if (*index > kIndexMax) return false;
    if (!more) return true;
    if (!text.starts_with('/')) return false;
    text.remove_prefix(1);
  }
}

}  // namespace

std::string FormatTilePath(const TilePath& path) {
  const auto width = static_cast<uint64_t>(path.width);
  return path.entries ? ledger::EntriesPath(path.index, width)
                      : ledger::TilePath(path.level, path.index, width);
}

absl::StatusOr<TilePath> ParseTilePath(std::string_view path) {
  constexpr std::string_view kTile = "tile/", kEntries = "entries/", kPartial = ".p/";
  if (path.size() > kPathMax || !path.starts_with(kTile)) return Malformed();
  std::string_view rest = path.substr(kTile.size());
  TilePath tile;
  tile.entries = rest.starts_with(kEntries);
  if (tile.entries) {
    rest.remove_prefix(kEntries.size());
  } else {
    if (!TakeNumber(rest, &tile.level) || tile.level > kTileLevelMax || !rest.starts_with('/')) {
      return Malformed();
    }
    rest.remove_prefix(1);
  }
  if (!TakeIndex(rest, &tile.index)) return Malformed();
  if (rest.starts_with(kPartial)) {
    rest.remove_prefix(kPartial.size());
    if (!TakeNumber(rest, &tile.width) || tile.width < 1 || tile.width >= kTileWidthMax) {
      return Malformed();
    }
  }
  // One path a tile: no zeros in front, nothing behind.
  if (FormatTilePath(tile) != path) return Malformed();
  return tile;
}

int TileWidthIn(uint64_t size, int level, uint64_t index) {
  const int shift = level * kLevelBits;
  const uint64_t nodes = shift >= 64 ? 0 : size >> shift;
  if (index > kIndexMax || nodes <= index * kTileWidthMax) return 0;
  return static_cast<int>(std::min<uint64_t>(nodes - index * kTileWidthMax, kTileWidthMax));
}

std::string EncodeBundle(const std::vector<std::string>& leaves) {
  std::string bytes;
  for (const std::string& leaf : leaves) {
    SUYUAN_CHECK(leaf.size() <= kEntrySizeMax);
    PutU16(bytes, static_cast<uint16_t>(leaf.size()));
    bytes += leaf;
  }
  return bytes;
}

absl::StatusOr<std::vector<std::string>> ParseBundle(std::string_view bytes, int width) {
  ByteReader reader(bytes);
  std::vector<std::string> leaves;
  for (int i = 0; i < width && reader.ok(); ++i) leaves.emplace_back(reader.Bytes(reader.U16()));
  if (!reader.done()) {
    return absl::InvalidArgumentError(StrCat("the bundle does not hold ", width, " leaves"));
  }
  return leaves;
}

}  // namespace suyuan::tlog
