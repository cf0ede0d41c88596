// QR codes as labels carry them: level Q, a quiet zone of 4 modules, every module whole dots.
// Thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace suyuan::document {

constexpr int kQuietModules = 4;
constexpr int kDotsPerModuleMax = 40;

// A scalable drawing, one unit a module, on a white ground.
// INVALID_ARGUMENT: `text` is empty, holds a NUL, or is longer than a QR code holds.
absl::StatusOr<std::string> QrSvg(const std::string& text);

// A PNG of 1-bit greyscale, `dots_per_module` (1 to kDotsPerModuleMax) dots a module.
// INVALID_ARGUMENT: as above, or the dots are out of range.
absl::StatusOr<std::string> QrPng(const std::string& text, int dots_per_module);

// Lines of half blocks for a terminal, two modules a character, dark on the light ground of the
// text (UTF-8). INVALID_ARGUMENT: as QrSvg.
absl::StatusOr<std::string> QrText(const std::string& text);

}  // namespace suyuan::document
