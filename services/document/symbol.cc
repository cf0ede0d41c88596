#include "services/document/symbol.h"

namespace suyuan::document {

absl::StatusOr<Symbol> Symbol::Encode(const std::string& text) {
  if (text.empty() || text.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("not a text for a QR code");
  }
  // The library finds the smallest mix of byte, alphanumeric and numeric segments by itself.
  QRcode* code = QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_Q, QR_MODE_8, 1);
  if (code == nullptr) return absl::InvalidArgumentError("too long for a QR code");
  return Symbol(code);
}

}  // namespace suyuan::document
