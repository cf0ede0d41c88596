#include "services/document/photo.h"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "services/document/orientation.h"
#include "storage/base/status.h"

namespace suyuan::document {
namespace {

constexpr int kChannels = 3;
// Pictures on phones and screens are no smaller; what is, shows nothing.
constexpr int kSideMin = 16;
constexpr int kSidesRatioMax = 10;  // Nor so long: drawn smaller, nothing would be left of it.
constexpr int kQualities[] = {82, 65, 50, 35};

using Codec = std::unique_ptr<void, decltype(&tjDestroy)>;

// RGB, rows one after the other.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;
};

absl::Status Unusable(const char* why) { return absl::InvalidArgumentError(why); }

absl::Status CheckSize(int64_t width, int64_t height) {
  if (width < kSideMin || height < kSideMin) return Unusable("the picture is too small");
  if (std::max(width, height) > kSidesRatioMax * std::min(width, height)) {
    return Unusable("the picture is too long");
  }
  if (width * height > kPhotoPixelsMax) return Unusable("the picture has too many pixels");
  return absl::OkStatus();
}

// The decoder itself draws it smaller: of a large photo most is never computed.
tjscalingfactor ScalingFor(int width, int height) {
  int count = 0;
  const tjscalingfactor* factors = tjGetScalingFactors(&count);
  tjscalingfactor best{1, 8};
  for (int i = 0; i < count; ++i) {
    const tjscalingfactor& factor = factors[i];
    const bool fits = TJSCALED(std::max(width, height), factor) <= kPhotoSideMax;
    const bool larger = factor.num * best.denom > best.num * factor.denom;
    if (factor.num <= factor.denom && fits && larger) best = factor;
  }
  return best;
}

// Within kPhotoSideMax: each pixel the mean of a square of them.
Picture Shrunk(Picture large) {
  const int factor = (std::max(large.width, large.height) + kPhotoSideMax - 1) / kPhotoSideMax;
  if (factor == 1) return large;
  Picture small;
  small.width = large.width / factor;
  small.height = large.height / factor;
  small.rgb.reserve(static_cast<size_t>(small.width) * static_cast<size_t>(small.height) *
                    kChannels);
  const auto at = [&](int x, int y, int channel) {
    return large
        .rgb[(static_cast<size_t>(y) * static_cast<size_t>(large.width) + static_cast<size_t>(x)) *
                 kChannels +
             static_cast<size_t>(channel)];
  };
  for (int y = 0; y < small.height; ++y) {
    for (int x = 0; x < small.width; ++x) {
      for (int channel = 0; channel < kChannels; ++channel) {
        int sum = 0;
        for (int i = 0; i < factor * factor; ++i) {
          sum += at(x * factor + i % factor, y * factor + i / factor, channel);
        }
        small.rgb.push_back(static_cast<uint8_t>(sum / (factor * factor)));
      }
    }
  }
  return small;
}

absl::StatusOr<Picture> DecodeJpeg(std::string_view file) {
  const Codec codec(tjInitDecompress(), &tjDestroy);
  SUYUAN_CHECK(codec != nullptr);
  const auto* bytes = reinterpret_cast<const unsigned char*>(file.data());
  int width = 0, height = 0, sampling = 0, colours = 0;
  if (tjDecompressHeader3(codec.get(), bytes, file.size(), &width, &height, &sampling, &colours) !=
      0) {
    return Unusable("not a JPEG that can be read");
  }
  RETURN_IF_ERROR(CheckSize(width, height));
  const tjscalingfactor scaling = ScalingFor(width, height);
  Picture picture;
  picture.width = TJSCALED(width, scaling);
  picture.height = TJSCALED(height, scaling);
  picture.rgb.resize(static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height) *
                     kChannels);
  // A progressive file of few bytes can ask for thousands of passes.
  const int flags = TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING;
  if (tjDecompress2(codec.get(), bytes, file.size(), picture.rgb.data(), picture.width, 0,
                    picture.height, TJPF_RGB, flags) != 0) {
    return Unusable("a JPEG that is damaged");
  }
  return Shrunk(std::move(picture));  // The decoder goes down to an eighth alone.
}

absl::StatusOr<Picture> DecodePng(std::string_view file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> freed(&image, &png_image_free);
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) {
    return Unusable("not a PNG that can be read");
  }
  RETURN_IF_ERROR(CheckSize(image.width, image.height));
  image.format = PNG_FORMAT_RGB;
  Picture picture;
  picture.width = static_cast<int>(image.width);
  picture.height = static_cast<int>(image.height);
  picture.rgb.resize(PNG_IMAGE_SIZE(image));
  const png_color white{255, 255, 255};  // Behind what is transparent.
  if (png_image_finish_read(&image, &white, picture.rgb.data(), 0, nullptr) == 0) {
    return Unusable("a PNG that is damaged");
  }
  return Shrunk(std::move(picture));
}

Picture Upright(Picture picture, Orientation orientation) {
  if (orientation == Orientation()) return picture;
  Picture turned;
  turned.width = orientation.swaps ? picture.height : picture.width;
  turned.height = orientation.swaps ? picture.width : picture.height;
  turned.rgb.reserve(picture.rgb.size());
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x) {
      int from_x = orientation.swaps ? y : x;
      int from_y = orientation.swaps ? x : y;
      if (orientation.mirrors_x) from_x = picture.width - 1 - from_x;
      if (orientation.mirrors_y) from_y = picture.height - 1 - from_y;
      const auto* pixel =
          &picture.rgb[(static_cast<size_t>(from_y) * static_cast<size_t>(picture.width) +
                        static_cast<size_t>(from_x)) *
                       kChannels];
      turned.rgb.insert(turned.rgb.end(), pixel, pixel + kChannels);
    }
  }
  return turned;
}

absl::StatusOr<std::string> Encode(const Picture& picture) {
  const Codec codec(tjInitCompress(), &tjDestroy);
  SUYUAN_CHECK(codec != nullptr);
  std::string jpeg(tjBufSize(picture.width, picture.height, TJSAMP_420), '\0');
  for (const int quality : kQualities) {
    auto* bytes = reinterpret_cast<unsigned char*>(jpeg.data());
    unsigned long size = jpeg.size();
    SUYUAN_CHECK(tjCompress2(codec.get(), picture.rgb.data(), picture.width, 0, picture.height,
                             TJPF_RGB, &bytes, &size, TJSAMP_420, quality, TJFLAG_NOREALLOC) == 0);
    if (size <= kPhotoBytesMax) return jpeg.substr(0, size);
  }
  return Unusable("no photo: it cannot be made small");
}

}  // namespace

absl::StatusOr<std::string> RedrawPhoto(std::string_view file) {
  if (file.starts_with("\xff\xd8\xff")) {
    ASSIGN_OR_RETURN(Picture picture, DecodeJpeg(file));
    return Encode(Upright(std::move(picture), OrientationOf(file)));
  }
  if (file.starts_with("\x89PNG\r\n\x1a\n")) {
    ASSIGN_OR_RETURN(const Picture picture, DecodePng(file));
    return Encode(picture);
  }
  return Unusable("neither JPEG nor PNG");
}

}  // namespace suyuan::document
