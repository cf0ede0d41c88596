// Photos that strangers send: decoded and drawn anew, so that what is kept is a picture and nothing
// of the file it came in: no place, no camera, no name, nothing behind its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace suyuan::document {

constexpr int64_t kPhotoPixelsMax = 25'000'000;  // Of what is sent: more is refused undecoded.
constexpr int kPhotoSideMax = 1600;              // Of what is kept, the longer one.
constexpr size_t kPhotoBytesMax = 256 << 10;     // Of what is kept.

// A JPEG of at most kPhotoSideMax and kPhotoBytesMax, upright, without metadata. INVALID_ARGUMENT:
// by its content neither JPEG nor PNG, damaged, or larger than kPhotoPixelsMax by its header. Takes
// up to some 150 MB while it runs: call it for one photo at a time. Thread-safe.
absl::StatusOr<std::string> RedrawPhoto(std::string_view file);

}  // namespace suyuan::document
