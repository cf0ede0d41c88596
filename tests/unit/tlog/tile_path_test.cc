// Paths, widths and bundles as c2sp.org/tlog-tiles gives them.
#include "services/tlog/tile_path.h"

#include "tests/support/test.h"

namespace suyuan::tlog {
namespace {

using absl::StatusCode;
using test::HasCode;

TEST(TilePathTest, IsWrittenAndReadAsSpecified) {
  const std::vector<std::pair<std::string, TilePath>> paths = {
      {"tile/0/000", {false, 0, 0, 256}},
      {"tile/0/x001/x234/067", {false, 0, 1234067, 256}},
      {"tile/1/273.p/112", {false, 1, 273, 112}},
      {"tile/63/999.p/1", {false, 63, 999, 1}},
      {"tile/entries/x001/000.p/255", {true, 0, 1000, 255}},
      {"tile/0/x036/x028/x797/x018/x963/967", {false, 0, (uint64_t{1} << 55) - 1, 256}},
  };
  for (const auto& [text, path] : paths) {
    EXPECT_EQ(FormatTilePath(path), text);
    const auto read = ParseTilePath(text);
    ASSERT_OK(read) << text;
    EXPECT_EQ(*read, path) << text;
  }
}

// One tile has one address: a cache must not be made to keep it under many.
class MalformedPathTest : public testing::TestWithParam<std::string> {};

TEST_P(MalformedPathTest, IsRefused) {
  EXPECT_THAT(ParseTilePath(GetParam()), HasCode(StatusCode::kInvalidArgument));
}
INSTANTIATE_TEST_SUITE_P(
    Paths, MalformedPathTest,
    testing::Values("", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/0",
                    "tile/0/00", "tile/0/0000", "tile/0/x000/000", "tile/0/000/", "tile/0/000/001",
                    "tile/0/x001", "tile/0/x001/", "tile/0/x001/x002", "tile/0/-01", "tile/0/+01",
                    "tile/0/00a", "tile/00/000", "tile/64/000", "tile/999/000", "tile/-1/000",
                    "tile/x/000", "tile/8/x01/000", "tile/0/000.p", "tile/0/000.p/",
                    "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/1/",
                    "tile/0/000.p/-1", "tile/0/000.p/1 ", "tile/entries", "tile/entries/0/000",
                    "tile/Entries/000", "tile/data/000", "tile/0/x036/x028/x797/x018/x963/968",
                    "tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/0/../000",
                    std::string("tile/0/000\0", 11)));

// The specification's own example: 70,000 leaves.
TEST(TileWidthTest, FollowsFromTheSizeAlone) {
  EXPECT_EQ(TileWidthIn(70000, 0, 0), 256);
  EXPECT_EQ(TileWidthIn(70000, 0, 272), 256);
  EXPECT_EQ(TileWidthIn(70000, 0, 273), 112);
  EXPECT_EQ(TileWidthIn(70000, 0, 274), 0);
  EXPECT_EQ(TileWidthIn(70000, 1, 0), 256);
  EXPECT_EQ(TileWidthIn(70000, 1, 1), 17);
  EXPECT_EQ(TileWidthIn(70000, 2, 0), 1);
  EXPECT_EQ(TileWidthIn(70000, 3, 0), 0);
  EXPECT_EQ(TileWidthIn(256, 1, 0), 1);
  EXPECT_EQ(TileWidthIn(255, 1, 0), 0);
  EXPECT_EQ(TileWidthIn(0, 0, 0), 0);
  EXPECT_EQ(TileWidthIn(~uint64_t{0}, 63, 0), 0);
  EXPECT_EQ(TileWidthIn(~uint64_t{0}, 7, 0), 255);
  EXPECT_EQ(TileWidthIn(70000, 0, ~uint64_t{0}), 0);
}

TEST(BundleTest, IsLeavesAfterTheirLengths) {
  const std::vector<std::string> leaves = {"abc", "", std::string(65535, 'x')};
  const std::string bytes = EncodeBundle(leaves);
  EXPECT_EQ(bytes.substr(0, 9), std::string("\0\3abc\0\0\xff\xff", 9));
  const auto read = ParseBundle(bytes, 3);
  ASSERT_OK(read);
  EXPECT_EQ(*read, leaves);
}

TEST(BundleTest, IsRefusedWithMoreOrFewerBytes) {
  const std::string bytes = EncodeBundle({"abc", "de"});
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseBundle(bytes.substr(0, size), 2).ok()) << size;
  }
  EXPECT_FALSE(ParseBundle(bytes, 1).ok());
  EXPECT_FALSE(ParseBundle(bytes, 3).ok());
  EXPECT_FALSE(ParseBundle(bytes + '\0', 2).ok());
}

}  // namespace
}  // namespace suyuan::tlog
