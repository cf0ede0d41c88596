#include "services/metrics/metrics.h"

#include "tests/support/test.h"

namespace suyuan::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsTest, CountsCallsByMethodAndCodeAndTimesThem) {
  Metrics metrics;
  metrics.Called("/suyuan.v1.A/B", absl::StatusCode::kOk, absl::Milliseconds(3));
  metrics.Called("/suyuan.v1.A/B", absl::StatusCode::kOk, absl::Milliseconds(30));
  metrics.Called("/suyuan.v1.A/B", absl::StatusCode::kNotFound, absl::Milliseconds(1));
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("suyuan_calls_total{code=\"OK\",method=\"/suyuan.v1.A/B\"} 2"));
  EXPECT_THAT(text,
              HasSubstr("suyuan_calls_total{code=\"NOT_FOUND\",method=\"/suyuan.v1.A/B\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("suyuan_call_seconds_bucket{method=\"/suyuan.v1.A/B\",le=\"0.005\"} 2"));
  EXPECT_THAT(text, HasSubstr("suyuan_call_seconds_count{method=\"/suyuan.v1.A/B\"} 3"));
}

TEST(MetricsTest, AGaugeIsReadWheneverItIsAskedFor) {
  Metrics metrics;
  double value = 1;
  metrics.AddGauge("suyuan_test", "Help", [&value] { return value; });
  EXPECT_THAT(metrics.Text(), HasSubstr("suyuan_test 1\n"));
  value = 2;
  EXPECT_THAT(metrics.Text(), HasSubstr("suyuan_test 2\n"));
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("suyuan_test 1\n")));
}

}  // namespace
}  // namespace suyuan::metrics
