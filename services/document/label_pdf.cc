#include <cairo-pdf.h>

#include <utility>

#include "services/document/label_print.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::document {
namespace {

cairo_status_t Collect(void* closure, const unsigned char* bytes, unsigned count) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

double Points(double millimetres) { return millimetres * kPointsPerMillimetre; }

// The symbol as a stencil of one dot a module.
cairo_surface_t* StencilOf(const Symbol& symbol) {
  cairo_surface_t* stencil =
      cairo_image_surface_create(CAIRO_FORMAT_A8, symbol.width(), symbol.width());
  cairo_surface_flush(stencil);
  unsigned char* dots = cairo_image_surface_get_data(stencil);
  const int stride = cairo_image_surface_get_stride(stencil);
  for (int y = 0; y < symbol.width(); ++y) {
    for (int x = 0; x < symbol.width(); ++x) dots[y * stride + x] = symbol.Dark(x, y) ? 255 : 0;
  }
  cairo_surface_mark_dirty(stencil);
  return stencil;
}

}  // namespace

class LabelPdf::Impl {
 public:
  Impl(const LabelArt* art, const PdfOptions& options)
      : art_(*art), options_(options), cell_(options.first_cell - 1) {
    const Layout& layout = art_.layout();
    const bool sheet = layout.grid.has_value();
    surface_ = cairo_pdf_surface_create_for_stream(&Collect, &written_,
                                                   Points(sheet ? kA4Width : layout.width),
                                                   Points(sheet ? kA4Height : layout.height));
    cairo_ = cairo_create(surface_);
    // One drawing of the texts, which all labels refer to.
    const cairo_rectangle_t extents = {0, 0, Points(layout.width), Points(layout.height)};
    texts_ = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, &extents);
    cairo_t* texts = cairo_create(texts_);
    art_.FillTexts(texts);
    cairo_destroy(texts);
  }
  ~Impl() {
    Finish();
    cairo_surface_destroy(texts_);
    cairo_destroy(cairo_);
    cairo_surface_destroy(surface_);
  }

  absl::Status Add(const LabelCode& label) {
    const Layout& layout = art_.layout();
    ASSIGN_OR_RETURN(const Symbol symbol, Symbol::Encode(label.url));
    const double module = Points(layout.module);
    if (symbol.width() > kSymbolModulesMax) {
      return absl::InvalidArgumentError("the address makes too large a code");
    }
    const Place qr = art_.QrPlace(symbol.width(), module);
    const int cells = layout.grid ? layout.grid->columns * layout.grid->rows : 1;
    if (cell_ == cells || (started_ && cells == 1)) {
      cairo_show_page(cairo_);
      cell_ = 0;
    }
    started_ = true;
    cairo_save(cairo_);
    if (layout.grid) {
      const Grid& grid = *layout.grid;
      cairo_translate(cairo_,
                      Points(grid.left + grid.pitch_x * (cell_ % grid.columns) + options_.offset_x),
                      Points(grid.top + grid.pitch_y * (cell_ / grid.columns) + options_.offset_y));
    } else {
      cairo_translate(cairo_, Points(options_.offset_x), Points(options_.offset_y));
    }
    cairo_set_source_surface(cairo_, texts_, 0, 0);
    cairo_paint(cairo_);
    art_.ShowCode(cairo_, label.code);
    art_.ShowPin(cairo_, label.pin);
    ShowSymbol(symbol, qr, module);
    cairo_restore(cairo_);
    ++cell_;
    return absl::OkStatus();
  }

  void Finish() {
    if (std::exchange(finished_, true)) return;
    cairo_show_page(cairo_);
    cairo_surface_finish(surface_);
    SUYUAN_CHECK(cairo_surface_status(surface_) == CAIRO_STATUS_SUCCESS);
  }

  std::string Take() { return std::exchange(written_, {}); }

 private:
  void ShowSymbol(const Symbol& symbol, const Place& at, double module) {
    cairo_surface_t* stencil = StencilOf(symbol);
    cairo_translate(cairo_, at.x, at.y);
    cairo_scale(cairo_, module, module);
    cairo_pattern_t* pattern = cairo_pattern_create_for_surface(stencil);
    cairo_pattern_set_filter(pattern, CAIRO_FILTER_NEAREST);
    cairo_set_source_rgb(cairo_, 0, 0, 0);
    cairo_mask(cairo_, pattern);
    cairo_pattern_destroy(pattern);
    cairo_surface_destroy(stencil);
  }

  const LabelArt& art_;
  const PdfOptions options_;
  std::string written_;
  cairo_surface_t* surface_ = nullptr;
  cairo_t* cairo_ = nullptr;
  cairo_surface_t* texts_ = nullptr;
  int cell_ = 0;  // Of the sheet, from 0: where the next label goes.
  bool started_ = false;
  bool finished_ = false;
};

absl::StatusOr<std::unique_ptr<LabelPdf>> LabelPdf::Start(const LabelArt* art,
                                                          const PdfOptions& options) {
  const std::optional<Grid>& grid = art->layout().grid;
  const int cells = grid ? grid->columns * grid->rows : 1;
  if (options.first_cell < 1 || options.first_cell > cells) {
    return absl::InvalidArgumentError(StrCat("a sheet has cells 1 to ", cells));
  }
  return std::unique_ptr<LabelPdf>(new LabelPdf(std::make_unique<Impl>(art, options)));
}

LabelPdf::LabelPdf(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LabelPdf::~LabelPdf() = default;
absl::Status LabelPdf::Add(const LabelCode& label) { return impl_->Add(label); }
std::string LabelPdf::Take() { return impl_->Take(); }
void LabelPdf::Finish() { impl_->Finish(); }

}  // namespace suyuan::document
