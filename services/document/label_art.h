// What stands on every label of a run but the code, laid out once; and where the code goes.
#pragma once

#include <cairo.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/document/label_layout.h"
#include "services/document/symbol.h"

namespace suyuan::document {

// Facts of a run: what, where, when, how much, who. No status: paper cannot be recalled.
struct LabelFacts {
  std::string product;
  std::string grade;
  std::string net_content;        // "500 g"; empty where there is none.
  double net_content_height = 0;  // Of its digits, in millimetres.
  std::string harvest;            // "2026-11-04".
  std::string producer;
  std::string batch;   // Bare id.
  std::string domain;  // In clear text, so that a foreign code can be told.
  bool pin = false;    // Each label has one, where the batch would stand: for a scratch layer.
};

// One label of it.
struct LabelCode {
  std::string url;   // What the QR code holds.
  std::string code;  // In clear text, in groups of four.
  std::string pin;   // Likewise; empty where the run has none.
};

constexpr int kSymbolModulesMax = 37;  // Version 5: the largest that layouts have room for.
constexpr double kPointsPerMillimetre = 72 / 25.4;

// Points from the label's top left corner.
struct Place {
  double x = 0, y = 0;
};

// Immutable and thread-safe once made: it holds outlines, no fonts.
class LabelArt {
 public:
  // INVALID_ARGUMENT, with what does not fit or cannot be drawn as its message: nothing is ever cut
  // off or left out in silence.
  static absl::StatusOr<LabelArt> Make(const Layout& layout, const LabelFacts& facts);
  ~LabelArt();
  LabelArt(LabelArt&&) noexcept;
  LabelArt& operator=(LabelArt&&) = delete;

  const Layout& layout() const { return *layout_; }
  // Fills all texts, in black; the origin is the label's top left corner, one unit a point.
  void FillTexts(cairo_t* cairo) const;
  // The code in clear text, with a font that is embedded.
  void ShowCode(cairo_t* cairo, const std::string& code) const;
  // The PIN likewise, on the line that is kept for it.
  void ShowPin(cairo_t* cairo, const std::string& pin) const;
  // Top left corner of the QR code's own modules, centred in its box, quiet zone around it.
  Place QrPlace(int modules, double module_points) const;

 private:
  explicit LabelArt(const Layout* layout) : layout_(layout) {}
  friend class Typesetter;

  const Layout* layout_;
  cairo_path_t* outlines_ = nullptr;
  std::vector<Place> code_lines_;  // Baselines; the groups of the code are shared among them.
  double code_size_ = 0;           // Points.
  std::optional<Place> pin_line_;  // Its baseline.
};

}  // namespace suyuan::document
