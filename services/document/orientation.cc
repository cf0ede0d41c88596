#include "services/document/orientation.h"

#include <algorithm>
#include <cstdint>

namespace suyuan::document {
namespace {

constexpr Orientation kOrientations[] = {
    {false, false, false},  // 1: as stored.
    {false, true, false},   // 2: mirrored.
    {false, true, true},    // 3: upside down.
    {false, false, true},   // 4: mirrored, upside down.
    {true, false, false},   // 5: mirrored along the diagonal.
    {true, false, true},    // 6: to be turned right.
    {true, true, true},     // 7: mirrored along the other diagonal.
    {true, true, false},    // 8: to be turned left.
};

// Integers of a TIFF header; 0 past the end.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), little_(bytes.starts_with("II")) {}
  uint32_t Integer(size_t at, size_t width) const {
    if (at > bytes_.size() || width > bytes_.size() - at) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i) {
      const size_t place = little_ ? at + width - 1 - i : at + i;
      value = value << 8 | static_cast<uint8_t>(bytes_[place]);
    }
    return value;
  }

 private:
  const std::string_view bytes_;
  const bool little_;
};

// What follows "Exif\0\0" in the first segment of that kind; empty: there is none.
std::string_view ExifOf(std::string_view jpeg) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(jpeg[at]); };
  for (size_t at = 2; at + 4 <= jpeg.size() && byte(at) == 0xFF;) {
    const uint8_t marker = byte(at + 1);
    const size_t length = static_cast<size_t>(byte(at + 2)) << 8 | byte(at + 3);
    if (marker == 0xDA || length < 2) break;  // The picture itself begins.
    const std::string_view segment = jpeg.substr(at + 4, length - 2);
    if (marker == 0xE1 && segment.starts_with(kExif)) return segment.substr(kExif.size());
    at += 2 + length;
  }
  return {};
}

}  // namespace

Orientation OrientationOf(std::string_view jpeg) {
  constexpr uint32_t kTag = 0x0112;
  constexpr size_t kEntrySize = 12, kEntriesMax = 100;
  const Tiff tiff(ExifOf(jpeg));
  const size_t directory = tiff.Integer(4, 4);
  const size_t count = std::min<size_t>(tiff.Integer(directory, 2), kEntriesMax);
  for (size_t i = 0; i < count; ++i) {
    const size_t entry = directory + 2 + i * kEntrySize;
    if (tiff.Integer(entry, 2) != kTag) continue;
    const uint32_t value = tiff.Integer(entry + 8, 2);
    return value >= 1 && value <= 8 ? kOrientations[value - 1] : Orientation();
  }
  return Orientation();
}

}  // namespace suyuan::document
