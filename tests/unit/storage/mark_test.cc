// A ledger and its high-water mark: every state of the one that does not fit the other is refused
// by a word of its own, and only an operator's note in the log gets past it.
#include "storage/ledger/mark.h"

#include <filesystem>
#include <fstream>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::ledger {
namespace {

namespace fs = std::filesystem;

MATCHER_P(IsRefusedAs, word, std::string("is refused with ") + word) {
  *result_listener << test::StatusOf(arg);
  return test::StatusOf(arg).message().substr(0, std::string(word).size() + 1) ==
         std::string(word) + ":";
}

MarkState StateOf(uint64_t size) {
  MarkState state;
  state.lineage = std::string(kMarkIdSize, 'l');
  state.generation = 3;
  state.opening = std::string(kMarkIdSize, 'o');
  state.head = {size, Sha256("root")};
  return state;
}

class MarkTest : public testing::Test {
 protected:
  MarkTest() {
    log_.options().mark_dir = mark_;
    log_.AppendMany(5);
    EXPECT_OK(log_.log().AdvanceMark(*log_.log().GetTreeHead()));
  }

  absl::Status Open() { return Ledger::Open(log_.options()).status(); }
  // The ledger's directory as of now, closed, beside it.
  std::string Copy(const std::string& name) {
    log_.Close();
    fs::copy(log_.dir(), dir_ / name, fs::copy_options::recursive);
    return dir_ / name;
  }
  LedgerOptions At(const std::string& dir) {
    LedgerOptions options = log_.options();
    options.dir = dir;
    return options;
  }

  test::TempDir dir_;
  const std::string mark_ = dir_ / "mark";
  test::LedgerFixture log_;
};

TEST_F(MarkTest, OpensAgainAndAgainBesideItsMark) {
  for (int i = 0; i < 3; ++i) {
    log_.Close();
    log_.Append();
  }
  log_.Close();
  EXPECT_OK(Open());
}

TEST_F(MarkTest, KeepsTheNewestOfItsTwoSlotsAndSurvivesTheLossOfOne) {
  const std::string dir = dir_ / "alone";
  ASSERT_OK(Mark::Create(dir, StateOf(1)));
  {
    const auto mark = Mark::Open(dir);
    ASSERT_OK(mark);
    ASSERT_OK((*mark)->Set(StateOf(2)));
    ASSERT_OK((*mark)->Set(StateOf(3)));
    EXPECT_THAT(Mark::Open(dir), test::HasCode(absl::StatusCode::kUnavailable));
  }
  EXPECT_EQ((*Mark::Open(dir))->state().head.size, 3u);
  // The newest is in the first slot. A torn write of it leaves the state before.
  std::fstream file(dir + "/mark", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100);
  file.put('x');
  file.flush();
  EXPECT_EQ((*Mark::Open(dir))->state().head.size, 2u);
  file.seekp(4096 + 100);
  file.put('x');
  file.close();
  EXPECT_THAT(Mark::Open(dir), test::HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(MarkTest, RefusesToBeWrittenByTwo) {
  const std::string dir = dir_ / "alone";
  ASSERT_OK(Mark::Create(dir, StateOf(1)));
  const auto mark = Mark::Open(dir);
  ASSERT_OK(mark);
  fs::copy_file(mark_ + "/mark", dir + "/mark", fs::copy_options::overwrite_existing);
  EXPECT_THAT((*mark)->Set(StateOf(2)), test::HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(MarkTest, RefusesACopyOfTheDirectoryWhileTheOtherIsOpen) {
  const std::string copy = Copy("copy");
  log_.log();
  EXPECT_THAT(Ledger::Open(At(copy)), IsRefusedAs("MARK_IN_USE"));
}

TEST_F(MarkTest, RefusesACopyOfTheDirectoryOnceTheOtherWasOpened) {
  const std::string copy = Copy("copy");
  log_.log();
  log_.Close();
  EXPECT_THAT(Ledger::Open(At(copy)), IsRefusedAs("MARK_COPIED"));
  EXPECT_OK(Open());
}

TEST_F(MarkTest, RefusesAnOldBackupInTheLedgersPlace) {
  const std::string backup = Copy("backup");
  log_.AppendMany(5);
  ASSERT_OK(log_.log().AdvanceMark(*log_.log().GetTreeHead()));
  log_.Close();
  fs::remove_all(log_.dir());
  fs::copy(backup, log_.dir(), fs::copy_options::recursive);
  EXPECT_THAT(Open(), IsRefusedAs("MARK_ROLLED_BACK"));
}

TEST_F(MarkTest, RefusesALedgerWhoseLastRecordsAreTakenOut) {
  log_.Close();
  {
    const auto db = log_.OpenRows();
    kv::WriteBatch write;
    const absl::StatusOr<Record> last = LoadRecord(*db, 5);
    ASSERT_OK(last);
    write.Delete(kLeafFamily, BigEndian64(5));
    write.Delete(kContentFamily, BigEndian64(5));
    ASSERT_OK(db->Write(write));
  }
  EXPECT_THAT(Open(), IsRefusedAs("MARK_TAIL_LOST"));
}

TEST_F(MarkTest, RefusesOtherRecordsBelowTheMark) {
  MarkState state;
  log_.Close();
  {
    const auto mark = Mark::Open(mark_);
    ASSERT_OK(mark);
    state = (*mark)->state();
    state.head.root[0] ^= 1;
    ASSERT_OK((*mark)->Set(state));
  }
  EXPECT_THAT(Open(), IsRefusedAs("MARK_FORKED"));
}

TEST_F(MarkTest, RefusesAnotherLedgersMark) {
  test::LedgerFixture other;
  other.options().mark_dir = dir_ / "other";
  other.log();
  other.Close();
  log_.Close();
  log_.options().mark_dir = dir_ / "other";
  EXPECT_THAT(Open(), IsRefusedAs("MARK_OTHER_LEDGER"));
}

TEST_F(MarkTest, RefusesToStartWithoutTheMarkItHad) {
  log_.Close();
  fs::remove_all(mark_);
  EXPECT_THAT(Open(), IsRefusedAs("MARK_MISSING"));
}

TEST_F(MarkTest, RefusesADamagedMark) {
  log_.Close();
  std::ofstream(mark_ + "/mark", std::ios::trunc) << "nothing";
  EXPECT_THAT(Open(), IsRefusedAs("MARK_DAMAGED"));
}

TEST_F(MarkTest, RefusesToServeAfterAFailedWriteUntilTheStoreWasVerified) {
  log_.Close();
  (*Mark::Open(mark_))->Poison();
  EXPECT_THAT(Open(), IsRefusedAs("MARK_POISONED"));
  log_.options().accept_mark = [](const LogIdentity&, std::string_view) { return AppendRequest(); };
  EXPECT_THAT(Open(), IsRefusedAs("MARK_POISONED"));
  log_.options().verify_poisoned = true;
  EXPECT_OK(Open());
  log_.options().verify_poisoned = false;
  EXPECT_OK(Open());
}

TEST_F(MarkTest, StopsTrustingAPoisonedStoreThatDoesNotVerify) {
  log_.AppendMany(2000);
  log_.Close();
  {
    const auto db = log_.OpenRows();
    kv::WriteBatch write;
    write.Put(kContentFamily, BigEndian64(3), "not items");
    ASSERT_OK(db->Write(write));
  }
  (*Mark::Open(mark_))->Poison();
  log_.options().verify_poisoned = true;
  EXPECT_THAT(Open(), test::HasCode(absl::StatusCode::kDataLoss));
}

// Nothing gets past the mark in silence: what was refused stands in the log, in the very write that
// makes the ledger openable again.
TEST_F(MarkTest, OpensByTheOperatorsWordAndKeepsItInTheLog) {
  const std::string backup = Copy("backup");
  log_.AppendMany(5);
  ASSERT_OK(log_.log().AdvanceMark(*log_.log().GetTreeHead()));
  log_.Close();
  LedgerOptions options = At(backup);
  options.accept_mark = [&](const LogIdentity&, std::string_view refusal) {
    AppendRequest note = test::TestAppend(log_.clock(), "note", {});
    note.kind = RecordKind::kNote;
    note.events.clear();
    note.body = std::string(refusal);
    return note;
  };
  {
    const auto log = Ledger::Open(options);
    ASSERT_OK(log);
    EXPECT_EQ((*log)->GetTreeHead()->size, 7u);
    const absl::StatusOr<Record> note = (*log)->GetRecord(6);
    ASSERT_OK(note);
    EXPECT_EQ(note->leaf.kind, RecordKind::kNote);
    EXPECT_THAT(std::string(note->request()), testing::StartsWith("MARK_ROLLED_BACK:"));
    EXPECT_OK((*log)->AppendAndWait(test::TestAppend(log_.clock(), "after")));
  }
  options.accept_mark = nullptr;
  EXPECT_OK(Ledger::Open(options));
  // Of the two, this is the ledger from now on.
  EXPECT_THAT(Open(), testing::Not(test::IsOk()));
}

TEST_F(MarkTest, AppendsNoNoteWhereTheMarkHolds) {
  log_.Close();
  log_.options().accept_mark = [](const LogIdentity&, std::string_view) -> AppendRequest {
    std::abort();
  };
  EXPECT_OK(Open());
}

// A crash between the ledger's row and the mark leaves the mark one opening behind.
TEST_F(MarkTest, OpensAfterACrashBetweenItsRowAndTheMark) {
  log_.Close();
  const std::string kept = dir_ / "kept";
  fs::copy(mark_, kept);
  log_.log();
  log_.Close();
  fs::copy(kept, mark_, fs::copy_options::overwrite_existing);
  EXPECT_OK(Open());
}

TEST_F(MarkTest, DoesNotMakeALedgerBesideAnotherOnesMark) {
  LedgerOptions options = At(dir_ / "new");
  EXPECT_THAT(Ledger::Create(options, test::TestGenesis(log_.clock())),
              test::HasCode(absl::StatusCode::kFailedPrecondition));
}

class CheckpointRowsTest : public MarkTest {
 protected:
  CheckpointRowsTest() {
    log_.options().read_checkpoint = [](const LogIdentity&,
                                        std::string_view note) -> absl::StatusOr<TreeHead> {
      if (note.size() != 33) return absl::DataLossError("not signed");
      return TreeHead{static_cast<uint64_t>(note[0]), HashFromBytes(note.substr(1))};
    };
  }
  void Keep(uint64_t at, uint64_t size, const Hash& root) {
    ASSERT_OK(log_.log().StoreCheckpoint(
        at, std::string(1, static_cast<char>(size)) + std::string(AsBytes(root))));
    log_.Close();
  }
};

TEST_F(CheckpointRowsTest, AnswersTheNewestAndOpensWithThoseThatHold) {
  const Hash first = *log_.log().RootAt(3);
  const Hash second = *log_.log().RootAt(6);
  Keep(6, 6, second);
  Keep(3, 3, first);
  const auto newest = log_.log().FindNewestCheckpoint();
  ASSERT_OK(newest);
  ASSERT_TRUE(newest->has_value());
  EXPECT_EQ((**newest)[0], 6);
}

TEST_F(CheckpointRowsTest, RefusesACheckpointThatTheLogDoesNotHaveOrNobodySigned) {
  Keep(6, 6, Sha256("another"));
  EXPECT_THAT(Open(), test::HasCode(absl::StatusCode::kDataLoss));
  log_.options().read_checkpoint = nullptr;
  Keep(6, 5, *log_.log().RootAt(5));
  log_.options().read_checkpoint = [](const LogIdentity&,
                                      std::string_view) -> absl::StatusOr<TreeHead> {
    return absl::DataLossError("not signed");
  };
  EXPECT_THAT(Open(), test::HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(CheckpointRowsTest, RefusesACheckpointPastTheEnd) {
  Keep(7, 7, Sha256("later"));
  EXPECT_THAT(Open(), test::HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(MarkTest, RefusesATileThatItsRecordsDoNotHashToAndOnePastTheEnd) {
  log_.AppendMany(300);
  {
    const auto db = log_.OpenRows();
    kv::WriteBatch write;
    write.Put(kTileFamily, TileKey(0, 1), std::string(kTileWidth * kHashSize, 'x'));
    ASSERT_OK(db->Write(write));
  }
  EXPECT_THAT(Open(), test::HasCode(absl::StatusCode::kDataLoss));
  {
    const auto db = log_.OpenRows();
    kv::WriteBatch write;
    write.Delete(kTileFamily, TileKey(0, 1));
    write.Put(kTileFamily, TileKey(0, 0), std::string(kTileWidth * kHashSize, 'x'));
    ASSERT_OK(db->Write(write));
  }
  EXPECT_THAT(Open(), test::HasCode(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace suyuan::ledger
