#include "services/document/label_art.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "services/document/qr.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"

namespace suyuan::document {
namespace {

constexpr double kMargin = 1;          // Millimetres, around everything.
constexpr double kGap = 0.6;           // Between code and column.
constexpr double kLeading = 1.1;       // Of a line, in its type's height.
constexpr double kBaseline = 0.9;      // Of a line, from its top.
constexpr double kDigitHeight = 0.71;  // Of the lowest digit (1, 4, 7), in its type's height.
constexpr double kRounded = 0.125;  // Millimetres, a dot of 203 dpi: what a head may take off it.
constexpr int kGroups = 5, kGroupSize = 4;
constexpr double kMonospace = 0.602;  // Width of a character, in its type's height.
constexpr char kFamily[] = "Noto Sans CJK SC";
constexpr char kCodeFamily[] = "DejaVu Sans Mono";
constexpr size_t kTextBytesMax = 600;

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
using LayoutPtr = std::unique_ptr<PangoLayout, Unref>;

double Points(double millimetres) { return millimetres * kPointsPerMillimetre; }

// Without control characters and those that hide or reorder others.
std::string Printable(std::string_view text) {
  const std::string clean = ReplaceMalformed(text);
  std::string_view rest = clean;
  std::string out;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const int32_t c = NextCharacter(rest);
    const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    const bool hidden = (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
                        (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;
    if (!control && !hidden) out += before.substr(0, before.size() - rest.size());
  }
  return out;
}

}  // namespace

// Sets the lines of one label. Used by one thread.
class Typesetter {
 public:
  Typesetter(const Layout& layout, const LabelFacts& facts)
      : layout_(layout), facts_(facts), art_(&layout) {
    cairo_surface_t* surface = cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, nullptr);
    cairo_ = cairo_create(surface);
    cairo_surface_destroy(surface);
  }
  ~Typesetter() { cairo_destroy(cairo_); }

  absl::StatusOr<LabelArt> Set() {
    const double box = Points(layout_.module) * (kSymbolModulesMax + 2 * kQuietModules);
    const double left = Points(kMargin) + box + Points(kGap);
    // The lines below reach under the column.
    const double bottom =
        layout_.below.empty() ? Points(layout_.height - kMargin) : Points(kMargin) + box;
    RETURN_IF_ERROR(SetColumn(layout_.beside, left, Points(kMargin), bottom));
    RETURN_IF_ERROR(SetColumn(layout_.below, Points(kMargin) * 1.5, Points(kMargin) + box,
                              Points(layout_.height) - Points(kMargin) / 2));
    if (facts_.pin && !art_.pin_line_.has_value()) {
      return absl::InvalidArgumentError(StrCat("no room for a PIN on a ", layout_.name));
    }
    art_.outlines_ = cairo_copy_path(cairo_);
    return std::move(art_);
  }

 private:
  absl::Status SetColumn(const std::vector<Line>& lines, double left, double top, double bottom) {
    left_ = left;
    top_ = top;
    width_ = Points(layout_.width - kMargin) - left;
    for (const Line line : lines) RETURN_IF_ERROR(SetLine(line));
    if (top_ <= bottom + 0.5) return absl::OkStatus();
    return absl::InvalidArgumentError(StrCat("the texts are higher than a ", layout_.name));
  }

  absl::Status SetLine(Line line) {
    const double title = Points(layout_.title), text = Points(layout_.text);
    switch (line) {
      case Line::kProduct:
        return SetText(facts_.product, title, true);
      case Line::kGradeAndNetContent:
        return SetGradeAndNetContent();
      case Line::kHarvest:
        return SetText(facts_.harvest.empty() ? "" : StrCat("采收 ", facts_.harvest), text, false);
      case Line::kProducer:
        return SetText(facts_.producer, text, false);
      case Line::kBatch:
        if (facts_.pin) return SetPin();
        return SetText(StrCat("批次 ", facts_.batch), text, false);
      case Line::kDomain:
        return SetText(facts_.domain, text, false);
      case Line::kCode:
        return SetCode();
    }
    return absl::OkStatus();
  }

  // Its digits have a legal height, whatever else the layout says.
  absl::Status SetGradeAndNetContent() {
    if (facts_.net_content.empty()) return SetText(facts_.grade, Points(layout_.text), false);
    const double size =
        std::max(Points(layout_.text), Points(facts_.net_content_height + kRounded) / kDigitHeight);
    const std::string& grade = facts_.grade;
    RETURN_IF_ERROR(
        SetText(grade.empty() ? "净含量" : StrCat(grade, " 净含量"), Points(layout_.text), false));
    return SetText(facts_.net_content, size, false, true);
  }

  absl::Status SetText(const std::string& raw, double size, bool bold, bool one_line = false) {
    if (raw.size() > kTextBytesMax) return absl::InvalidArgumentError("a text is too long");
    const std::string text = Printable(raw);
    if (text.empty()) return absl::OkStatus();
    const LayoutPtr layout(pango_cairo_create_layout(cairo_));
    PangoFontDescription* font = pango_font_description_from_string(kFamily);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    if (bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout.get(), font);
    pango_font_description_free(font);
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(pango_layout_get_context(layout.get()), options);
    cairo_font_options_destroy(options);
    pango_layout_set_auto_dir(layout.get(), FALSE);
    pango_layout_set_width(layout.get(), static_cast<int>(width_ * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout.get(), text.c_str(), static_cast<int>(text.size()));
    const int lines = pango_layout_get_line_count(layout.get());
    if (one_line && lines > 1) {
      return absl::InvalidArgumentError(StrCat("no room for ", text, " at its legal height"));
    }
    if (pango_layout_get_unknown_glyphs_count(layout.get()) > 0) {
      return absl::InvalidArgumentError(StrCat("no font has a character of ", text));
    }
    for (int i = 0; i < lines; ++i) {
      cairo_move_to(cairo_, left_, top_ + kBaseline * size);
      pango_cairo_layout_line_path(cairo_, pango_layout_get_line_readonly(layout.get(), i));
      top_ += kLeading * size;
    }
    return absl::OkStatus();
  }

  // The page says the batch; nothing else says the PIN.
  absl::Status SetPin() {
    art_.code_size_ = Points(layout_.text);
    art_.pin_line_ = Place{left_, top_ + kBaseline * art_.code_size_};
    top_ += kLeading * art_.code_size_;
    return absl::OkStatus();
  }

  // Five groups of four on one line, or on as many as there must be.
  absl::Status SetCode() {
    art_.code_size_ = Points(layout_.text);
    const double character = kMonospace * art_.code_size_;
    const int a_line =
        std::min(kGroups, static_cast<int>((width_ + character) / (character * (kGroupSize + 1))));
    if (a_line < 1) return absl::InvalidArgumentError("no room for the code");
    for (int set = 0; set < kGroups; set += a_line) {
      art_.code_lines_.push_back({left_, top_ + kBaseline * art_.code_size_});
      top_ += kLeading * art_.code_size_;
    }
    return absl::OkStatus();
  }

  const Layout& layout_;
  const LabelFacts& facts_;
  LabelArt art_;
  cairo_t* cairo_ = nullptr;
  double left_ = 0, top_ = 0, width_ = 0;  // Of the column being set.
};

absl::StatusOr<LabelArt> LabelArt::Make(const Layout& layout, const LabelFacts& facts) {
  return Typesetter(layout, facts).Set();
}

LabelArt::~LabelArt() {
  if (outlines_ != nullptr) cairo_path_destroy(outlines_);
}

LabelArt::LabelArt(LabelArt&& other) noexcept
    : layout_(other.layout_),
      outlines_(std::exchange(other.outlines_, nullptr)),
      code_lines_(std::move(other.code_lines_)),
      code_size_(other.code_size_),
      pin_line_(other.pin_line_) {}

void LabelArt::FillTexts(cairo_t* cairo) const {
  cairo_set_source_rgb(cairo, 0, 0, 0);
  cairo_new_path(cairo);
  cairo_append_path(cairo, outlines_);
  cairo_fill(cairo);
}

void LabelArt::ShowCode(cairo_t* cairo, const std::string& code) const {
  if (code_lines_.empty()) return;
  cairo_select_font_face(cairo, kCodeFamily, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, code_size_);
  cairo_set_source_rgb(cairo, 0, 0, 0);
  const size_t lines = code_lines_.size();
  const size_t a_line = (kGroups + lines - 1) / lines * kGroupSize;
  for (size_t line = 0; line < lines && line * a_line < code.size(); ++line) {
    std::string groups;
    const std::string part = code.substr(line * a_line, a_line);
    for (size_t i = 0; i < part.size(); i += kGroupSize) {
      if (i > 0) groups += ' ';
      groups += part.substr(i, kGroupSize);
    }
    cairo_move_to(cairo, code_lines_[line].x, code_lines_[line].y);
    cairo_show_text(cairo, groups.c_str());
  }
}

void LabelArt::ShowPin(cairo_t* cairo, const std::string& pin) const {
  if (!pin_line_.has_value() || pin.empty()) return;
  cairo_select_font_face(cairo, kCodeFamily, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, code_size_);
  cairo_set_source_rgb(cairo, 0, 0, 0);
  cairo_move_to(cairo, pin_line_->x, pin_line_->y);
  const std::string shown = StrCat("PIN ", pin.substr(0, kGroupSize), " ",
                                   pin.substr(std::min<size_t>(pin.size(), kGroupSize)));
  cairo_show_text(cairo, shown.c_str());
}

Place LabelArt::QrPlace(int modules, double module_points) const {
  // A smaller symbol stands in the middle of the box.
  const double box = Points(layout_->module) * (kSymbolModulesMax + 2 * kQuietModules);
  const double side = module_points * modules;
  return {Points(kMargin) + (box - side) / 2, Points(kMargin) + (box - side) / 2};
}

}  // namespace suyuan::document
