// Black and white dots, and the files and printer languages they travel in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace suyuan::document {

// Thread-compatible.
class Bitmap {
 public:
  Bitmap(int width, int height);  // All white.
  int width() const { return width_; }
  int height() const { return height_; }
  int row_bytes() const { return row_bytes_; }
  bool Black(int x, int y) const { return (row(y)[x / 8] & (0x80 >> (x % 8))) != 0; }
  void SetBlack(int x, int y) { rows_[At(y) + x / 8] |= static_cast<uint8_t>(0x80 >> (x % 8)); }
  // `row_bytes` bytes, the leftmost dot in the highest bit, 1 is black.
  const uint8_t* row(int y) const { return rows_.data() + At(y); }

 private:
  size_t At(int y) const { return static_cast<size_t>(y) * static_cast<size_t>(row_bytes_); }
  const int width_, height_, row_bytes_;
  std::vector<uint8_t> rows_;
};

// 1-bit greyscale. `dots_per_inch` is written into it where it is above 0.
std::string PngOf(const Bitmap& bitmap, int dots_per_inch = 0);

// One label as a whole picture: the printer adds no font and no code of its own.
// Zebra's ZPL II, ^GFA in hexadecimal.
std::string ZplOf(const Bitmap& bitmap);
// TSC's TSPL, BITMAP. The label's size in millimetres is what the printer feeds by.
std::string TsplOf(const Bitmap& bitmap, double width_mm, double height_mm);

}  // namespace suyuan::document
