#include "services/portal/complaint_budget.h"

#include "tests/support/test.h"

namespace suyuan::portal {
namespace {

class ComplaintBudgetTest : public testing::Test {
 protected:
  int Complaints(int network, const std::string& label, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; ++i) taken += budget_.TakeComplaint(network, label);
    return taken;
  }
  test::FakeClock clock_;
  ComplaintBudget budget_{&clock_, 480};
};

TEST_F(ComplaintBudgetTest, ANetworkHasItsOwnUntilTheDayIsOver) {
  EXPECT_EQ(Complaints(7, "", 100), kComplaintNetworkMax);
  EXPECT_EQ(Complaints(8, "", 1), 1);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Complaints(7, "", 100), kComplaintNetworkMax);
}

TEST_F(ComplaintBudgetTest, ALabelIsComplainedOfAFewTimesWhereverFrom) {
  int taken = 0;
  for (int network = 1; network <= 20; ++network) taken += Complaints(network, "CODE", 1);
  EXPECT_EQ(taken, kComplaintLabelMax);
  // What was refused for the label's sake cost the network nothing.
  EXPECT_EQ(Complaints(20, "OTHER", 1), 1);
}

TEST_F(ComplaintBudgetTest, EverybodyTogetherHasAnHoursWorth) {
  int taken = 0;
  for (int network = 1; network <= 1000; ++network) taken += Complaints(network, "", 1);
  EXPECT_EQ(taken, kComplaintHourMax);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Complaints(2000, "", 1), 1);
}

TEST_F(ComplaintBudgetTest, FormsThatAreNoneCostTriesAlone) {
  int tries = 0;
  for (int i = 0; i < 100; ++i) tries += budget_.TakeTry(7);
  EXPECT_EQ(tries, kComplaintTriesMax);
  EXPECT_TRUE(budget_.TakeTry(8));
  EXPECT_EQ(Complaints(7, "", 1), 1);
  clock_.Advance(absl::Hours(24));
  EXPECT_TRUE(budget_.TakeTry(7));
}

}  // namespace
}  // namespace suyuan::portal
