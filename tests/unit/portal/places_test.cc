#include "services/portal/places.h"

#include <fstream>

#include "services/text/place.h"
#include "storage/base/text.h"
#include "tests/support/address_table.h"
#include "tests/support/test.h"

namespace suyuan::portal {
namespace {

using test::AddressRange;

class PlacesTest : public testing::Test {
 protected:
  std::string Write(std::string_view bytes) {
    std::ofstream(dir_ / "addresses.mmdb", std::ios::binary) << bytes;
    return dir_ / "addresses.mmdb";
  }
  std::unique_ptr<Places> Open(const std::vector<AddressRange>& ranges) {
    auto places = Places::Open(Write(test::AddressTable(ranges)));
    EXPECT_OK(places);
    return *std::move(places);
  }
  static std::string Address(std::initializer_list<int> bytes) {
    return {bytes.begin(), bytes.end()};
  }
  test::TempDir dir_;
};

TEST_F(PlacesTest, TellsTheProvinceOrElseTheCountry) {
  const auto places = Open({{"203.0.113.0", 24, "CN", "YN"},
                            {"203.0.114.0", 24, "LI", "08"},
                            {"203.0.112.0", 24, "CN", ""},
                            {"198.51.100.128", 25, "LA", ""},
                            {"192.0.2.0", 24, "TW", "TPE"},
                            {"192.0.3.0", 24, "HK", ""},
                            {"2001:db8:a::", 48, "CN", "GD"}});
  EXPECT_EQ(places->PlaceOf(Address({203, 0, 113, 7})), "CN-YN");
  EXPECT_EQ(places->PlaceOf(Address({203, 0, 112, 7})), "CN");
  EXPECT_EQ(places->PlaceOf(Address({198, 51, 100, 200})), "LA");
  EXPECT_EQ(places->PlaceOf(Address({203, 0, 114, 7})), "LI");   // 08 is a village.
  EXPECT_EQ(places->PlaceOf(Address({192, 0, 2, 1})), "CN-TW");  // As ISO 3166-2:CN.
  EXPECT_EQ(places->PlaceOf(Address({192, 0, 3, 1})), "CN-HK");
  EXPECT_EQ(places->PlaceOf(Address({0x20, 1, 0x0d, 0xb8, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})),
            "CN-GD");
}

TEST_F(PlacesTest, SaysNothingOfWhatTheTableDoesNotHave) {
  const auto places = Open({{"203.0.113.0", 24, "", ""}, {"198.51.100.0", 24, "LA", ""}});
  EXPECT_EQ(places->PlaceOf(Address({203, 0, 113, 7})), "");
  EXPECT_EQ(places->PlaceOf(Address({8, 8, 8, 8})), "");
  EXPECT_EQ(places->PlaceOf(Address({127, 0, 0, 1})), "");
  EXPECT_EQ(places->PlaceOf(""), "");
  EXPECT_EQ(places->PlaceOf("203.0.113.7"), "");  // Not bytes of an address.
}

// Others make such tables: what is no code goes nowhere.
TEST_F(PlacesTest, TakesCodesAlone) {
  const auto places = Open({{"203.0.113.0", 24, "CN", "<b>"},
                            {"203.0.112.0", 24, "cn", "YN"},
                            {"203.0.111.0", 24, "CHN", "YN"},
                            {"203.0.110.0", 24, "CN", "532"}});
  EXPECT_EQ(places->PlaceOf(Address({203, 0, 113, 7})), "CN");
  EXPECT_EQ(places->PlaceOf(Address({203, 0, 112, 7})), "");
  EXPECT_EQ(places->PlaceOf(Address({203, 0, 111, 7})), "");
  EXPECT_EQ(places->PlaceOf(Address({203, 0, 110, 7})), "CN");
}

TEST_F(PlacesTest, RefusesWhatIsNoTable) {
  const std::string table = test::AddressTable({{"203.0.113.0", 24, "CN", "YN"}});
  for (const std::string& bytes :
       {std::string(), std::string("起始,结束,省\n"), table.substr(0, 40)}) {
    EXPECT_THAT(Places::Open(Write(bytes)), test::HasCode(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(Places::Open(dir_ / "missing.mmdb"),
              test::HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(PlaceNameTest, IsAPersonsWordForIt) {
  using text::Language, text::PlaceName;
  EXPECT_EQ(PlaceName("CN-YN", Language::kChinese), "云南");
  EXPECT_EQ(PlaceName("CN-NM", Language::kEnglish), "Inner Mongolia");
  EXPECT_EQ(PlaceName("CN", Language::kChinese), "中国");
  EXPECT_EQ(PlaceName("CN-99", Language::kEnglish), "China");
  EXPECT_EQ(PlaceName("LA", Language::kChinese), "老挝");
  EXPECT_EQ(PlaceName("MM-06", Language::kEnglish), "Myanmar (Burma)");
  EXPECT_EQ(PlaceName("CHN", Language::kChinese), "");
  EXPECT_EQ(PlaceName("ZZ", Language::kChinese), "");
  EXPECT_EQ(PlaceName("", Language::kChinese), "");
  EXPECT_EQ(PlaceName("<b", Language::kEnglish), "");
}

}  // namespace
}  // namespace suyuan::portal
