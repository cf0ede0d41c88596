// What members are refused is added up within bounds, and reaches the audit log once or is told
// lost.
#include "services/rpc/access.h"

#include <atomic>
#include <thread>

#include "services/rpc/access_reporter.h"
#include "storage/base/log.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

using event::v1::AccessSummed;
using ledger::v1::ReportAccessRequest;
using test::FakeClock;
using testing::IsEmpty;
using testing::SizeIs;

domain::KeyId Key(int number) { return domain::KeyId::FromId(StrCat(number)); }

int64_t CallsIn(const std::vector<AccessSummed>& sums) {
  int64_t calls = 0;
  for (const AccessSummed& sum : sums) calls += sum.count();
  return calls;
}

TEST(AccessSumsTest, AddsUpByKeyMethodReasonAndMinute) {
  AccessSums sums;
  FakeClock clock;
  const absl::Time began = clock.Now();
  sums.Add(Key(1), "/s/A", v1::REASON_NOT_ALLOWED, clock.Now());
  clock.Advance(absl::Seconds(59));
  sums.Add(Key(1), "/s/A", v1::REASON_NOT_ALLOWED, clock.Now());
  sums.Add(Key(1), "/s/A", v1::REASON_NOT_FOUND, clock.Now());
  sums.Add(Key(1), "/s/B", v1::REASON_NOT_ALLOWED, clock.Now());
  sums.Add(Key(2), "/s/A", v1::REASON_UNSPECIFIED, clock.Now());
  EXPECT_THAT(sums.TakeOver(clock.Now()), IsEmpty());
  clock.Advance(absl::Seconds(1));
  sums.Add(Key(1), "/s/A", v1::REASON_NOT_ALLOWED, clock.Now());
  const std::vector<AccessSummed> over = sums.TakeOver(clock.Now());
  ASSERT_THAT(over, SizeIs(4));
  EXPECT_EQ(CallsIn(over), 5);
  for (const AccessSummed& sum : over) {
    if (sum.count() == 1) continue;
    EXPECT_EQ(sum.key(), Key(1).name());
    EXPECT_EQ(sum.method(), "/s/A");
    EXPECT_EQ(sum.reason(), "REASON_NOT_ALLOWED");
    EXPECT_EQ(sum.first_micros(), ToMicros(began));
    EXPECT_EQ(sum.last_micros(), ToMicros(began + absl::Seconds(59)));
  }
  EXPECT_THAT(sums.TakeAll(), SizeIs(1));
  EXPECT_THAT(sums.TakeAll(), IsEmpty());
}

// Whoever tries everything there is makes a bounded number of rows, and no call goes uncounted.
TEST(AccessSumsTest, OfOneKeyRowsAreBoundedAndCallsAllCounted) {
  AccessSums sums;
  const FakeClock clock;
  for (int i = 0; i < 1000; ++i) {
    sums.Add(Key(1), StrCat("/s/", i), v1::REASON_NOT_ALLOWED, clock.Now());
  }
  sums.Add(Key(2), "/s/0", v1::REASON_NOT_ALLOWED, clock.Now());
  const std::vector<AccessSummed> taken = sums.TakeAll();
  EXPECT_THAT(taken, SizeIs(AccessSums::kRowsPerKeyMax + 2));
  EXPECT_EQ(CallsIn(taken), 1001);
}

TEST(AccessSumsTest, KeysAreBoundedAndCallsAllCounted) {
  AccessSums sums;
  const FakeClock clock;
  const int keys = static_cast<int>(AccessSums::kKeysMax) * 4;
  for (int i = 0; i < keys; ++i) {
    sums.Add(Key(i), "/s/A", v1::REASON_NOT_ALLOWED, clock.Now());
  }
  const std::vector<AccessSummed> taken = sums.TakeAll();
  EXPECT_LE(taken.size(), AccessSums::kKeysMax + 16);
  EXPECT_EQ(CallsIn(taken), keys);
}

TEST(AccessSumsTest, CountsTheCallsOfManyThreads) {
  AccessSums sums;
  FakeClock clock;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i) {
        sums.Add(Key(i % 7), "/s/A", v1::REASON_NOT_ALLOWED, clock.Now());
        if (t == 0) sums.AddUnknown();
      }
    });
  }
  int64_t taken = 0;
  for (int i = 0; i < 50; ++i) taken += CallsIn(sums.TakeAll());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken + CallsIn(sums.TakeAll()), 20'000);
  EXPECT_EQ(sums.unknown(), 5000);
}

// What the ledger does not take is sent again as it was, so that it counts once.
TEST(AccessReporterTest, SendsTheSameReportUntilItIsTaken) {
  AccessSums sums;
  FakeClock clock;
  Mutex mutex;
  std::vector<std::string> sent;
  AccessReporter reporter(&sums, &clock, [&](const ReportAccessRequest& report) -> absl::Status {
    MutexLock lock(&mutex);
    sent.push_back(report.SerializeAsString());
    return sent.size() < 2 ? absl::UnavailableError("away") : absl::OkStatus();
  });
  sums.Add(Key(1), "/s/A", v1::REASON_NOT_ALLOWED, clock.Now());
  clock.Advance(absl::Minutes(2));
  {
    MutexLock lock(&mutex);
    mutex.Await([&] { return sent.size() >= 2; });
  }
  reporter.Stop();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_EQ(reporter.lost(), 0);
}

TEST(AccessReporterTest, SendsTheMinuteUnderWayWhenItStops) {
  AccessSums sums;
  const FakeClock clock;
  int64_t calls = 0;
  std::vector<int> sizes;
  AccessReporter reporter(&sums, &clock, [&](const ReportAccessRequest& report) -> absl::Status {
    sizes.push_back(report.sums_size());
    for (const AccessSummed& sum : report.sums()) calls += sum.count();
    return absl::OkStatus();
  });
  for (int key = 0; key < 100; ++key) {
    for (int method = 0; method < 20; ++method) {
      sums.Add(Key(key), StrCat("/s/", method), v1::REASON_NOT_ALLOWED, clock.Now());
    }
  }
  reporter.Stop();
  EXPECT_EQ(calls, 2000);
  EXPECT_THAT(sizes, testing::Each(testing::Le(AccessReporter::kSumsMax)));
}

TEST(AccessReporterTest, TellsWhatIsLost) {
  log::SetQuiet(true);
  AccessSums sums;
  const FakeClock clock;
  AccessReporter reporter(&sums, &clock, [](const ReportAccessRequest&) -> absl::Status {
    return absl::UnavailableError("gone for good");
  });
  sums.Add(Key(1), "/s/A", v1::REASON_NOT_ALLOWED, clock.Now());
  reporter.Stop();
  EXPECT_EQ(reporter.lost(), 1);
}

}  // namespace
}  // namespace suyuan::rpc
