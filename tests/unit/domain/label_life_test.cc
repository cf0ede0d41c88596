// The life of a label: every state against every command.
#include <algorithm>
#include <random>
#include <set>

#include "services/domain/chain_rules.h"
#include "services/domain/ranges.h"
#include "tests/support/domain_world.h"

namespace suyuan::domain {
namespace {

using claim::v1::LabelStage;
using test::Fails;

constexpr char kRun[] = "labelRuns/T3ST00000000000000R0";
constexpr char kBatch[] = "batches/T3ST00000000000000B0";
constexpr int kCount = 20;

Caller Member(std::string_view party) {
  Caller caller;
  caller.party = PartyId::FromId(party);
  caller.role = claim::v1::MEMBER_ROLE_MANAGER;
  return caller;
}

class LabelLifeTest : public testing::Test {
 protected:
  void SetUp() override {
    EXPECT_OK(world_.Run(coop_, [](World& world, Context&) -> Decided {
      event::v1::Event event;
      event.mutable_labels_issued()->set_run(kRun);
      event.mutable_labels_issued()->mutable_claim()->set_batch(kBatch);
      event.mutable_labels_issued()->mutable_claim()->set_count(kCount);
      RETURN_IF_ERROR(Begin(world, kRun));
      RETURN_IF_ERROR(Begin(world, LabelBudgetStream(kBatch)));
      return Decision{event};
    }));
  }
  absl::Status Mark(const Caller& caller, LabelStage stage, int first, int last,
                    claim::v1::RetireCause cause = claim::v1::RETIRE_CAUSE_UNSPECIFIED) {
    claim::v1::LabelMark claim;
    claim.set_run(kRun);
    claim.set_first(first);
    claim.set_last(last);
    claim.set_stage(stage);
    claim.set_cause(cause);
    *claim.mutable_occur() = world_.Now();
    return world_
        .Run(caller, [&](World& world,
                         Context& context) { return DecideMarkLabels(world, context, claim); })
        .status();
  }
  absl::Status Print(int first, int last) {
    return Mark(coop_, claim::v1::LABEL_STAGE_PRINTED, first, last);
  }
  absl::Status Apply(int first, int last) {
    return Mark(coop_, claim::v1::LABEL_STAGE_APPLIED, first, last);
  }
  absl::Status Retire(int first, int last) {
    return Mark(coop_, claim::v1::LABEL_STAGE_RETIRED, first, last, claim::v1::RETIRE_CAUSE_SOLD);
  }
  absl::Status Void(int first, int last) {
    claim::v1::LabelVoid claim;
    claim.set_run(kRun);
    claim.set_first(first);
    claim.set_last(last);
    claim.set_cause(claim::v1::VOID_CAUSE_SPOILED);
    return world_
        .Run(coop_, [&](World& world,
                        Context& context) { return DecideVoidLabels(world, context, claim); })
        .status();
  }
  static int NumberOf(const absl::Status& status) {
    for (const auto& [name, value] : DetailsOf(status)) {
      if (name == "number") return std::stoi(value);
    }
    return 0;
  }

  test::DomainWorld world_;
  const Caller coop_ = Member("T3ST00000000000000C0");
  const Caller other_ = Member("T3ST00000000000000C1");
};

// Rows: generated, printed, applied, retired, void. Columns: print, apply, retire, void.
TEST_F(LabelLifeTest, EveryStateTakesItsOwnStepsAndNoOther) {
  enum { kGenerated, kPrinted, kApplied, kRetired, kVoid };
  constexpr v1::Reason kOk = v1::REASON_UNSPECIFIED, kStage = v1::REASON_LABEL_STAGE,
                       kRange = v1::REASON_LABEL_RANGE;
  constexpr v1::Reason kTable[5][4] = {{kOk, kStage, kStage, kOk},
                                       {kStage, kOk, kStage, kOk},
                                       {kStage, kStage, kOk, kOk},
                                       {kStage, kStage, kStage, kStage},
                                       {kRange, kRange, kRange, kRange}};
  for (int state = kGenerated; state <= kVoid; ++state) {
    for (int command = 0; command < 4; ++command) {
      const int number = 1 + state * 4 + command;  // A label of its own for each cell.
      if (state >= kPrinted) {
        ASSERT_OK(Print(number, number));
      }
      if (state >= kApplied) {
        ASSERT_OK(Apply(number, number));
      }
      if (state == kRetired) {
        ASSERT_OK(Retire(number, number));
      }
      if (state == kVoid) {
        ASSERT_OK(Void(number, number));
      }
      const absl::Status done = command == 0   ? Print(number, number)
                                : command == 1 ? Apply(number, number)
                                : command == 2 ? Retire(number, number)
                                               : Void(number, number);
      EXPECT_EQ(ReasonOf(done), kTable[state][command]) << state << " " << command;
      EXPECT_EQ(done.ok(), kTable[state][command] == kOk) << state << " " << command;
    }
  }
}

TEST_F(LabelLifeTest, TheRefusalNamesTheFirstNumberThatCannotGo) {
  ASSERT_OK(Print(1, 10));
  const absl::Status unprinted = Apply(5, 12);
  EXPECT_THAT(unprinted, Fails(v1::REASON_LABEL_STAGE));
  EXPECT_EQ(NumberOf(unprinted), 11);
  ASSERT_OK(Apply(4, 6));
  EXPECT_EQ(NumberOf(Apply(1, 10)), 4);
  EXPECT_EQ(NumberOf(Print(10, 12)), 10);
  EXPECT_EQ(NumberOf(Void(6, 7)), 0);  // What is applied may still be torn off.
}

// Four torn labels in a sheet of 24 do not cost four commands.
TEST_F(LabelLifeTest, VoidNumbersWithinARangeArePassedOver) {
  ASSERT_OK(Print(1, kCount));
  ASSERT_OK(Void(3, 4));
  ASSERT_OK(Apply(1, 10));
  ASSERT_OK(Retire(2, 5));
  EXPECT_EQ(NumberOf(Retire(1, 4)), 2);
  ASSERT_OK(Void(11, 12));
  EXPECT_THAT(Apply(11, 12), Fails(v1::REASON_LABEL_RANGE));  // Nothing is left of it.
}

TEST_F(LabelLifeTest, OnlyTheIssuerMarksAndOnlyNumbersOfTheRun) {
  EXPECT_THAT(Mark(other_, claim::v1::LABEL_STAGE_PRINTED, 1, 2), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Print(1, kCount + 1), Fails(v1::REASON_LABEL_RANGE));
  EXPECT_THAT(Print(5, 4), Fails(v1::REASON_LABEL_RANGE));
  EXPECT_OK(Print(1, kCount));
}

TEST_F(LabelLifeTest, OnlyRetiringHasACauseAndItMustHaveOne) {
  ASSERT_OK(Print(1, 5));
  EXPECT_THAT(Mark(coop_, claim::v1::LABEL_STAGE_APPLIED, 1, 5, claim::v1::RETIRE_CAUSE_SOLD),
              Fails(v1::REASON_FIELD_MALFORMED));
  ASSERT_OK(Apply(1, 5));
  EXPECT_THAT(Mark(coop_, claim::v1::LABEL_STAGE_RETIRED, 1, 5), Fails(v1::REASON_FIELD_REQUIRED));
  EXPECT_OK(Mark(coop_, claim::v1::LABEL_STAGE_RETIRED, 1, 5, claim::v1::RETIRE_CAUSE_USED_UP));
}

TEST_F(LabelLifeTest, ATimeInTheFutureIsRefused) {
  claim::v1::LabelMark claim;
  claim.set_run(kRun);
  claim.set_first(1);
  claim.set_last(1);
  claim.set_stage(claim::v1::LABEL_STAGE_PRINTED);
  *claim.mutable_occur()->mutable_time() = StampOf(world_.clock().Now() + absl::Hours(1));
  EXPECT_THAT(
      world_.Run(coop_, [&](World& world,
                            Context& context) { return DecideMarkLabels(world, context, claim); }),
      Fails(v1::REASON_TIME_IN_FUTURE));
}

// Against a plain set.
TEST(RangesTest, IsTheSetOfItsNumbers) {
  std::mt19937_64 random = test::SeededRandom();
  for (int round = 0; round < 200; ++round) {
    Ranges ranges;
    std::set<int> numbers;
    for (int step = 0; step < 12; ++step) {
      const int first = 1 + static_cast<int>(random() % 40);
      const int last = first + static_cast<int>(random() % 6);
      ranges.Add(first, last);
      for (int number = first; number <= last; ++number) numbers.insert(number);
      for (int from = 1; from <= 48; ++from) {
        int end = from - 1;
        while (numbers.contains(end + 1)) ++end;
        ASSERT_EQ(ranges.EndFrom(from), end);
        const auto least = numbers.lower_bound(from);
        const bool any = least != numbers.end() && *least <= from + 5;
        ASSERT_EQ(ranges.FirstIn(from, from + 5), any ? std::optional<int>(*least) : std::nullopt);
        ASSERT_EQ(ranges.Holds(from, from + 5), end >= from + 5);
      }
    }
  }
}

}  // namespace
}  // namespace suyuan::domain
