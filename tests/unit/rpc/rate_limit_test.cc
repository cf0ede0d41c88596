#include "services/rpc/rate_limit.h"

#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

TEST(RateLimitTest, GivesABurstThenARate) {
  RateLimit limit(/*per_second=*/10, /*burst=*/3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Take("one", kNow));
  EXPECT_FALSE(limit.Take("one", kNow));
  EXPECT_FALSE(limit.Take("one", kNow + absl::Milliseconds(90)));
  EXPECT_TRUE(limit.Take("one", kNow + absl::Milliseconds(101)));
  EXPECT_FALSE(limit.Take("one", kNow + absl::Milliseconds(102)));
  // However long it is quiet, no more than a burst is saved.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Take("one", kNow + absl::Hours(1)));
  EXPECT_FALSE(limit.Take("one", kNow + absl::Hours(1)));
}

TEST(RateLimitTest, OneDoesNotTakeFromAnother) {
  RateLimit limit(1, 1);
  EXPECT_TRUE(limit.Take("one", kNow));
  EXPECT_FALSE(limit.Take("one", kNow));
  EXPECT_TRUE(limit.Take("two", kNow));
}

TEST(RateLimitTest, AClockThatGoesBackGivesNothing) {
  RateLimit limit(1, 1);
  EXPECT_TRUE(limit.Take("one", kNow));
  EXPECT_FALSE(limit.Take("one", kNow - absl::Hours(1)));
  EXPECT_FALSE(limit.Take("one", kNow));
  EXPECT_TRUE(limit.Take("one", kNow + absl::Seconds(1)));
}

TEST(RateLimitTest, ManyNamesDoNotFillMemoryAndTheBusyAreNotForgotten) {
  RateLimit limit(1, 1, /*names_max=*/100);
  for (int i = 0; i < 99; ++i) EXPECT_TRUE(limit.Take(StrCat("quiet-", i), kNow));
  EXPECT_TRUE(limit.Take("busy", kNow + absl::Seconds(10)));
  // The quiet ones are full again by now, and make room.
  for (int i = 0; i < 90; ++i) EXPECT_TRUE(limit.Take(StrCat("new-", i), kNow + absl::Seconds(10)));
  EXPECT_FALSE(limit.Take("busy", kNow + absl::Seconds(10)));
}

}  // namespace
}  // namespace suyuan::rpc
