// What the label view makes of the log: a real ledger and the real runner.
#include "services/label/view.h"

#include <random>
#include <set>

#include "services/label/code.h"
#include "storage/base/text.h"
#include "suyuan/v1/label.pb.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::label {
namespace {

constexpr char kBatch[] = "batches/T3ST00000000000000B0";
constexpr char kRun[] = "labelRuns/T3ST00000000000000R0";
constexpr char kProduct[] = "products/T3ST00000000000000P0";

class LabelViewTest : public testing::Test {
 protected:
  void Append(const event::v1::Event& event) {
    ledger::AppendRequest request =
        test::TestAppend(log_.clock(), StrCat("label-", next_++), {"batches/any"});
    request.events = {event.SerializeAsString()};
    ASSERT_OK(log_.log().AppendAndWait(request));
  }
  void Issue(const std::string& run, int count, int epoch = 1) {
    event::v1::Event event;
    event.set_actor_party("parties/T3ST00000000000000C0");
    event::v1::LabelsIssued* issued = event.mutable_labels_issued();
    issued->set_run(run);
    issued->mutable_claim()->set_batch(kBatch);
    issued->mutable_claim()->set_count(count);
    issued->set_product(kProduct);
    issued->set_epoch(epoch);
    issued->set_host("trace.example.cn");
    Append(event);
  }
  void Void(int first, int last) {
    event::v1::Event event;
    claim::v1::LabelVoid* claim = event.mutable_labels_voided()->mutable_claim();
    claim->set_run(kRun);
    claim->set_first(first);
    claim->set_last(last);
    Append(event);
  }
  std::unique_ptr<index::Runner> Start(LabelProjection* projection) {
    index::RunnerOptions options;
    options.dir = dir_ / "view";
    options.source = &log_.log();
    options.projection = projection;
    absl::StatusOr<std::unique_ptr<index::Runner>> runner = index::Runner::Start(options);
    EXPECT_OK(runner);
    return *std::move(runner);
  }
  std::unique_ptr<index::Runner> Follow(LabelProjection* projection) {
    std::unique_ptr<index::Runner> runner = Start(projection);
    EXPECT_OK(runner->WaitFor(log_.log().GetTreeHead()->size, absl::Seconds(30)));
    return runner;
  }
  std::string Code(const std::string& run, int number, int epoch = 1) {
    return CodeOf(keys_.at(epoch), origin_, run, number);
  }

  test::TempDir dir_;
  test::LedgerFixture log_;
  EpochKeys keys_ = {{1, HmacKey(std::string(32, 'k'))}};
  const std::string origin_ = log_.log().identity().origin;
  int next_ = 0;
};

TEST_F(LabelViewTest, FindsTheRunAndTheNumberOfEveryCodeAndOfNoOther) {
  event::v1::Event product;
  product.mutable_product_registered()->set_product(kProduct);
  product.mutable_product_registered()->mutable_claim()->set_gtin("9520123456788");
  Append(product);
  Issue(kRun, 300);
  LabelProjection projection(origin_, &keys_);
  const std::unique_ptr<index::Runner> runner = Follow(&projection);
  const LabelView view(&runner->db());
  for (int number = 1; number <= 300; ++number) {
    const std::optional<Label> label = *view.FindCode(Code(kRun, number));
    ASSERT_TRUE(label.has_value()) << number;
    EXPECT_EQ(label->number, number);
    EXPECT_EQ(label->run.name, kRun);
    EXPECT_EQ(label->run.batch, kBatch);
    EXPECT_EQ(label->run.gtin14, "09520123456788");
    EXPECT_EQ(label->run.host, "trace.example.cn");
  }
  EXPECT_FALSE(view.FindCode(Code(kRun, 0))->has_value());
  EXPECT_FALSE(view.FindCode(Code(kRun, 301))->has_value());
  EXPECT_FALSE(view.FindRun("labelRuns/T3ST00000000000000R9")->has_value());
}

// A copy of the view must not be a sheet of labels.
TEST_F(LabelViewTest, HoldsNoCode) {
  Issue(kRun, 3);
  LabelProjection projection(origin_, &keys_);
  const std::unique_ptr<index::Runner> runner = Follow(&projection);
  for (int family = 0; family < kFamilyCount; ++family) {
    const std::unique_ptr<kv::Iterator> row = runner->db().NewIterator(family);
    for (row->Seek(""); row->Valid(); row->Next()) {
      for (int number = 1; number <= 3; ++number) {
        const std::string derived = Code(kRun, number).substr(0, kCodeSize - kCheckSize);
        EXPECT_EQ(row->key().find(derived), std::string_view::npos);
        EXPECT_EQ(row->value().find(derived), std::string_view::npos);
      }
    }
  }
}

// Half of the guesses are random; half have a right check, as if that were broken. A million find
// none of a thousand live codes.
TEST_F(LabelViewTest, AMillionGuessesFindNothing) {
  constexpr int kGuesses = 500'000;
  Issue(kRun, 1000);
  LabelProjection projection(origin_, &keys_);
  const std::unique_ptr<index::Runner> runner = Follow(&projection);
  const LabelView view(&runner->db());
  std::mt19937_64 random = test::SeededRandom();
  std::string guess(kCodeSize, '0');
  for (int i = 0; i < kGuesses; ++i) {
    for (char& c : guess) c = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[random() % 32];
    ASSERT_FALSE(CheckHolds(keys_.at(1), guess)) << guess;
    const std::string checked = CodeOf(keys_.at(1), "another/ledger", kRun, i);
    ASSERT_TRUE(CheckHolds(keys_.at(1), checked));
    ASSERT_FALSE(view.FindCode(checked)->has_value()) << checked;
  }
}

TEST_F(LabelViewTest, KnowsExactlyTheVoidedNumbers) {
  Issue(kRun, 20);
  Issue("labelRuns/T3ST00000000000000R1", 20);
  Void(9, 9);
  Void(2, 4);
  Void(18, 20);
  LabelProjection projection(origin_, &keys_);
  const std::unique_ptr<index::Runner> runner = Follow(&projection);
  const LabelView view(&runner->db());
  const std::set<int> voided = {2, 3, 4, 9, 18, 19, 20};
  for (int number = 1; number <= 20; ++number) {
    EXPECT_EQ(*view.Voided(kRun, number), voided.contains(number)) << number;
    EXPECT_FALSE(*view.Voided("labelRuns/T3ST00000000000000R1", number)) << number;
  }
  v1::LabelRunSummary summary;
  ASSERT_TRUE(summary.ParseFromString(*runner->db().Get(kSummaries, kRun)));
  EXPECT_EQ(summary.count(), 20);
  EXPECT_EQ(summary.voided(), 7);
}

// Wrong codes would be answered as unknown for ever: the view of other keys must not be kept.
TEST_F(LabelViewTest, IsBuiltAgainForOtherKeys) {
  Issue(kRun, 2);
  {
    LabelProjection projection(origin_, &keys_);
    Follow(&projection);
  }
  const HmacKey earlier = keys_.at(1);
  keys_.insert_or_assign(1, HmacKey(std::string(32, 'z')));
  LabelProjection projection(origin_, &keys_);
  const std::unique_ptr<index::Runner> runner = Follow(&projection);
  const LabelView view(&runner->db());
  EXPECT_TRUE(view.FindCode(Code(kRun, 2))->has_value());
  EXPECT_FALSE(view.FindCode(CodeOf(earlier, origin_, kRun, 2))->has_value());
}

TEST_F(LabelViewTest, FollowsSeveralEpochsAndStopsAtOneWithoutAKey) {
  keys_.emplace(2, HmacKey(std::string(32, 'z')));
  Issue(kRun, 2, 1);
  Issue("labelRuns/T3ST00000000000000R1", 2, 2);
  LabelProjection projection(origin_, &keys_);
  {
    const std::unique_ptr<index::Runner> runner = Follow(&projection);
    const LabelView view(&runner->db());
    EXPECT_TRUE(view.FindCode(Code(kRun, 1, 1))->has_value());
    EXPECT_TRUE(view.FindCode(Code("labelRuns/T3ST00000000000000R1", 1, 2))->has_value());
  }
  Issue("labelRuns/T3ST00000000000000R2", 2, 3);
  const std::unique_ptr<index::Runner> runner = Start(&projection);
  EXPECT_THAT(runner->WaitFor(log_.log().GetTreeHead()->size, absl::Seconds(30)),
              test::HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(runner->status(), test::HasCode(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace suyuan::label
