#include "services/gs1/digital_link.h"

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "services/gs1/application_identifiers.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::gs1 {
namespace {

using testing::ElementsAre;

constexpr char kLabel[] = "/01/09520123456788/21/QXZ372638MWMTAN37C79";

TEST(DigitalLinkTest, ReadsKeyQualifiersAttributesAndTheRest) {
  const auto link = ParseDigitalLink(
      "https://trace.example.cn/a/b/01/9520123456788/10/B-1/21/S%2F1?17=261231&from=x&7007=261104");
  ASSERT_OK(link);
  EXPECT_EQ(link->stem, "/a/b");
  EXPECT_THAT(link->key, ElementsAre(Element{"01", "09520123456788"}, Element{"10", "B-1"},
                                     Element{"21", "S/1"}));
  EXPECT_THAT(link->attributes, ElementsAre(Element{"17", "261231"}, Element{"7007", "261104"}));
  EXPECT_EQ(link->query, "from=x");
  EXPECT_EQ(link->Value("21"), "S/1");
  EXPECT_EQ(link->Value("22"), "");
  EXPECT_EQ(CanonicalPath(*link), "/01/09520123456788/10/B-1/21/S%2F1");
  EXPECT_EQ(CanonicalQuery(*link), "?17=261231&7007=261104&from=x");
  EXPECT_EQ(ElementString(*link), "^010952012345678810B-1^21S/1^172612317007261104");
}

// A redirect to the canonical form must end there.
TEST(DigitalLinkTest, TheCanonicalFormIsItsOwn) {
  for (const char* target : {kLabel, "/01/9520123456788/", "/gtin/09520123456788/lot/A/ser/B?x",
                             "/00/006141411234567890", "/01/09520123456788?3103=000195&a=b",
                             "/414/9520123456788/254/32a%2fb#top"}) {
    const auto link = ParseLinkTarget(target);
    ASSERT_OK(link) << target;
    const std::string canonical = CanonicalPath(*link) + CanonicalQuery(*link);
    const auto again = ParseLinkTarget(canonical);
    ASSERT_OK(again) << canonical;
    EXPECT_EQ(CanonicalPath(*again) + CanonicalQuery(*again), canonical);
    EXPECT_EQ(again->key, link->key);
  }
  EXPECT_EQ(CanonicalPath(*ParseLinkTarget(kLabel)), kLabel);
}

TEST(DigitalLinkTest, RefusesWhatIsNoLink) {
  for (const char* target : {
           "",
           "/",
           "/01",
           "/01/",
           "01/09520123456788",
           "/01/09520123456789",               // Its check digit is wrong.
           "/01/0952012345678",                // 13 digits that are no GTIN-13.
           "/01/09520123456788/21/",           // Empty.
           "/01/09520123456788/21",            // A name without a value.
           "/01/09520123456788/21/A/10/B",     // Out of order.
           "/01/09520123456788/21/A/21/A",     // Twice.
           "/01/09520123456788/235/A/21/B",    // One excludes the other.
           "/01/09520123456788/21/%E8%B1%87",  // No character of set 82.
           "/01/09520123456788/21/A%2",        // No escape.
           "/01/09520123456788/21/A%zz",
           "/01/09520123456788/21/A B",
           "/01/09520123456788/21/123456789012345678901",  // 21 characters.
           "/01/09520123456788?17=261331",                 // No such month.
           "/01/09520123456788?17=260230",                 // No such day.
           "/01/09520123456788?21=A",                      // A qualifier of the key.
           "/01/09520123456788?00=006141411234567890",
           "/01/09520123456788?3106=000001",  // No such AI.
           "/00/006141411234567890/10/A",     // Not of an SSCC.
       }) {
    EXPECT_THAT(ParseLinkTarget(target), test::HasCode(absl::StatusCode::kInvalidArgument))
        << target;
  }
  EXPECT_OK(ParseLinkTarget("/01/09520123456788?17=260200"));  // The month as a whole.
  EXPECT_THAT(ParseLinkTarget(StrCat(kLabel, "?a=", std::string(kLinkBytesMax, 'b'))),
              test::HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseLinkTarget(std::string_view("/01/09520123456788/21/A\0B", 26)),
              test::HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(DigitalLinkTest, RefusesWhatIsNoAddress) {
  for (const std::string uri : {"ftp://a", "https:/a", "https://", "//a", "https://a b",
                                "https://a?x=", "Https://a", "https://ä"}) {
    EXPECT_FALSE(ParseDigitalLink(StrCat(uri, kLabel)).ok()) << uri;
  }
  EXPECT_OK(ParseDigitalLink(StrCat("HTTPS://TRACE.EXAMPLE.CN:443", kLabel)));
}

TEST(CheckDigitTest, HoldsForWhatGs1Publishes) {
  for (const char* number : {"9520123456788", "95050003", "614141000036", "006141411234567890"}) {
    EXPECT_TRUE(CheckDigitHolds(number)) << number;
    std::string wrong = number;
    wrong[2] = wrong[2] == '9' ? '0' : static_cast<char>(wrong[2] + 1);
    EXPECT_FALSE(CheckDigitHolds(wrong)) << wrong;
  }
  EXPECT_FALSE(CheckDigitHolds(""));
  EXPECT_FALSE(CheckDigitHolds("12A"));
}

// Vectors of the published syntax engine's own tests, the negative ones included.
TEST(DigitalLinkTest, JudgesAllPublishedVectorsRight) {
  const char* shared = std::getenv("SUYUAN_SHARED");
  const std::string path = StrCat(shared != nullptr ? shared : SUYUAN_SOURCE_DIR "/../shared",
                                  "/testdata/digital-link/parse.json");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no vectors at " << path;
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const boost::json::value vectors = boost::json::parse(text.str());
  for (const boost::json::value& vector : vectors.as_array()) {
    const std::string uri(vector.at("uri").as_string());
    const auto link = ParseDigitalLink(uri);
    EXPECT_EQ(link.ok(), vector.at("valid").as_bool()) << uri << " " << link.status();
    if (link.ok() && vector.at("valid").as_bool()) {
      EXPECT_EQ(ElementString(*link), std::string(vector.at("elements").as_string())) << uri;
    }
  }
  EXPECT_EQ(vectors.as_array().size(), 42u);
}

}  // namespace
}  // namespace suyuan::gs1
