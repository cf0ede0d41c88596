#include "services/document/bitmap.h"

#include <png.h>

#include <cmath>

#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::document {
namespace {

// The image is ours and goes to memory: an error of libpng is a bug of ours.
[[noreturn]] void Fail(png_structp, png_const_charp message) {
  CheckFailed(message, __FILE__, __LINE__);
}

void Collect(png_structp png, png_bytep bytes, png_size_t count) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(bytes), count);
}

}  // namespace

Bitmap::Bitmap(int width, int height)
    : width_(width),
      height_(height),
      row_bytes_((width + 7) / 8),
      rows_(static_cast<size_t>(row_bytes_) * static_cast<size_t>(height)) {}

std::string PngOf(const Bitmap& bitmap, int dots_per_inch) {
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, &Fail, nullptr);
  SUYUAN_CHECK(png != nullptr);
  png_infop info = png_create_info_struct(png);
  SUYUAN_CHECK(info != nullptr);
  png_set_write_fn(png, &out, &Collect, [](png_structp) {});
  png_set_IHDR(png, info, static_cast<png_uint_32>(bitmap.width()),
               static_cast<png_uint_32>(bitmap.height()), 1, PNG_COLOR_TYPE_GRAY,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (dots_per_inch > 0) {
    const auto a_metre = static_cast<png_uint_32>(std::lround(dots_per_inch / 0.0254));
    png_set_pHYs(png, info, a_metre, a_metre, PNG_RESOLUTION_METER);
  }
  png_write_info(png, info);
  png_set_invert_mono(png);  // In a PNG 1 is white.
  for (int y = 0; y < bitmap.height(); ++y) png_write_row(png, bitmap.row(y));
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

std::string ZplOf(const Bitmap& bitmap) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const int total = bitmap.row_bytes() * bitmap.height();
  std::string out = StrCat("^XA^PW", bitmap.width(), "^LL", bitmap.height(), "^LH0,0^FO0,0^GFA,",
                           total, ",", total, ",", bitmap.row_bytes(), ",");
  for (int y = 0; y < bitmap.height(); ++y) {
    for (int i = 0; i < bitmap.row_bytes(); ++i) {
      out.push_back(kHex[bitmap.row(y)[i] >> 4]);
      out.push_back(kHex[bitmap.row(y)[i] & 15]);
    }
  }
  return out += "^FS^PQ1^XZ\n";
}

std::string TsplOf(const Bitmap& bitmap, double width_mm, double height_mm) {
  std::string out = StrCat("SIZE ", width_mm, " mm,", height_mm,
                           " mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 1\r\nCLS\r\nBITMAP 0,0,",
                           bitmap.row_bytes(), ",", bitmap.height(), ",0,");
  for (int y = 0; y < bitmap.height(); ++y) {
    for (int i = 0; i < bitmap.row_bytes(); ++i) {
      out.push_back(static_cast<char>(~bitmap.row(y)[i]));  // In TSPL 0 is black.
    }
  }
  return out += "\r\nPRINT 1,1\r\n";
}

}  // namespace suyuan::document
