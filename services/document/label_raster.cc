#include <cmath>
#include <cstring>
#include <utility>

#include "services/document/label_print.h"
#include "storage/base/status.h"

namespace suyuan::document {
namespace {

constexpr double kPointsPerInch = 72;

int Dots(double millimetres, int dots_per_inch) {
  constexpr double kMillimetresPerInch = 25.4;
  return static_cast<int>(std::lround(millimetres * dots_per_inch / kMillimetresPerInch));
}

}  // namespace

int ModuleDots(const Layout& layout, int dots_per_inch) {
  constexpr double kMillimetresPerInch = 25.4;
  constexpr double kShort = 0.05;  // 203 dots an inch are a hair less than 8 a millimetre.
  return static_cast<int>(layout.module * dots_per_inch / kMillimetresPerInch + kShort);
}

class LabelRaster::Impl {
 public:
  Impl(const LabelArt* art, int dots_per_inch)
      : art_(*art),
        scale_(dots_per_inch / kPointsPerInch),
        // A printer of 8 dots a millimetre says 203 dots an inch: whole dots either way.
        width_(Dots(art->layout().width, dots_per_inch)),
        height_(Dots(art->layout().height, dots_per_inch)),
        module_(ModuleDots(art->layout(), dots_per_inch)),
        texts_(cairo_image_surface_create(CAIRO_FORMAT_A8, width_, height_)) {
    cairo_t* cairo = cairo_create(texts_);
    cairo_scale(cairo, scale_, scale_);
    art_.FillTexts(cairo);
    cairo_destroy(cairo);
    cairo_surface_flush(texts_);
  }
  ~Impl() { cairo_surface_destroy(texts_); }

  absl::StatusOr<Bitmap> Draw(const LabelCode& label) const {
    ASSIGN_OR_RETURN(const Symbol symbol, Symbol::Encode(label.url));
    if (symbol.width() > kSymbolModulesMax) {
      return absl::InvalidArgumentError("the address makes too large a code");
    }
    const Place at = art_.QrPlace(symbol.width(), module_ / scale_);
    Bitmap bitmap(width_, height_);
    AddTexts(label, &bitmap);
    const int left = static_cast<int>(std::lround(at.x * scale_));
    const int top = static_cast<int>(std::lround(at.y * scale_));
    for (int y = 0; y < symbol.width() * module_; ++y) {
      for (int x = 0; x < symbol.width() * module_; ++x) {
        if (symbol.Dark(x / module_, y / module_)) bitmap.SetBlack(left + x, top + y);
      }
    }
    return bitmap;
  }

 private:
  // Grey of the smoothed outlines becomes black from the middle on.
  void AddTexts(const LabelCode& label, Bitmap* bitmap) const {
    constexpr int kHalf = 128;
    cairo_surface_t* grey = cairo_image_surface_create(CAIRO_FORMAT_A8, width_, height_);
    const int stride = cairo_image_surface_get_stride(grey);
    unsigned char* dots = cairo_image_surface_get_data(grey);
    std::memcpy(dots, cairo_image_surface_get_data(texts_),
                static_cast<size_t>(stride) * static_cast<size_t>(height_));
    cairo_surface_mark_dirty(grey);
    cairo_t* cairo = cairo_create(grey);
    cairo_scale(cairo, scale_, scale_);
    art_.ShowCode(cairo, label.code);
    art_.ShowPin(cairo, label.pin);
    cairo_destroy(cairo);
    cairo_surface_flush(grey);
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        if (dots[y * stride + x] >= kHalf) bitmap->SetBlack(x, y);
      }
    }
    cairo_surface_destroy(grey);
  }

  const LabelArt& art_;
  const double scale_;                 // Dots a point.
  const int width_, height_, module_;  // Dots.
  cairo_surface_t* const texts_;       // Immutable from here on.
};

absl::StatusOr<std::unique_ptr<LabelRaster>> LabelRaster::Start(const LabelArt* art,
                                                                int dots_per_inch) {
  if (dots_per_inch != 203 && dots_per_inch != 300) {
    return absl::InvalidArgumentError("printers have 203 or 300 dots an inch");
  }
  return std::unique_ptr<LabelRaster>(new LabelRaster(std::make_unique<Impl>(art, dots_per_inch)));
}

LabelRaster::LabelRaster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LabelRaster::~LabelRaster() = default;
absl::StatusOr<Bitmap> LabelRaster::Draw(const LabelCode& label) const {
  return impl_->Draw(label);
}

}  // namespace suyuan::document
