#include "services/document/qr.h"

#include <png.h>
#include <qrencode.h>

#include <memory>
#include <vector>

#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::document {
namespace {

// The modules of one code, without its quiet zone.
class Symbol {
 public:
  static absl::StatusOr<Symbol> Encode(const std::string& text) {
    if (text.empty() || text.find('\0') != std::string::npos) {
      return absl::InvalidArgumentError("not a text for a QR code");
    }
    // The library finds the smallest mix of byte, alphanumeric and numeric segments by itself.
    QRcode* code = QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_Q, QR_MODE_8, 1);
    if (code == nullptr) return absl::InvalidArgumentError("too long for a QR code");
    return Symbol(code);
  }
  int width() const { return code_->width; }
  int side() const { return width() + 2 * kQuietModules; }
  bool Dark(int x, int y) const { return (code_->data[y * code_->width + x] & 1) != 0; }

 private:
  explicit Symbol(QRcode* code) : code_(code, &QRcode_free) {}
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code_;
};

// One closed rectangle a run of dark modules: no seams between neighbours.
std::string PathOf(const Symbol& symbol) {
  std::string path;
  for (int y = 0; y < symbol.width(); ++y) {
    for (int x = 0; x < symbol.width();) {
      const int first = x;
      while (x < symbol.width() && symbol.Dark(x, y)) ++x;
      if (x == first) {
        ++x;
        continue;
      }
      StrAppend(&path, "M", first + kQuietModules, " ", y + kQuietModules, "h", x - first, "v1h-",
                x - first, "z");
    }
  }
  return path;
}

// One row of dots as PNG has it: the first dot in the highest bit, 1 is white.
std::vector<png_byte> RowOf(const Symbol& symbol, int y, int dots) {
  std::vector<png_byte> row((static_cast<size_t>(symbol.side() * dots) + 7) / 8, 0xFF);
  if (y < 0 || y >= symbol.width()) return row;
  for (int dot = 0; dot < symbol.width() * dots; ++dot) {
    if (!symbol.Dark(dot / dots, y)) continue;
    const int at = dot + kQuietModules * dots;
    row[at / 8] &= static_cast<png_byte>(~(0x80 >> (at % 8)));
  }
  return row;
}

// The image is ours and goes to memory: an error of libpng is a bug of ours.
[[noreturn]] void Fail(png_structp, png_const_charp message) {
  CheckFailed(message, __FILE__, __LINE__);
}

void Collect(png_structp png, png_bytep bytes, png_size_t count) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(bytes), count);
}

}  // namespace

absl::StatusOr<std::string> QrSvg(const std::string& text) {
  ASSIGN_OR_RETURN(const Symbol symbol, Symbol::Encode(text));
  const int side = symbol.side();
  return StrCat(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )", side, " ", side,
                R"(" shape-rendering="crispEdges"><rect width=")", side, R"(" height=")", side,
                R"(" fill="#fff"/><path d=")", PathOf(symbol), R"("/></svg>)");
}

absl::StatusOr<std::string> QrText(const std::string& text) {
  ASSIGN_OR_RETURN(const Symbol symbol, Symbol::Encode(text));
  const auto light = [&](int x, int y) {
    const bool inside = x >= 0 && y >= 0 && x < symbol.width() && y < symbol.width();
    return !inside || !symbol.Dark(x, y);
  };
  std::string out;
  for (int y = -kQuietModules; y < symbol.width() + kQuietModules; y += 2) {
    out += "\x1b[30;47m";  // Whatever the colours of the terminal: black on white.
    for (int x = -kQuietModules; x < symbol.width() + kQuietModules; ++x) {
      out += light(x, y) ? (light(x, y + 1) ? " " : "▄") : (light(x, y + 1) ? "▀" : "█");
    }
    out += "\x1b[0m\n";
  }
  return out;
}

absl::StatusOr<std::string> QrPng(const std::string& text, int dots_per_module) {
  if (dots_per_module < 1 || dots_per_module > kDotsPerModuleMax) {
    return absl::InvalidArgumentError("dots a module out of range");
  }
  ASSIGN_OR_RETURN(const Symbol symbol, Symbol::Encode(text));
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, &Fail, nullptr);
  SUYUAN_CHECK(png != nullptr);
  png_infop info = png_create_info_struct(png);
  SUYUAN_CHECK(info != nullptr);
  png_set_write_fn(png, &out, &Collect, [](png_structp) {});
  const auto side = static_cast<png_uint_32>(symbol.side() * dots_per_module);
  png_set_IHDR(png, info, side, side, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (int y = -kQuietModules; y < symbol.width() + kQuietModules; ++y) {
    const std::vector<png_byte> row = RowOf(symbol, y, dots_per_module);
    for (int dot = 0; dot < dots_per_module; ++dot) png_write_row(png, row.data());
  }
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

}  // namespace suyuan::document
