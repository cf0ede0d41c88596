// What is left of a stranger's photo: the picture, and nothing else of the file.
#include "services/document/photo.h"

#include <png.h>
#include <turbojpeg.h>
#include <zlib.h>

#include <functional>
#include <random>
#include <vector>

#include "services/document/orientation.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::document {
namespace {

using test::HasCode;
constexpr auto kRefused = absl::StatusCode::kInvalidArgument;

struct Pixels {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;
  std::vector<uint8_t> At(int x, int y) const {
    const uint8_t* pixel = &rgb[(static_cast<size_t>(y) * width + x) * 3];
    return {pixel, pixel + 3};
  }
};

// The left half red, the right half blue, the lowest quarter green.
Pixels Flag(int width, int height) {
  Pixels pixels{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3, 5)};
  uint8_t* pixel = pixels.rgb.data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x, pixel += 3) {
      pixel[y >= height * 3 / 4 ? 1 : x < width / 2 ? 0 : 2] = 250;
    }
  }
  return pixels;
}

std::string JpegOf(const Pixels& pixels, int flags = 0) {
  tjhandle codec = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(codec, pixels.rgb.data(), pixels.width, 0, pixels.height, TJPF_RGB, &bytes,
                        &size, TJSAMP_420, 90, flags),
            0);
  std::string jpeg(reinterpret_cast<char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(codec);
  return jpeg;
}

Pixels PixelsIn(const std::string& jpeg) {
  tjhandle codec = tjInitDecompress();
  const auto* bytes = reinterpret_cast<const unsigned char*>(jpeg.data());
  int sampling = 0, colours = 0;
  Pixels pixels;
  EXPECT_EQ(tjDecompressHeader3(codec, bytes, jpeg.size(), &pixels.width, &pixels.height, &sampling,
                                &colours),
            0);
  pixels.rgb.resize(static_cast<size_t>(pixels.width) * pixels.height * 3);
  EXPECT_EQ(tjDecompress2(codec, bytes, jpeg.size(), pixels.rgb.data(), pixels.width, 0,
                          pixels.height, TJPF_RGB, 0),
            0);
  tjDestroy(codec);
  return pixels;
}

std::string PngOf(const Pixels& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(pixels.width);
  image.height = static_cast<png_uint_32>(pixels.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string png(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, png.data(), &size, 0, pixels.rgb.data(), 0, nullptr),
            0);
  png.resize(size);
  return png;
}

// An Exif segment that says how the camera was held, and where.
std::string WithExif(const std::string& jpeg, int orientation, bool little = false) {
  const auto number = [little](uint32_t value, int width) {
    std::string bytes;
    for (int i = 0; i < width; ++i) {
      bytes.push_back(static_cast<char>(value >> 8 * (little ? i : width - 1 - i)));
    }
    return bytes;
  };
  std::string exif("Exif\0\0", 6);
  exif += little ? "II" : "MM";
  exif += number(42, 2) + number(8, 4) + number(2, 2);
  exif += number(0x010E, 2) + number(2, 2) + number(12, 4) + number(38, 4);  // Description.
  exif += number(0x0112, 2) + number(3, 2) + number(1, 4) +
          number(static_cast<uint32_t>(orientation), 2) + number(0, 2);
  exif += number(0, 4) + "GPS25.1N102E";
  std::string segment = "\xff\xe1";
  PutU16(segment, static_cast<uint16_t>(exif.size() + 2));
  return jpeg.substr(0, 2) + segment + exif + jpeg.substr(2);
}

bool IsRed(const std::vector<uint8_t>& pixel) { return pixel[0] > 180 && pixel[2] < 80; }
bool IsGreen(const std::vector<uint8_t>& pixel) { return pixel[1] > 180 && pixel[0] < 80; }

// Markers of a JPEG up to the picture itself.
std::vector<int> MarkersOf(const std::string& jpeg) {
  std::vector<int> markers;
  for (size_t at = 2; at + 4 < jpeg.size();) {
    markers.push_back(static_cast<uint8_t>(jpeg[at + 1]));
    if (markers.back() == 0xDA) break;
    at += 2 + (static_cast<size_t>(static_cast<uint8_t>(jpeg[at + 2])) << 8 |
               static_cast<uint8_t>(jpeg[at + 3]));
  }
  return markers;
}

TEST(PhotoTest, LeavesThePictureAndNothingOfTheFile) {
  const std::string sent = WithExif(JpegOf(Flag(640, 480)), 1) + "hidden behind the end";
  const absl::StatusOr<std::string> kept = RedrawPhoto(sent);
  ASSERT_OK(kept);
  EXPECT_EQ(kept->find("GPS"), std::string::npos);
  EXPECT_EQ(kept->find("Exif"), std::string::npos);
  EXPECT_EQ(kept->find("hidden"), std::string::npos);
  for (const int marker : MarkersOf(*kept)) {
    EXPECT_TRUE(marker == 0xE0 || marker < 0xE0) << "an application's segment: " << marker;
    EXPECT_NE(marker, 0xFE) << "a comment";
  }
  const Pixels pixels = PixelsIn(*kept);
  EXPECT_EQ(pixels.width, 640);
  EXPECT_TRUE(IsRed(pixels.At(100, 100)));
  EXPECT_TRUE(IsGreen(pixels.At(320, 440)));
}

TEST(PhotoTest, DrawsLargeOnesSmaller) {
  for (const std::string& sent :
       {JpegOf(Flag(4000, 3000)), JpegOf(Flag(4000, 3000), TJFLAG_PROGRESSIVE),
        PngOf(Flag(4000, 3000))}) {
    const absl::StatusOr<std::string> kept = RedrawPhoto(sent);
    ASSERT_OK(kept);
    EXPECT_LE(kept->size(), kPhotoBytesMax);
    const Pixels pixels = PixelsIn(*kept);
    EXPECT_LE(pixels.width, kPhotoSideMax);
    EXPECT_GE(pixels.width, kPhotoSideMax / 2);
    EXPECT_NEAR(1.0 * pixels.width / pixels.height, 4.0 / 3, 0.01);
    EXPECT_TRUE(IsGreen(pixels.At(pixels.width / 2, pixels.height - 10)));
  }
}

// What cannot be compressed well still fits, at the price of its sharpness.
TEST(PhotoTest, MakesEvenNoiseFit) {
  std::mt19937_64 random = test::SeededRandom();
  Pixels noise{1600, 1200, {}};
  for (int i = 0; i < 1600 * 1200 * 3; ++i) noise.rgb.push_back(static_cast<uint8_t>(random()));
  const absl::StatusOr<std::string> kept = RedrawPhoto(JpegOf(noise));
  if (kept.ok()) {
    EXPECT_LE(kept->size(), kPhotoBytesMax);
  } else {
    EXPECT_THAT(kept, HasCode(kRefused));
  }
}

TEST(PhotoTest, TurnsThemUpright) {
  const Pixels upright = Flag(320, 240);
  // How a camera stores what it sees when it is held as each value says.
  const std::function<std::pair<int, int>(int, int)> stored[] = {
      [](int x, int y) { return std::pair(x, y); },
      [](int x, int y) { return std::pair(319 - x, y); },
      [](int x, int y) { return std::pair(319 - x, 239 - y); },
      [](int x, int y) { return std::pair(x, 239 - y); },
      [](int x, int y) { return std::pair(y, x); },
      [](int x, int y) { return std::pair(319 - y, x); },
      [](int x, int y) { return std::pair(319 - y, 239 - x); },
      [](int x, int y) { return std::pair(y, 239 - x); },
  };
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const bool swapped = orientation > 4;
    Pixels sent{swapped ? 240 : 320, swapped ? 320 : 240, {}};
    for (int y = 0; y < sent.height; ++y) {
      for (int x = 0; x < sent.width; ++x) {
        const auto [from_x, from_y] = stored[orientation - 1](x, y);
        const auto pixel = upright.At(from_x, from_y);
        sent.rgb.insert(sent.rgb.end(), pixel.begin(), pixel.end());
      }
    }
    for (const bool little : {false, true}) {
      const absl::StatusOr<std::string> kept =
          RedrawPhoto(WithExif(JpegOf(sent), orientation, little));
      ASSERT_OK(kept);
      const Pixels pixels = PixelsIn(*kept);
      EXPECT_EQ(pixels.width, 320) << orientation;
      EXPECT_TRUE(IsRed(pixels.At(80, 60))) << orientation;
      EXPECT_TRUE(IsGreen(pixels.At(160, 230))) << orientation;
    }
  }
}

TEST(PhotoTest, RefusesWhatIsNoPhotoByItsContent) {
  const std::string jpeg = JpegOf(Flag(64, 64)), png = PngOf(Flag(64, 64));
  for (const std::string& sent :
       {std::string(), std::string("GIF89a"), std::string("<svg xmlns=\"...\">"),
        std::string("%PDF-1.4"), std::string("\xff\xd8\xff"), std::string("\x89PNG\r\n\x1a\n"),
        std::string("RIFF....WEBPVP8 "), "x" + jpeg, "x" + png, JpegOf(Flag(8, 64)),
        JpegOf(Flag(16, 1000)), PngOf(Flag(16, 3000)), PngOf(Flag(64, 8))}) {
    EXPECT_THAT(RedrawPhoto(sent), HasCode(kRefused)) << sent.substr(0, 12);
  }
}

TEST(PhotoTest, RefusesWhatIsCutShortOrDamaged) {
  std::mt19937_64 random = test::SeededRandom();
  for (const std::string& whole : {JpegOf(Flag(200, 200)), PngOf(Flag(200, 200))}) {
    for (size_t size = 0; size + 16 < whole.size(); size += 7) {
      EXPECT_THAT(RedrawPhoto(whole.substr(0, size)), HasCode(kRefused)) << size;
    }
    for (int i = 0; i < 300; ++i) {  // Refused or a picture: never anything else.
      std::string damaged = whole;
      damaged[random() % damaged.size()] = static_cast<char>(random());
      const absl::StatusOr<std::string> kept = RedrawPhoto(damaged);
      if (kept.ok()) {
        EXPECT_LE(kept->size(), kPhotoBytesMax);
      }
    }
  }
}

// Headers that promise more than anybody would decode: refused before a byte of it is.
TEST(PhotoTest, RefusesBombsByTheirHeaders) {
  std::string png("\x89PNG\r\n\x1a\n");
  std::string header("IHDR");
  PutU32(header, 60'000);
  PutU32(header, 60'000);
  header += std::string("\x08\x02\x00\x00\x00", 5);
  PutU32(png, 13);
  png += header;
  PutU32(png, static_cast<uint32_t>(
                  crc32(0, reinterpret_cast<const Bytef*>(header.data()), header.size())));
  EXPECT_THAT(RedrawPhoto(png), HasCode(kRefused));
  std::string jpeg = JpegOf(Flag(64, 64));
  const size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xff\xff\xff\xff");  // 65,535 by 65,535.
  EXPECT_THAT(RedrawPhoto(jpeg), HasCode(kRefused));
  EXPECT_THAT(RedrawPhoto(PngOf(Flag(6000, 5000))), HasCode(kRefused));
}

TEST(OrientationTest, IsAsStoredWhereNothingCanBeRead) {
  const std::string jpeg = JpegOf(Flag(64, 64));
  const std::string good = WithExif(jpeg, 6);
  ASSERT_NE(OrientationOf(good), Orientation());
  EXPECT_EQ(OrientationOf(jpeg), Orientation());
  EXPECT_EQ(OrientationOf(""), Orientation());
  EXPECT_EQ(OrientationOf(WithExif(jpeg, 0)), Orientation());
  EXPECT_EQ(OrientationOf(WithExif(jpeg, 9)), Orientation());
  std::mt19937_64 random = test::SeededRandom();
  for (size_t size = 0; size < good.size(); ++size) OrientationOf(good.substr(0, size));
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = good;
    damaged[random() % 80] = static_cast<char>(random());
    OrientationOf(damaged);
  }
}

}  // namespace
}  // namespace suyuan::document
