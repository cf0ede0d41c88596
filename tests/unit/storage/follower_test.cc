// A copy that follows its ledger: the same bytes or nothing, and what may be written on from it.
#include "storage/ledger/follower.h"

#include <filesystem>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/mark.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/verify.h"
#include "tests/support/leader.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::ledger {
namespace {

namespace fs = std::filesystem;
using test::HasCode;
using test::Show;

MATCHER_P(IsRefusedAs, word, std::string("is refused with ") + word) {
  *result_listener << test::StatusOf(arg);
  return test::StatusOf(arg).message().substr(0, std::string(word).size() + 1) ==
         std::string(word) + ":";
}

class FollowerTest : public testing::Test {
 protected:
  FollowerTest() {
    leader_.options().mark_dir = dir_ / "leader.mark";
    leader_.AppendMany(5);
    EXPECT_OK(leader_.log().Checkpoint(dir_ / "copy"));
    options_.dir = dir_ / "copy";
    options_.mark_dir = dir_ / "copy.mark";
    options_.clock = &leader_.clock();
  }

  void Open() {
    options_.follow = true;
    auto opened = Ledger::Open(options_);
    ASSERT_OK(opened);
    copy_ = *std::move(opened);
  }
  absl::Status Promote() {
    copy_.reset();
    options_.follow = false;
    options_.promote = true;
    auto opened = Ledger::Open(options_);
    if (opened.ok()) copy_ = *std::move(opened);
    return opened.status();
  }
  Shown ShowAll() {
    const uint64_t from = Size();
    const uint64_t size = leader_.log().GetTreeHead()->size;
    return Show(leader_.log(), from, size - from, size);
  }
  uint64_t Size() { return copy_->GetTreeHead()->size; }
  void ExpectTheSameBytes() {
    const uint64_t size = Size();
    EXPECT_EQ(copy_->GetTreeHead()->root, *leader_.log().RootAt(size));
    for (uint64_t at = 0; at < size; ++at) {
      for (const LedgerFamily family : {kLeafFamily, kContentFamily}) {
        EXPECT_EQ(*LoadRow(copy_->db(), family, at), *LoadRow(leader_.log().db(), family, at));
      }
    }
    const auto verified = VerifyLedger(copy_->db(), VerifyOptions());
    ASSERT_OK(verified);
    EXPECT_TRUE(verified->ok());
  }

  test::TempDir dir_;
  test::LedgerFixture leader_;
  LedgerOptions options_;
  std::unique_ptr<Ledger> copy_;
};

TEST_F(FollowerTest, TakesTheSameBytesPieceByPieceAndOverRestarts) {
  Open();
  leader_.AppendMany(700);  // Tiles fill up on the way.
  const uint64_t end = leader_.log().GetTreeHead()->size;
  for (uint64_t at = Size(); at < end; at = Size()) {
    ASSERT_OK(copy_->Follow(Show(leader_.log(), at, std::min<uint64_t>(97, end - at), end)));
    copy_.reset();
    Open();
  }
  EXPECT_EQ(copy_->followed().size, end);
  ExpectTheSameBytes();
}

TEST_F(FollowerTest, AnswersReadsAndWaitsAndRefusesToAppend) {
  Open();
  leader_.AppendMany(3);
  ASSERT_OK(copy_->Follow(ShowAll()));
  EXPECT_EQ(copy_->ReadRecords(6, 1 << 20, absl::Seconds(5))->size(), 3u);
  EXPECT_THAT(copy_->AppendAndWait(test::TestAppend(leader_.clock(), "r", {"batches/1"})),
              HasCode(absl::StatusCode::kFailedPrecondition));
  const auto loaded = copy_->Load({{"batches/0", kAbsent}}, "");
  ASSERT_OK(loaded);
  EXPECT_EQ(loaded->streams[0].version,
            leader_.log().Load({{"batches/0", kAbsent}}, "")->streams[0].version);
}

// Each byte of what comes is vouched for: by the content root, the chain, or the checkpoint.
TEST_F(FollowerTest, RefusesEveryRecordThatWasAlteredOnItsWay) {
  Open();
  leader_.Append({"batches/x"});
  const Shown good = ShowAll();
  for (size_t i = 0; i < good.records[0].leaf.size(); ++i) {
    Shown bad = good;
    bad.records[0].leaf[i] ^= 1;
    EXPECT_FALSE(copy_->Follow(bad).ok()) << "leaf byte " << i;
  }
  for (size_t i = 0; i < good.records[0].items.size(); ++i) {
    Shown bad = good;
    bad.records[0].items[i] ^= 1;
    EXPECT_THAT(copy_->Follow(bad), IsRefusedAs("FOLLOW_DAMAGED")) << "item byte " << i;
  }
  EXPECT_EQ(Size(), 6u);
  EXPECT_OK(copy_->Follow(good));
}

TEST_F(FollowerTest, RefusesACheckpointThatDoesNotContinueWhatStandsHere) {
  Open();
  leader_.AppendMany(10);
  Shown shown = ShowAll();
  shown.head.root[0] ^= 1;
  EXPECT_THAT(copy_->Follow(shown), IsRefusedAs("FOLLOW_FORKED"));
  shown = Show(leader_.log(), Size(), 4, leader_.log().GetTreeHead()->size);
  shown.consistency.back()[0] ^= 1;
  EXPECT_THAT(copy_->Follow(shown), IsRefusedAs("FOLLOW_FORKED"));
  shown.consistency.clear();
  EXPECT_THAT(copy_->Follow(shown), IsRefusedAs("FOLLOW_FORKED"));
  // Records that no checkpoint covers are not taken, however well they follow.
  shown = ShowAll();
  shown.head = {8, *leader_.log().RootAt(8)};
  EXPECT_THAT(copy_->Follow(shown), IsRefusedAs("FOLLOW_FORKED"));
  // An old checkpoint of another tree.
  shown = {};
  shown.head = {3, Sha256("other")};
  EXPECT_THAT(copy_->Follow(shown), IsRefusedAs("FOLLOW_FORKED"));
  EXPECT_EQ(Size(), 6u);
}

// A leader that lost its tail and went on from there.
TEST_F(FollowerTest, RefusesALeaderThatForkedOrRolledBack) {
  ASSERT_OK(leader_.log().Checkpoint(dir_ / "old"));
  Open();
  leader_.AppendMany(5);
  ASSERT_OK(copy_->Follow(ShowAll()));
  LedgerOptions options;
  options.dir = dir_ / "old";
  options.clock = &leader_.clock();
  const auto old = Ledger::Open(options);
  ASSERT_OK(old);
  EXPECT_THAT(copy_->Follow(Show(**old, 6, 0, 6)), IsRefusedAs("FOLLOW_ROLLED_BACK"));
  for (int i = 0; i < 10; ++i) {
    ASSERT_OK((*old)->AppendAndWait(
        test::TestAppend(leader_.clock(), StrCat("other-", i), {"batches/1"})));
  }
  EXPECT_THAT(copy_->Follow(Show(**old, Size(), 2, 16)), IsRefusedAs("FOLLOW_FORKED"));
  EXPECT_EQ(Size(), 11u);
}

TEST_F(FollowerTest, ACopyIsNotOpenedAsALedgerNorALedgerAsACopy) {
  Open();
  copy_.reset();
  options_.follow = false;
  EXPECT_THAT(Ledger::Open(options_), IsRefusedAs("FOLLOWER"));
  leader_.Close();
  LedgerOptions options = leader_.options();
  options.follow = true;
  EXPECT_THAT(Ledger::Open(options), IsRefusedAs("NOT_A_COPY"));
}

class PromoteTest : public FollowerTest {
 protected:
  // The leader has ended; its mark is where the copy's is looked for.
  void MoveTheMark() {
    EXPECT_OK(leader_.log().AdvanceMark(*leader_.log().GetTreeHead()));
    leader_.Close();
    options_.mark_dir = leader_.options().mark_dir;
  }
  void AcceptMark() {
    options_.accept_mark = [this](const LogIdentity&, std::string_view refusal) {
      AppendRequest note = test::TestAppend(leader_.clock(), "note/1", {});
      note.kind = RecordKind::kNote;
      note.events.clear();
      note.body = std::string(refusal);
      return note;
    };
  }
};

TEST_F(PromoteTest, WritesOnFromTheSameRecordsAndTheOldOneIsRefused) {
  Open();
  leader_.AppendMany(300);
  ASSERT_OK(copy_->Follow(ShowAll()));
  MoveTheMark();
  ASSERT_OK(Promote());
  ASSERT_OK(copy_->AppendAndWait(test::TestAppend(leader_.clock(), "after", {"batches/1"})));
  const auto verified = VerifyLedger(copy_->db(), VerifyOptions());
  ASSERT_OK(verified);
  EXPECT_TRUE(verified->ok());
  ASSERT_OK(Promote());  // Again: it is a ledger by now, and stands by its mark.
  copy_.reset();
  EXPECT_THAT(Ledger::Open(leader_.options()), IsRefusedAs("MARK_COPIED"));
}

TEST_F(PromoteTest, IsRefusedToACopyThatLacksWhatTheMarkVouchesFor) {
  Open();
  ASSERT_OK(copy_->Follow(ShowAll()));
  leader_.Append();
  MoveTheMark();
  EXPECT_THAT(Promote(), IsRefusedAs("MARK_BEHIND"));
  AcceptMark();
  ASSERT_OK(Promote());
  EXPECT_EQ(Size(), 7u);
  EXPECT_EQ(copy_->GetRecord(6)->leaf.kind, RecordKind::kNote);
  EXPECT_EQ(copy_->GetRecord(6)->request().substr(0, 11), "MARK_BEHIND");
}

TEST_F(PromoteTest, IsRefusedToACopyThatWasShownMoreThanItHas) {
  Open();
  leader_.AppendMany(10);
  const uint64_t size = leader_.log().GetTreeHead()->size;
  ASSERT_OK(copy_->Follow(Show(leader_.log(), Size(), 4, size)));
  leader_.Close();  // Its mark was not advanced: it signed and died.
  options_.mark_dir = leader_.options().mark_dir;
  EXPECT_THAT(Promote(), IsRefusedAs("MARK_BEHIND"));
}

TEST_F(PromoteTest, IsRefusedBesideNoMarkAnothersMarkOrOtherRecords) {
  Open();
  EXPECT_THAT(Promote(), IsRefusedAs("MARK_MISSING"));
  MarkState other;
  other.lineage = std::string(kMarkIdSize, 'o');
  ASSERT_OK(Mark::Create(dir_ / "other.mark", other));
  options_.mark_dir = dir_ / "other.mark";
  EXPECT_THAT(Promote(), IsRefusedAs("MARK_OTHER_LEDGER"));
  EXPECT_OK(leader_.log().AdvanceMark({6, Sha256("other records")}));
  leader_.Close();
  options_.mark_dir = leader_.options().mark_dir;
  EXPECT_THAT(Promote(), IsRefusedAs("MARK_FORKED"));
}

TEST_F(PromoteTest, IsRefusedWhileTheLeaderHasTheMark) {
  Open();
  options_.mark_dir = leader_.options().mark_dir;
  EXPECT_THAT(Promote(), IsRefusedAs("MARK_IN_USE"));
}

// Between the store's write and the mark's: a start goes on from there.
TEST_F(PromoteTest, CutShortIsFinishedByTheNextStart) {
  Open();
  MoveTheMark();
  const std::string before = dir_ / "before";
  fs::copy(options_.mark_dir, before, fs::copy_options::recursive);
  ASSERT_OK(Promote());
  copy_.reset();
  options_.mark_dir = before;
  ASSERT_OK(Promote());
}

}  // namespace
}  // namespace suyuan::ledger
