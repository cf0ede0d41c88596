#include "services/document/qr.h"

#include "services/document/bitmap.h"
#include "services/document/symbol.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::document {
namespace {

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

}  // namespace

absl::StatusOr<std::string> QrSvg(const std::string& text) {
  ASSIGN_OR_RETURN(const Symbol symbol, Symbol::Encode(text));
  const int side = symbol.width() + 2 * kQuietModules;
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
  const int side = (symbol.width() + 2 * kQuietModules) * dots_per_module;
  Bitmap bitmap(side, side);
  const int quiet = kQuietModules * dots_per_module;
  for (int y = 0; y < symbol.width() * dots_per_module; ++y) {
    for (int x = 0; x < symbol.width() * dots_per_module; ++x) {
      if (symbol.Dark(x / dots_per_module, y / dots_per_module)) {
        bitmap.SetBlack(x + quiet, y + quiet);
      }
    }
  }
  return PngOf(bitmap);
}

}  // namespace suyuan::document
