// PINs under a scratch layer: derived, tried, locked, and what is kept of it.
#include "services/label/pins.h"

#include <set>

#include "services/domain/time.h"
#include "services/label/code.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::label {
namespace {

constexpr char kRun[] = "labelRuns/T3ST00000000000000R0";
constexpr char kRight[] = "01234567";
constexpr char kWrong[] = "76543210";

class PinTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    pins_.reset();
    absl::StatusOr<std::unique_ptr<Pins>> opened =
        Pins::Open({.dir = dir_ / "pins", .clock = &clock_});
    ASSERT_OK(opened);
    pins_ = *std::move(opened);
  }
  v1::CheckLabelPinResponse Try(int number, const std::string& pin, int network = 1) {
    Label label;
    label.run.name = kRun;
    label.number = number;
    const auto response = pins_->Check(label, kRight, pin, network);
    EXPECT_OK(response);
    return *response;
  }
  v1::PinOutcome Outcome(int number, const std::string& pin, int network = 1) {
    return Try(number, pin, network).outcome();
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  std::unique_ptr<Pins> pins_;
};

TEST_F(PinTest, TheFirstRightOneIsTheFirstAndLaterOnesSayWhenItWas) {
  const auto first = Try(1, kRight);
  EXPECT_EQ(first.outcome(), v1::PIN_OUTCOME_RIGHT);
  EXPECT_EQ(first.first_day(), "");
  const std::string day = absl::FormatTime("%Y-%m-%d", clock_.Now(), absl::FixedTimeZone(8 * 3600));
  clock_.Advance(absl::Hours(24 * 30));
  Open();
  const auto again = Try(1, kRight);
  EXPECT_EQ(again.outcome(), v1::PIN_OUTCOME_RIGHT);
  EXPECT_EQ(again.first_day(), day);
  EXPECT_EQ(Try(2, kRight).first_day(), "");  // Another label's.
}

// D [2.5]: five tries at 8 digits are 5 in 10^8 for whoever burns a label.
TEST_F(PinTest, FiveWrongOnesLockTheLabelForADayEvenForTheRightOne) {
  for (int left = 4; left >= 1; --left) {
    const auto wrong = Try(1, kWrong);
    EXPECT_EQ(wrong.outcome(), v1::PIN_OUTCOME_WRONG);
    EXPECT_EQ(wrong.tries_left(), left);
  }
  const auto locks = Try(1, kWrong);
  EXPECT_EQ(locks.outcome(), v1::PIN_OUTCOME_LOCKED);
  EXPECT_EQ(domain::TimeOf(locks.until_time()), clock_.Now() + kPinRest);
  Open();  // A restart does not forget.
  EXPECT_EQ(Outcome(1, kRight), v1::PIN_OUTCOME_LOCKED);
  EXPECT_EQ(Outcome(2, kRight), v1::PIN_OUTCOME_RIGHT);
  clock_.Advance(kPinRest - absl::Seconds(1));
  EXPECT_EQ(Outcome(1, kRight), v1::PIN_OUTCOME_LOCKED);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Outcome(1, kWrong), v1::PIN_OUTCOME_WRONG);
  EXPECT_EQ(Outcome(1, kRight), v1::PIN_OUTCOME_RIGHT);
  EXPECT_EQ(Try(1, kWrong).tries_left(), 4);  // Begins anew.
}

// Locking is an attack too: nobody locks a shop's labels from one place.
TEST_F(PinTest, ANetworkHasABudgetOfADayThatOthersDoNotShare) {
  for (int i = 0; i < kPinNetworkMax; ++i) {
    EXPECT_EQ(Outcome(100 + i, kWrong, 7), v1::PIN_OUTCOME_WRONG);
  }
  EXPECT_EQ(Outcome(1, kWrong, 7), v1::PIN_OUTCOME_TOO_MANY_HERE);
  EXPECT_EQ(Outcome(1, kRight, 7), v1::PIN_OUTCOME_TOO_MANY_HERE);
  EXPECT_EQ(Outcome(1, kRight, 8), v1::PIN_OUTCOME_RIGHT);
  EXPECT_EQ(Try(1, kWrong, 8).tries_left(), 4);  // What was refused was not counted.
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Outcome(1, kRight, 7), v1::PIN_OUTCOME_RIGHT);
}

TEST_F(PinTest, EverybodyTogetherHasABudgetOfAnHour) {
  for (int i = 0; i < kPinHourMax; ++i) {
    ASSERT_EQ(Outcome(100 + i, kWrong, 1 + i / 10), v1::PIN_OUTCOME_WRONG);
  }
  EXPECT_EQ(Outcome(1, kRight, 60'000), v1::PIN_OUTCOME_TOO_MANY_HERE);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Outcome(1, kRight, 60'000), v1::PIN_OUTCOME_RIGHT);
}

TEST_F(PinTest, IsOfItsLabelItsRunItsLogAndItsKey) {
  const HmacKey key(std::string(32, 'k'));
  std::set<std::string> pins;
  for (int number = 1; number <= 1000; ++number) {
    const std::string pin = PinOf(key, "log", kRun, number);
    EXPECT_EQ(pin.size(), kPinSize);
    EXPECT_EQ(pin.find_first_not_of("0123456789"), std::string::npos);
    EXPECT_EQ(pin, PinOf(key, "log", kRun, number));
    pins.insert(pin);
  }
  EXPECT_GE(pins.size(), 998u);
  EXPECT_NE(PinOf(key, "log", kRun, 1), PinOf(key, "log", "labelRuns/T3ST00000000000000R1", 1));
  EXPECT_NE(PinOf(key, "log", kRun, 1), PinOf(key, "gol", kRun, 1));
  EXPECT_NE(PinOf(key, "log", kRun, 1), PinOf(HmacKey(std::string(32, 'l')), "log", kRun, 1));
}

// Each digit as often as any other: chi-square of ten bins, 99.9 % below 27.9.
TEST_F(PinTest, DigitsAreEvenlySpread) {
  constexpr int kLabels = 20'000;
  const HmacKey key(std::string(32, 'k'));
  int counts[kPinSize][10] = {};
  for (int number = 1; number <= kLabels; ++number) {
    const std::string pin = PinOf(key, "log", kRun, number);
    for (size_t i = 0; i < kPinSize; ++i) ++counts[i][pin[i] - '0'];
  }
  for (const auto& place : counts) {
    double chi = 0;
    for (const int count : place) {
      const double expected = kLabels / 10.0;
      chi += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chi, 27.9);
  }
}

}  // namespace
}  // namespace suyuan::label
