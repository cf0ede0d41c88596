// What a phone's camera makes of a label, and two decoders that are not ours to read it.
#pragma once

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "services/document/bitmap.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::document {

inline std::string OutputOf(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string out;
  std::array<char, 1 << 16> part;
  while (const size_t count = fread(part.data(), 1, part.size(), pipe))
    out.append(part.data(), count);
  pclose(pipe);
  return out;
}

struct GreyImage {
  int width = 0, height = 0;
  std::vector<uint8_t> grey;  // 0 is black.

  GreyImage(int w, int h, uint8_t value = 255)
      : width(w), height(h), grey(static_cast<size_t>(w) * static_cast<size_t>(h), value) {}
  uint8_t& At(int x, int y) { return grey[static_cast<size_t>(y) * width + x]; }
  uint8_t At(int x, int y) const { return grey[static_cast<size_t>(y) * width + x]; }
  // White where there is nothing.
  double Between(double x, double y) const {
    const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
    const auto at = [&](int i, int k) -> double {
      return i < 0 || k < 0 || i >= width || k >= height ? 255 : At(i, k);
    };
    const double right = x - left, down = y - top;
    return (at(left, top) * (1 - right) + at(left + 1, top) * right) * (1 - down) +
           (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * down;
  }
  GreyImage Crop(double left, double top, double w, double h) const {
    GreyImage part(static_cast<int>(w), static_cast<int>(h));
    for (int y = 0; y < part.height; ++y) {
      for (int x = 0; x < part.width; ++x) {
        part.At(x, y) = static_cast<uint8_t>(Between(std::floor(left) + x, std::floor(top) + y));
      }
    }
    return part;
  }
  std::string Pgm() const {
    return StrCat("P5\n", width, " ", height, "\n255\n") +
           std::string(reinterpret_cast<const char*>(grey.data()), grey.size());
  }
};

inline GreyImage GreyOf(const Bitmap& bitmap) {
  GreyImage image(bitmap.width(), bitmap.height());
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) image.At(x, y) = bitmap.Black(x, y) ? 0 : 255;
  }
  return image;
}

// The first page of a document, by poppler.
inline GreyImage PageOf(const std::string& pdf, int dots_per_inch) {
  const test::TempDir dir;
  std::ofstream(dir / "a.pdf", std::ios::binary) << pdf;
  const std::string pgm = OutputOf(
      StrCat("pdftoppm -gray -singlefile -r ", dots_per_inch, " ", dir / "a.pdf", " 2>/dev/null"));
  int width = 0, height = 0, at = 0;
  EXPECT_EQ(std::sscanf(pgm.c_str(), "P5 %d %d 255%n", &width, &height, &at), 2);
  GreyImage page(width, height);
  page.grey.assign(pgm.begin() + at + 1, pgm.end());
  return page;
}

// A label as a camera sees it. `module`, `left`, `top`: of the code, in dots.
class Photo {
 public:
  Photo(GreyImage image, double module, double left, double top, int modules)
      : module_(module),
        left_(left),
        top_(top),
        side_(module * modules),
        image_(std::move(image)) {}
  const GreyImage& image() const { return image_; }

  std::vector<std::pair<std::string, GreyImage>> Distorted(uint64_t seed) const {
    std::mt19937_64 random(seed);
    const double angle = 0.1 + static_cast<double>(random() % 700) / 1000;  // 6 to 46 degrees.
    return {{"blurred", Blurred(0.35 * module_)},
            {"rotated", Warped(angle, 0)},
            {"tilted", Warped(0, 0.15)},
            {"blotted", Blotted(random)},
            {"heavy", Heavy()}};
  }

 private:
  GreyImage Blurred(double sigma) const {
    const int reach = static_cast<int>(std::ceil(3 * sigma));
    std::vector<double> weights;
    double sum = 0;
    for (int i = -reach; i <= reach; ++i) {
      weights.push_back(std::exp(-i * i / (2 * sigma * sigma)));
      sum += weights.back();
    }
    GreyImage out = image_;
    for (const bool down : {false, true}) {
      const GreyImage from = out;
      for (int y = 0; y < out.height; ++y) {
        for (int x = 0; x < out.width; ++x) {
          double value = 0;
          for (int i = -reach; i <= reach; ++i) {
            value += weights[static_cast<size_t>(i + reach)] *
                     from.Between(down ? x : x + i, down ? y + i : y);
          }
          out.At(x, y) = static_cast<uint8_t>(value / sum);
        }
      }
    }
    return out;
  }

  // Turned about the middle, and narrower by `tilt` at the top, with white around.
  GreyImage Warped(double angle, double tilt) const {
    const int side = static_cast<int>(std::hypot(image_.width, image_.height));
    GreyImage out(side, side);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const double v = y - side / 2.0;
        const double u = (x - side / 2.0) / (1 - tilt * (0.5 - static_cast<double>(y) / side));
        out.At(x, y) = static_cast<uint8_t>(
            image_.Between(u * std::cos(angle) + v * std::sin(angle) + image_.width / 2.0,
                           v * std::cos(angle) - u * std::sin(angle) + image_.height / 2.0));
      }
    }
    return out;
  }

  // One square spot over 7 % of the code, off the three finders.
  GreyImage Blotted(std::mt19937_64& random) const {
    GreyImage out = image_;
    const double spot = side_ * std::sqrt(0.07), finder = 8 * module_;
    double x = 0, y = 0;
    do {
      x = static_cast<double>(random() % 1000) / 1000 * (side_ - spot);
      y = static_cast<double>(random() % 1000) / 1000 * (side_ - spot);
    } while ((x < finder && y < finder) || (x + spot > side_ - finder && y < finder) ||
             (x < finder && y + spot > side_ - finder));
    for (int i = 0; i < static_cast<int>(spot); ++i) {
      for (int k = 0; k < static_cast<int>(spot); ++k) {
        out.At(static_cast<int>(left_ + x) + i, static_cast<int>(top_ + y) + k) = 40;
      }
    }
    return out;
  }

  // Every dark dot spreads by one on one side, as on a hot head.
  GreyImage Heavy() const {
    GreyImage out = image_;
    for (int y = 0; y < image_.height; ++y) {
      for (int x = 0; x < image_.width; ++x) {
        if (image_.At(x, y) > 128) continue;
        if (x + 1 < image_.width) out.At(x + 1, y) = 0;
        if (y + 1 < image_.height) out.At(x, y + 1) = 0;
      }
    }
    return out;
  }

  const double module_, left_, top_, side_;
  GreyImage image_;
};

// Counts what both decoders read.
class Decoder {
 public:
  static bool Installed() {
    return std::system("command -v zbarimg ZXingReader pdftoppm >/dev/null") == 0;
  }

  void Read(const GreyImage& image, const std::string& text, const std::string& what) {
    const std::string file = dir_ / "a.pgm";
    std::ofstream(file, std::ios::binary) << image.Pgm();
    const std::string zbar =
        OutputOf("zbarimg --nodbus -q --raw -S*.disable -Sqrcode.enable " + file + " 2>/dev/null");
    ++tried_;
    Count(zbar.substr(0, zbar.find('\n')) == text, "zbar " + what, &zbar_);
    const std::string zxing = OutputOf("ZXingReader -format QRCode " + file + " 2>/dev/null");
    Count(zxing.find("\"" + text + "\"") != std::string::npos, "zxing " + what, &zxing_);
  }
  // Of the one that read less.
  double ShareRead() const { return static_cast<double>(std::min(zbar_, zxing_)) / tried_; }
  const std::string& Missed() const { return missed_; }

 private:
  void Count(bool read, const std::string& what, int* count) {
    *count += read;
    if (!read) StrAppend(&missed_, what, "; ");
  }
  const test::TempDir dir_;
  int tried_ = 0, zbar_ = 0, zxing_ = 0;
  std::string missed_;
};

}  // namespace suyuan::document
