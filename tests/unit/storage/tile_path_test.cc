#include "storage/ledger/tile_path.h"

#include "tests/support/test.h"

namespace suyuan::ledger {
namespace {

// The example of c2sp.org/tlog-tiles.
TEST(TilePathTest, AnIndexStandsInGroupsOfThreeDigits) {
  EXPECT_EQ(TilePath(0, 1234067, 256), "tile/0/x001/x234/067");
  EXPECT_EQ(TilePath(0, 0, 256), "tile/0/000");
  EXPECT_EQ(TilePath(2, 999, 256), "tile/2/999");
  EXPECT_EQ(TilePath(63, 1000, 256), "tile/63/x001/000");
  EXPECT_EQ(EntriesPath(1234067, 256), "tile/entries/x001/x234/067");
}

TEST(TilePathTest, APartialTileNamesItsWidth) {
  EXPECT_EQ(TilePath(1, 5, 1), "tile/1/005.p/1");
  EXPECT_EQ(EntriesPath(1000, 255), "tile/entries/x001/000.p/255");
}

}  // namespace
}  // namespace suyuan::ledger
