// The modules of one QR code as labels carry it: level Q, the smallest version that holds the text.
#pragma once

#include <qrencode.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace suyuan::document {

// Immutable.
class Symbol {
 public:
  // INVALID_ARGUMENT: `text` is empty, holds a NUL, or is longer than a QR code holds.
  static absl::StatusOr<Symbol> Encode(const std::string& text);
  int width() const { return code_->width; }  // In modules, without the quiet zone.
  bool Dark(int x, int y) const { return (code_->data[y * code_->width + x] & 1) != 0; }

 private:
  explicit Symbol(QRcode* code) : code_(code, &QRcode_free) {}
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code_;
};

}  // namespace suyuan::document
