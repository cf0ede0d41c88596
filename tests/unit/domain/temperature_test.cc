#include "services/domain/temperature.h"

#include "tests/support/test.h"

namespace suyuan::domain {
namespace {

claim::v1::TemperatureRange Range(int lowest, int highest) {
  claim::v1::TemperatureRange range;
  range.set_lowest_decidegrees(lowest);
  range.set_highest_decidegrees(highest);
  return range;
}

TEST(TemperatureTest, IsSaidAsPeopleSayIt) {
  const struct {
    int lowest, highest;
    const char *zh, *en;
  } kCases[] = {
      {0, 80, "0–8 ℃", "0–8 °C"},
      {25, 61, "2.5–6.1 ℃", "2.5–6.1 °C"},
      {40, 40, "4 ℃", "4 °C"},
      {-5, 0, "−0.5 至 0 ℃", "−0.5 to 0 °C"},
      {-180, -155, "−18 至 −15.5 ℃", "−18 to −15.5 °C"},
      {-600, 1000, "−60 至 100 ℃", "−60 to 100 °C"},
  };
  for (const auto& of : kCases) {
    EXPECT_EQ(FormatTemperatures(Range(of.lowest, of.highest), true), of.zh);
    EXPECT_EQ(FormatTemperatures(Range(of.lowest, of.highest), false), of.en);
  }
  EXPECT_EQ(FormatTemperature(-5, false), "−0.5 °C");
}

}  // namespace
}  // namespace suyuan::domain
