// Labels on every stock, read back by decoders that are not ours. The pictures are written to
// $SUYUAN_LABELS_DIR where it is set, to be looked at.
#include "services/document/label_print.h"

#include <chrono>
#include <fstream>
#include <random>
#include <set>

#include "services/document/qr.h"
#include "storage/base/text.h"
#include "tests/support/test.h"
#include "tests/unit/document/decoders.h"

namespace suyuan::document {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

LabelFacts Facts() {
  LabelFacts facts;
  facts.product = "豇豆";
  facts.grade = "特级";
  facts.net_content = "500 g";
  facts.net_content_height = NetContentHeight(500'000, true);
  facts.harvest = "2026-11-04";
  facts.producer = "禄丰黑井兴农蔬菜专业合作社";
  facts.batch = "SY010A2B3C4D5E6F7G8H";
  facts.domain = "trace.example.cn";
  return facts;
}

LabelCode CodeNumber(int number) {
  // As unlike each other as real ones.
  std::mt19937_64 random(static_cast<uint64_t>(number));
  std::string code;
  for (int i = 0; i < 20; ++i) code.push_back("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[random() % 32]);
  return {StrCat("https://trace.example.cn/01/09520123456788/21/", code), code};
}

LabelArt ArtOf(const std::string& layout, const LabelFacts& facts = Facts()) {
  absl::StatusOr<LabelArt> art = LabelArt::Make(*FindLayout(layout), facts);
  EXPECT_OK(art) << layout;
  return *std::move(art);
}

std::string PdfOf(const LabelArt& art, int count, const PdfOptions& options = {}) {
  const auto pdf = LabelPdf::Start(&art, options);
  EXPECT_OK(pdf);
  for (int number = 1; number <= count; ++number) EXPECT_OK((*pdf)->Add(CodeNumber(number)));
  (*pdf)->Finish();
  return (*pdf)->Take();
}

void Keep(const std::string& name, const std::string& bytes) {
  const char* dir = std::getenv("SUYUAN_LABELS_DIR");
  if (dir != nullptr) std::ofstream(StrCat(dir, "/", name), std::ios::binary) << bytes;
}

TEST(LabelLayoutTest, TheNetContentHasItsLegalHeight) {
  EXPECT_EQ(NetContentHeight(50'000, true), 2);
  EXPECT_EQ(NetContentHeight(200'000, true), 3);
  EXPECT_EQ(NetContentHeight(1'000'000, true), 4);
  EXPECT_EQ(NetContentHeight(1'000'001, true), 6);
  EXPECT_EQ(NetContentHeight(12, false), 0);
}

// Mandatory text is at least 1.8 mm high; the lowest digits of our fonts are 71 % of their type.
TEST(LabelLayoutTest, NoLayoutHasSmallTypeOrASmallModule) {
  for (const std::string& name : LayoutNames()) {
    const Layout& layout = *FindLayout(name);
    EXPECT_GE(layout.text * 0.71, 1.8) << name;
    EXPECT_GE(layout.module, 0.396) << name;
    EXPECT_GE(layout.title, layout.text) << name;
  }
  EXPECT_EQ(FindLayout("a5"), nullptr);
}

TEST(LabelArtTest, RefusesWhatDoesNotFitInsteadOfCuttingIt) {
  const Layout& small = *FindLayout("40x30");
  LabelFacts facts = Facts();
  facts.producer = "禄丰市黑井镇复隆村第三村民小组蔬菜种植农民专业合作社联合社";
  EXPECT_THAT(LabelArt::Make(*FindLayout("50x30"), facts),
              test::HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(LabelArt::Make(*FindLayout("a4-3x8"), facts));
  facts = Facts();
  facts.net_content = "12.5 kg";
  facts.net_content_height = 6;
  EXPECT_THAT(LabelArt::Make(small, facts).status().message(), HasSubstr("legal height"));
  facts = Facts();
  facts.product = std::string(10000, 'x');
  EXPECT_FALSE(LabelArt::Make(small, facts).ok());
  facts.product = "豇豆\U00013000\U000F0000";
  EXPECT_THAT(LabelArt::Make(small, facts).status().message(), HasSubstr("no font"));
}

// Under the layer, in the place of the batch number, on stocks that have one.
TEST(LabelArtTest, APinStandsWhereTheBatchWouldAndIsRefusedWhereThereIsNoRoom) {
  LabelFacts facts = Facts();
  facts.pin = true;
  for (const std::string& name : LayoutNames()) {
    const bool room = name == "60x40" || name == "a4-3x7" || name == "a4-3x8";
    EXPECT_EQ(LabelArt::Make(*FindLayout(name), facts).ok(), room) << name;
  }
  EXPECT_THAT(LabelArt::Make(*FindLayout("40x30"), facts).status().message(),
              HasSubstr("no room for a PIN"));
  const LabelArt art = ArtOf("60x40", facts);
  const auto raster = LabelRaster::Start(&art, 300);
  ASSERT_OK(raster);
  LabelCode label = CodeNumber(1);
  label.pin = "12345678";
  const std::string with = PngOf(*(*raster)->Draw(label), 300);
  label.pin = "12345679";
  EXPECT_NE(PngOf(*(*raster)->Draw(label), 300), with);
  label.pin.clear();
  EXPECT_NE(PngOf(*(*raster)->Draw(label), 300), with);
  const auto pdf = LabelPdf::Start(&art, {});
  ASSERT_OK(pdf);
  label.pin = "12345678";
  ASSERT_OK((*pdf)->Add(label));
  (*pdf)->Finish();
  const std::string bytes = (*pdf)->Take();
  EXPECT_THAT(bytes, StartsWith("%PDF-"));
  Keep("pin-60x40.pdf", bytes);
  Keep("pin-60x40.png", with);
}

TEST(LabelArtTest, HiddenCharactersAndControlsDoNotPrint) {
  LabelFacts plain = Facts(), hostile = Facts();
  hostile.product = "豇\u202E豆\u200B\x01";
  hostile.domain = std::string("trace\0.example.cn", 17);
  const LabelArt art = ArtOf("50x30", plain), other = ArtOf("50x30", hostile);
  EXPECT_EQ(PngOf(*(*LabelRaster::Start(&art, 203))->Draw(CodeNumber(1))),
            PngOf(*(*LabelRaster::Start(&other, 203))->Draw(CodeNumber(1))));
  hostile.producer = "";
  for (const char* text : {"<script>alert(1)</script>", "^XZ~JR", "\xff\xfe", "%PDF-1.4"}) {
    hostile.product = text;
    EXPECT_OK(LabelArt::Make(*FindLayout("a4-3x8"), hostile)) << text;
  }
}

TEST(LabelRasterTest, EveryModuleIsWholeDotsOnWhite) {
  for (const auto& [name, dpi, dots] : {std::tuple{"40x30", 203, 4},
                                        {"50x30", 203, 4},
                                        {"60x40", 203, 5},
                                        {"40x30", 300, 5},
                                        {"60x40", 300, 7}}) {
    EXPECT_EQ(ModuleDots(*FindLayout(name), dpi), dots);
    EXPECT_GE(dots * 25.4 / dpi, 0.396);  // GS1's smallest module.
    const LabelArt art = ArtOf(name);
    const Bitmap bitmap = *(*LabelRaster::Start(&art, dpi))->Draw(CodeNumber(1));
    const Symbol symbol = *Symbol::Encode(CodeNumber(1).url);
    ASSERT_EQ(symbol.width(), 37);
    const Place at = art.QrPlace(37, dots * 72.0 / dpi);
    const int left = static_cast<int>(std::lround(at.x * dpi / 72)),
              top = static_cast<int>(std::lround(at.y * dpi / 72));
    for (int y = -kQuietModules * dots; y < (37 + kQuietModules) * dots; ++y) {
      for (int x = -kQuietModules * dots; x < (37 + kQuietModules) * dots; ++x) {
        const bool inside = x >= 0 && y >= 0 && x < 37 * dots && y < 37 * dots;
        const bool dark = inside && symbol.Dark(x / dots, y / dots);
        // The quiet zone may reach past the label's own edge, which is white as well.
        if (left + x < 0 || top + y < 0) continue;
        ASSERT_EQ(bitmap.Black(left + x, top + y), dark) << name << " " << x << "," << y;
      }
    }
  }
  EXPECT_FALSE(LabelRaster::Start(nullptr, 72).ok());
}

TEST(PrinterLanguageTest, CarriesThePictureWhole) {
  const LabelArt art = ArtOf("40x30");
  const Bitmap bitmap = *(*LabelRaster::Start(&art, 203))->Draw(CodeNumber(1));
  EXPECT_EQ(bitmap.width(), 320);
  EXPECT_EQ(bitmap.height(), 240);
  const std::string zpl = ZplOf(bitmap);
  EXPECT_THAT(zpl, StartsWith("^XA^PW320^LL240^LH0,0^FO0,0^GFA,9600,9600,40,"));
  EXPECT_THAT(zpl, testing::EndsWith("^FS^PQ1^XZ\n"));
  EXPECT_EQ(zpl.find_first_not_of("0123456789ABCDEF", zpl.find(",40,") + 4), zpl.find("^FS"));
  EXPECT_EQ(zpl.find("^FS") - zpl.find(",40,") - 4, 19200u);
  const std::string tspl = TsplOf(bitmap, 40, 30);
  const std::string head =
      "SIZE 40 mm,30 mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 1\r\nCLS\r\nBITMAP 0,0,40,240,0,";
  EXPECT_THAT(tspl, StartsWith(head));
  EXPECT_EQ(tspl.substr(head.size() + 9600), "\r\nPRINT 1,1\r\n");
  for (int y = 0; y < 240; ++y) {
    for (int x = 0; x < 320; ++x) {
      const size_t digit = zpl.find(",40,") + 4 + static_cast<size_t>(y) * 80 + x / 4;
      const int four = zpl[digit] <= '9' ? zpl[digit] - '0' : zpl[digit] - 'A' + 10;
      ASSERT_EQ((four >> (3 - x % 4) & 1) != 0, bitmap.Black(x, y));
      const auto byte =
          static_cast<uint8_t>(tspl[head.size() + static_cast<size_t>(y) * 40 + x / 8]);
      ASSERT_EQ((byte & (0x80 >> (x % 8))) == 0, bitmap.Black(x, y));
    }
  }
}

TEST(LabelPdfTest, FillsSheetsFromTheCellAskedFor) {
  const LabelArt art = ArtOf("a4-3x7");
  PdfOptions options;
  options.first_cell = 20;
  const std::string pdf = PdfOf(art, 24, options);  // 2, 21 and 1.
  EXPECT_THAT(pdf, HasSubstr("/Count 3"));
  EXPECT_THAT(PdfOf(art, 21), HasSubstr("/Count 1"));
  EXPECT_THAT(PdfOf(art, 22), HasSubstr("/Count 2"));
  const LabelArt roll = ArtOf("40x30");
  EXPECT_THAT(PdfOf(roll, 3), HasSubstr("/Count 3"));
  options.first_cell = 22;
  EXPECT_FALSE(LabelPdf::Start(&art, options).ok());
  options.first_cell = 0;
  EXPECT_FALSE(LabelPdf::Start(&art, options).ok());
  // Chinese needs no font in the viewer: the only font embedded is the code's.
  EXPECT_THAT(pdf, testing::Not(HasSubstr("CJK")));
  EXPECT_THAT(pdf, HasSubstr("DejaVuSansMono"));
}

// The darkest corner that a page has, in dots from its left and its top.
std::pair<int, int> CornerOf(const GreyImage& page) {
  int left = page.width, top = page.height;
  for (int y = 0; y < page.height; ++y) {
    for (int x = 0; x < page.width; ++x) {
      if (page.At(x, y) > 128) continue;
      left = std::min(left, x);
      top = std::min(top, y);
    }
  }
  return {left, top};
}

TEST(LabelPdfTest, MovesTheWholeSheetByItsOffsets) {
  if (!Decoder::Installed()) GTEST_SKIP() << "zbarimg, ZXingReader and pdftoppm are not all there";
  constexpr int kDpi = 254;  // Ten dots a millimetre.
  const LabelArt art = ArtOf("a4-3x7");
  const auto [left, top] = CornerOf(PageOf(PdfOf(art, 21), kDpi));
  for (const auto& [x, y] : {std::pair(3.0, 0.0), {0.0, 2.0}, {-1.5, -2.5}}) {
    PdfOptions options;
    options.offset_x = x;
    options.offset_y = y;
    const auto [moved_left, moved_top] = CornerOf(PageOf(PdfOf(art, 21, options), kDpi));
    EXPECT_NEAR(moved_left - left, 10 * x, 1);
    EXPECT_NEAR(moved_top - top, 10 * y, 1);
  }
}

// Whether a dot is dark, in a part of an image.
bool AnyDark(const GreyImage& image, int left, int right, int top, int bottom) {
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      if (image.At(x, y) < 128) return true;
    }
  }
  return false;
}

// The height in dots of what stands first on the second line of the column beside the code: of a
// label that has a net content alone, its first digit.
int DigitHeight(const GreyImage& label, const LabelArt& art, double dots) {
  const double box = art.layout().module * (kSymbolModulesMax + 2 * kQuietModules);
  const int left = static_cast<int>((box + 1.2) * dots), right = label.width;
  const auto row = [&](int y, int from, int to) {
    return y < label.height && AnyDark(label, from, to, y, y + 1);
  };
  int top = 0;
  while (top < label.height && !row(top, left, right)) ++top;  // To the line that says 净含量,
  while (row(top, left, right)) ++top;                         // past it,
  while (top < label.height && !row(top, left, right)) ++top;  // and to the next.
  int end = top;
  while (row(end, left, right)) ++end;
  // The digit's columns, by its upper part: what hangs from this line may reach into the next one.
  const auto column = [&](int x) {
    return x < right && AnyDark(label, x, x + 1, top, top + (end - top) / 3);
  };
  int from = left;
  while (from < right && !column(from)) ++from;
  int to = from;
  while (column(to)) ++to;
  int first = top;
  while (first < end && !row(first, from, to)) ++first;
  int last = first;
  while (row(last, from, to)) ++last;
  return last - first;
}

// JJF 1070 and the Measures for Quantitatively Packed Commodities: as printed, not as laid out.
TEST(LabelPdfTest, TheDigitsOfANetContentHaveTheirLegalHeightOnPaper) {
  if (!Decoder::Installed()) GTEST_SKIP() << "zbarimg, ZXingReader and pdftoppm are not all there";
  const struct {
    const char* text;
    int64_t milligrams;
    double legal;  // Millimetres.
  } kClasses[] = {{"50 g", 50'000, 2},    {"11 g", 11'000, 2},      {"51 g", 51'000, 3},
                  {"200 g", 200'000, 3},  {"201 g", 201'000, 4},    {"750 g", 750'000, 4},
                  {"1 kg", 1'000'000, 4}, {"1.5 kg", 1'500'000, 6}, {"4 kg", 4'000'000, 6}};
  std::set<double> measured;
  for (const std::string& name : LayoutNames()) {
    const Layout& layout = *FindLayout(name);
    for (const auto& of : kClasses) {
      LabelFacts facts;
      facts.net_content = of.text;
      facts.net_content_height = NetContentHeight(of.milligrams, true);
      const absl::StatusOr<LabelArt> art = LabelArt::Make(layout, facts);
      if (!art.ok()) continue;  // No room: refused, and never smaller.
      const auto expect = [&](const GreyImage& label, int dpi) {
        const double height = DigitHeight(label, *art, dpi / 25.4) * 25.4 / dpi;
        EXPECT_GE(height, of.legal) << name << " " << of.text << " at " << dpi;
        EXPECT_LE(height, of.legal * 1.2) << name << " " << of.text << " at " << dpi;
        measured.insert(of.legal);
      };
      if (layout.grid.has_value()) {
        constexpr int kDpi = 508;  // Twenty dots a millimetre.
        const Grid& grid = *layout.grid;
        expect(PageOf(PdfOf(*art, 1), kDpi)
                   .Crop(grid.left * 20, grid.top * 20, layout.width * 20, layout.height * 20),
               kDpi);
        continue;
      }
      expect(PageOf(PdfOf(*art, 1), 1270), 1270);
      for (const int dpi : {203, 300}) {
        const auto raster = LabelRaster::Start(&*art, dpi);
        ASSERT_OK(raster);
        expect(GreyOf(*(*raster)->Draw(CodeNumber(1))), dpi);
      }
    }
  }
  EXPECT_EQ(measured.size(), 4u) << "a class has room on no layout";
}

TEST(LabelPdfTest, RefusesAnAddressWhoseCodeTheLayoutCannotHold) {
  const LabelArt art = ArtOf("40x30");
  const LabelCode code{StrCat("https://", std::string(60, 'a'), "/01/1/21/2"), "2"};
  EXPECT_FALSE((*LabelPdf::Start(&art, {}))->Add(code).ok());
  EXPECT_FALSE((*LabelRaster::Start(&art, 203))->Draw(code).ok());
}

// ux: blur σ 0.35 module, rotation, 15 % tilt, a blot over 7 % in one piece, one dot heavy.
class LabelReadTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!Decoder::Installed())
      GTEST_SKIP() << "zbarimg, ZXingReader and pdftoppm are not all there";
  }
};

// The label as its printer makes it: of a roll by a thermal head, of a sheet by an office's printer
// from the page.
std::vector<Photo> PhotosOf(const LabelArt& art, int dpi, int count) {
  const Layout& layout = art.layout();
  std::vector<Photo> photos;
  const auto add = [&](GreyImage image, double dots, const LabelCode& label) {
    const int modules = Symbol::Encode(label.url)->width();
    const Place at = art.QrPlace(modules, dots * 72 / dpi);
    photos.emplace_back(std::move(image), dots, at.x * dpi / 72, at.y * dpi / 72, modules);
  };
  if (!layout.grid.has_value()) {
    const auto raster = LabelRaster::Start(&art, dpi);
    for (int number = 1; number <= count; ++number) {
      const Bitmap bitmap = *(*raster)->Draw(CodeNumber(number));
      if (number == 1) Keep(StrCat(layout.name, "-", dpi, ".png"), PngOf(bitmap, dpi));
      add(GreyOf(bitmap), ModuleDots(layout, dpi), CodeNumber(number));
    }
    return photos;
  }
  const double dots = dpi / 25.4;  // A millimetre.
  const GreyImage page = PageOf(PdfOf(art, count), dpi);
  for (int cell = 0; cell < count; ++cell) {
    const Grid& grid = *layout.grid;
    add(page.Crop((grid.left + grid.pitch_x * (cell % grid.columns)) * dots,
                  (grid.top + grid.pitch_y * (cell / grid.columns)) * dots, layout.width * dots,
                  layout.height * dots),
        layout.module * dots, CodeNumber(cell + 1));
  }
  return photos;
}

TEST_P(LabelReadTest, IsReadInEveryCondition) {
  const LabelArt art = ArtOf(GetParam());
  const std::vector<int> office = {300, 600}, thermal = {203, 300};
  for (const int dpi : art.layout().grid.has_value() ? office : thermal) {
    Decoder clean, distorted;
    int number = 0;
    const int count = dpi == 600 ? 3 : 10;  // What 300 dots show, 600 do.
    for (const Photo& photo : PhotosOf(art, dpi, count)) {
      const std::string url = CodeNumber(++number).url;
      clean.Read(photo.image(), url, "clean");
      for (const auto& [what, image] : photo.Distorted(static_cast<uint64_t>(number))) {
        distorted.Read(image, url, what);
      }
    }
    EXPECT_EQ(clean.ShareRead(), 1) << GetParam() << " " << dpi << " " << clean.Missed();
    EXPECT_GE(distorted.ShareRead(), 0.99) << GetParam() << " " << dpi << " " << distorted.Missed();
  }
}

TEST_P(LabelReadTest, APrintedPageIsReadLabelByLabel) {
  const Layout& layout = *FindLayout(GetParam());
  const int count = layout.grid ? layout.grid->columns * layout.grid->rows : 1;
  const LabelArt art = ArtOf(GetParam());
  const std::string pdf = PdfOf(art, count);
  Keep(GetParam() + ".pdf", pdf);
  Decoder decoder;
  for (const int dpi : {203, 300, 600}) {
    const GreyImage page = PageOf(pdf, dpi);
    const double dots = dpi / 25.4;  // A millimetre.
    for (int cell = 0; cell < count; cell += std::max(1, count / 6)) {
      const Grid grid = layout.grid.value_or(Grid{1, 1, 0, 0, 0, 0});
      decoder.Read(page.Crop((grid.left + grid.pitch_x * (cell % grid.columns)) * dots,
                             (grid.top + grid.pitch_y * (cell / grid.columns)) * dots,
                             layout.width * dots, layout.height * dots),
                   CodeNumber(cell + 1).url, StrCat("cell ", cell, " at ", dpi));
    }
  }
  EXPECT_EQ(decoder.ShareRead(), 1) << decoder.Missed();
}

INSTANTIATE_TEST_SUITE_P(Layouts, LabelReadTest, testing::ValuesIn(LayoutNames()),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace suyuan::document
