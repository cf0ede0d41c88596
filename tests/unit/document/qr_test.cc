// What a label's code must be for a phone to read it, checked with two readers that are not ours.
#include "services/document/qr.h"

#include <png.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <regex>
#include <vector>

#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::document {
namespace {

constexpr char kGtinUrl[] = "https://trace.example.cn/01/09520123456788/21/7K2M9QX4RTV0ACDEFGHJ";

// The dots of a greyscale PNG, read by libpng's own reader.
struct Dots {
  int side = 0;
  std::vector<uint8_t> grey;
  bool Dark(int x, int y) const { return grey[static_cast<size_t>(y) * side + x] == 0; }
};
Dots DotsOf(const std::string& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), 0);
  EXPECT_EQ(image.width, image.height);
  image.format = PNG_FORMAT_GRAY;
  Dots dots;
  dots.side = static_cast<int>(image.width);
  dots.grey.resize(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, dots.grey.data(), 0, nullptr), 0);
  return dots;
}

bool Installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

std::string OutputOf(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string out;
  std::array<char, 4096> part;
  while (const size_t count = fread(part.data(), 1, part.size(), pipe))
    out.append(part.data(), count);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return out;
}

std::string Saved(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// 37 modules (version 5) and two quiet zones of 4: what a 22.5 mm label of 203 dpi has room for.
TEST(QrTest, ALabelAddressTakes45ModulesWithItsQuietZone) {
  for (const int dots : {1, 4, 8, 40}) {
    EXPECT_EQ(DotsOf(*QrPng(kGtinUrl, dots)).side, 45 * dots);
  }
  EXPECT_THAT(*QrSvg(kGtinUrl), testing::HasSubstr(R"(viewBox="0 0 45 45")"));
}

TEST(QrTest, EveryModuleIsWholeDotsAndTheQuietZoneIsWhite) {
  constexpr int kDots = 5;
  const Dots small = DotsOf(*QrPng(kGtinUrl, 1)), large = DotsOf(*QrPng(kGtinUrl, kDots));
  for (int y = 0; y < large.side; ++y) {
    for (int x = 0; x < large.side; ++x) {
      ASSERT_EQ(large.Dark(x, y), small.Dark(x / kDots, y / kDots)) << x << "," << y;
    }
  }
  for (int i = 0; i < small.side; ++i) {
    for (int quiet = 0; quiet < kQuietModules; ++quiet) {
      EXPECT_FALSE(small.Dark(i, quiet) || small.Dark(quiet, i));
      EXPECT_FALSE(small.Dark(i, small.side - 1 - quiet) || small.Dark(small.side - 1 - quiet, i));
    }
  }
  EXPECT_TRUE(small.Dark(kQuietModules, kQuietModules)) << "the finder's corner";
}

TEST(QrTest, ThePngIsOneBitGreyscale) {
  const std::string png = *QrPng(kGtinUrl, 8);
  ASSERT_GT(png.size(), 29u);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_EQ(png.substr(12, 4), "IHDR");
  EXPECT_EQ(png[24], 1) << "bit depth";
  EXPECT_EQ(png[25], 0) << "colour type";
}

// The drawing and the image are the same code: the path is painted and compared module by module.
TEST(QrTest, TheSvgDrawsTheSameModules) {
  const std::string svg = *QrSvg(kGtinUrl);
  const Dots dots = DotsOf(*QrPng(kGtinUrl, 1));
  EXPECT_THAT(svg, testing::HasSubstr(R"(shape-rendering="crispEdges")"));
  std::vector<uint8_t> painted(dots.grey.size(), 255);
  const std::regex run("M(\\d+) (\\d+)h(\\d+)v1h-(\\d+)z");
  for (std::sregex_iterator at(svg.begin(), svg.end(), run), end; at != end; ++at) {
    const int x = std::stoi((*at)[1]), y = std::stoi((*at)[2]), width = std::stoi((*at)[3]);
    EXPECT_EQ((*at)[3], (*at)[4]);
    for (int i = 0; i < width; ++i) painted[static_cast<size_t>(y) * dots.side + x + i] = 0;
  }
  EXPECT_EQ(painted, dots.grey);
}

TEST(QrTest, RefusesWhatNoCodeCanHold) {
  for (const std::string& text : {std::string(), std::string("a\0b", 3), std::string(3000, 'a')}) {
    EXPECT_THAT(QrSvg(text), test::HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(QrPng(text, 4), test::HasCode(absl::StatusCode::kInvalidArgument));
  }
  for (const int dots : {-1, 0, 41}) {
    EXPECT_THAT(QrPng(kGtinUrl, dots), test::HasCode(absl::StatusCode::kInvalidArgument));
  }
}

class QrReaderTest : public testing::Test {
 protected:
  // 3 dots is the least a reader is asked for; the text must come back byte for byte.
  template <typename Read>
  void ReadsAll(Read read) {
    const std::string texts[] = {kGtinUrl, "https://trace.example.cn/t/7K2M9QX4RTV0ACDEFGHJ"};
    for (const std::string& text : texts) {
      for (const int dots : {3, 4, 8}) {
        const std::string png = Saved(dir_ / "code.png", *QrPng(text, dots));
        EXPECT_EQ(read(png), text) << dots << " dots a module";
      }
    }
  }
  test::TempDir dir_;
};

TEST_F(QrReaderTest, ZbarReadsIt) {
  if (!Installed("zbarimg")) GTEST_SKIP() << "zbarimg (Debian zbar-tools) is not installed";
  ReadsAll([](const std::string& png) {
    const std::string out = OutputOf("zbarimg --nodbus --quiet --raw " + png);
    return out.substr(0, out.find('\n'));
  });
}

TEST_F(QrReaderTest, ZxingReadsIt) {
  if (!Installed("ZXingReader")) GTEST_SKIP() << "ZXingReader (Debian zxing-cpp-tools) is absent";
  ReadsAll([](const std::string& png) {
    const std::string out = OutputOf("ZXingReader " + png);
    std::smatch found;
    return std::regex_search(out, found, std::regex("Text:\\s+\"([^\"]*)\"")) ? found[1].str()
                                                                              : out;
  });
}

}  // namespace
}  // namespace suyuan::document
