// Runs of labels as PDF, sheets or rolls, and as pictures of whole dots for thermal printers.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/document/bitmap.h"
#include "services/document/label_art.h"

namespace suyuan::document {

struct PdfOptions {
  int first_cell = 1;                 // Of the first sheet, from 1: a sheet begun can be used up.
  double offset_x = 0, offset_y = 0;  // Millimetres, for printers that feed askew.
};

// A PDF of many labels, written as it grows. Texts are outlines, so that no viewer needs a font.
// Thread-compatible.
class LabelPdf {
 public:
  // INVALID_ARGUMENT: the layout has no such cell. `art` outlives it.
  static absl::StatusOr<std::unique_ptr<LabelPdf>> Start(const LabelArt* art,
                                                         const PdfOptions& options);
  ~LabelPdf();
  // INVALID_ARGUMENT: no QR code holds the address, or its symbol is larger than the layout's.
  absl::Status Add(const LabelCode& label);
  // What has been written since the last call.
  std::string Take();
  // Ends the document: Take() then has its rest.
  void Finish();

 private:
  class Impl;
  explicit LabelPdf(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whole dots of a module at a printer's resolution.
int ModuleDots(const Layout& layout, int dots_per_inch);

// Pictures of one run's labels at a printer's resolution; every module is whole dots.
// Thread-compatible.
class LabelRaster {
 public:
  // INVALID_ARGUMENT: not 203 or 300 dots an inch. `art` outlives it.
  static absl::StatusOr<std::unique_ptr<LabelRaster>> Start(const LabelArt* art, int dots_per_inch);
  ~LabelRaster();
  // INVALID_ARGUMENT: as LabelPdf::Add.
  absl::StatusOr<Bitmap> Draw(const LabelCode& label) const;

 private:
  class Impl;
  explicit LabelRaster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::document
