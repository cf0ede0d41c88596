#include "storage/ledger/ledger.h"

#include <latch>
#include <set>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tail.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::ledger {
namespace {

using test::HasCode;
using test::TestAppend;

std::vector<std::string> Bytes(const std::vector<Hash>& hashes) {
  std::vector<std::string> bytes;
  for (const Hash& hash : hashes) bytes.emplace_back(AsBytes(hash));
  return bytes;
}

class LedgerTest : public testing::Test {
 protected:
  test::LedgerFixture log_;
};

TEST_F(LedgerTest, AppendsFollowOneAnotherInSequenceTimeAndChain) {
  const Appended first = log_.Append(), second = log_.Append();
  EXPECT_EQ(first.sequence, 1u);
  EXPECT_EQ(second.sequence, 2u);
  // The clock stands still: record time rises all the same.
  EXPECT_EQ(second.record_micros, first.record_micros + 1);
  EXPECT_EQ(log_.log().GetRecord(2)->leaf.previous_leaf, first.leaf_hash);
}

TEST_F(LedgerTest, RecordsSurviveAReopenUnchanged) {
  log_.AppendMany(600);
  const TreeHead before = *log_.log().GetTreeHead();
  const Record record = *log_.log().GetRecord(300);
  log_.Close();
  const TreeHead after = *log_.log().GetTreeHead();
  EXPECT_EQ(after.size, 601u);
  EXPECT_EQ(after.root, before.root);
  EXPECT_EQ(log_.log().GetRecord(300)->leaf, record.leaf);
  EXPECT_EQ(log_.log().GetRecord(300)->items, record.items);
}

TEST_F(LedgerTest, ARepeatedRequestWritesNothingAndAnswersTheFirstRecordForEver) {
  const AppendRequest request = TestAppend(log_.clock(), "party/one");
  const Appended first = *log_.log().AppendAndWait(request);
  log_.Append();
  log_.Close();
  const Appended again = *log_.log().AppendAndWait(request);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.sequence, first.sequence);
  EXPECT_EQ(again.leaf_hash, first.leaf_hash);
  EXPECT_EQ(log_.log().GetTreeHead()->size, 3u);
}

TEST_F(LedgerTest, ARequestKeyWithOtherContentIsRefused) {
  AppendRequest request = TestAppend(log_.clock(), "party/one");
  ASSERT_OK(log_.log().AppendAndWait(request));
  request.body += "!";
  EXPECT_THAT(log_.log().AppendAndWait(request), HasCode(absl::StatusCode::kAlreadyExists));
  request = TestAppend(log_.clock(), "party/one");
  request.authorship.method = "/another";
  EXPECT_THAT(log_.log().AppendAndWait(request), HasCode(absl::StatusCode::kAlreadyExists));
}

TEST_F(LedgerTest, ConcurrentRepeatsOfARequestMakeOneRecord) {
  constexpr int kRepeats = 100;
  std::latch left(kRepeats);
  std::atomic<int> fresh{0};
  const AppendRequest request = TestAppend(log_.clock(), "party/one");
  for (int i = 0; i < kRepeats; ++i) {
    log_.log().Append(request, [&](const absl::StatusOr<Appended>& appended) {
      if (appended.ok() && !appended->replayed) ++fresh;
      left.count_down();
    });
  }
  left.wait();
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(log_.log().GetTreeHead()->size, 2u);
}

TEST_F(LedgerTest, RefusesAnAppendWhoseReadStreamMoved) {
  const Appended first = log_.Append({"batches/A"});
  log_.Append({"batches/A"});
  AppendRequest request = TestAppend(log_.clock(), "party/one", {"batches/B"});
  request.reads = {{"batches/A", first.sequence}};
  EXPECT_THAT(log_.log().AppendAndWait(request), HasCode(absl::StatusCode::kAborted));
  request.reads = {{"batches/A", kAbsent}};
  EXPECT_THAT(log_.log().AppendAndWait(request), HasCode(absl::StatusCode::kAborted));
}

// Two deciders that saw the same version: one wins, whatever the interleaving.
TEST_F(LedgerTest, OfManyConcurrentWritersAtOneVersionExactlyOneWins) {
  constexpr int kWriters = 64;
  std::latch left(kWriters);
  std::atomic<int> won{0};
  for (int i = 0; i < kWriters; ++i) {
    AppendRequest request = TestAppend(log_.clock(), StrCat("race/", i));
    request.writes[0].expected = kAbsent;
    log_.log().Append(request, [&](const absl::StatusOr<Appended>& appended) {
      if (appended.ok()) ++won;
      left.count_down();
    });
  }
  left.wait();
  EXPECT_EQ(won, 1);
}

TEST_F(LedgerTest, RefusesADecisionMoreThanFiveSecondsFromRecordTime) {
  AppendRequest request = TestAppend(log_.clock(), "party/one");
  log_.clock().Advance(absl::Seconds(6));
  EXPECT_THAT(log_.log().AppendAndWait(request), HasCode(absl::StatusCode::kOutOfRange));
}

TEST_F(LedgerTest, RefusesMalformedNamesAndTooManyEvents) {
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("批次/1"), std::string(201, 'a')}) {
    EXPECT_THAT(log_.log().AppendAndWait(TestAppend(log_.clock(), "party/one", {name})),
                HasCode(absl::StatusCode::kInvalidArgument));
  }
  AppendRequest request = TestAppend(log_.clock(), "party/one");
  request.events.assign(kEventsMax + 1, "event");
  EXPECT_THAT(log_.log().AppendAndWait(request), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(log_.log().GetTreeHead()->size, 1u);
}

TEST_F(LedgerTest, AFullQueueRefusesAndLosesNothing) {
  log_.options().queue_max = 4;
  constexpr int kAppends = 200;
  std::latch left(kAppends);
  std::atomic<int> ok{0}, full{0};
  for (int i = 0; i < kAppends; ++i) {
    log_.log().Append(TestAppend(log_.clock(), StrCat("load/", i)),
                      [&](const absl::StatusOr<Appended>& appended) {
                        if (appended.ok()) ++ok;
                        if (absl::IsResourceExhausted(appended.status())) ++full;
                        left.count_down();
                      });
  }
  left.wait();
  EXPECT_EQ(ok + full, kAppends);
  EXPECT_GE(ok, 4);
  EXPECT_EQ(log_.log().GetTreeHead()->size, 1u + static_cast<uint64_t>(ok));
}

TEST_F(LedgerTest, LoadGivesAStreamsRecordsPastTheVersionTheCallerHas) {
  const uint64_t first = log_.Append({"batches/A"}).sequence;
  log_.Append({"batches/B"});
  const uint64_t third = log_.Append({"batches/A", "batches/B"}).sequence;
  const Loaded all = *log_.log().Load({{"batches/A", kAbsent}, {"batches/C", kAbsent}}, "");
  ASSERT_EQ(all.streams[0].records.size(), 2u);
  EXPECT_EQ(all.streams[0].records[0]->leaf.sequence, first);
  EXPECT_EQ(all.streams[0].version, third);
  EXPECT_EQ(all.streams[1].version, kAbsent);
  const Loaded tail = *log_.log().Load({{"batches/A", first}, {"batches/A", third}}, "request-0");
  EXPECT_EQ(tail.streams[0].records.size(), 1u);
  EXPECT_TRUE(tail.streams[1].records.empty());
  EXPECT_EQ(tail.replayed_sequence, first);
}

TEST_F(LedgerTest, ProofsOfEveryRecordVerifyAgainstEarlierAndLaterRoots) {
  log_.AppendMany(700);
  Ledger& log = log_.log();
  for (const uint64_t size : {1u, 2u, 255u, 256u, 257u, 511u, 513u, 701u}) {
    const Hash root = *log.RootAt(size);
    for (uint64_t sequence = 0; sequence<size; sequence += size> 50 ? 37 : 1) {
      const std::vector<std::string> proof = Bytes(*log.InclusionProof(sequence, size));
      const Hash leaf = LeafHash(log.GetRecord(sequence)->leaf.Encode());
      EXPECT_OK(VerifyInclusion(sequence, size, AsBytes(leaf), proof, AsBytes(root)));
    }
    const std::vector<std::string> proof = Bytes(*log.ConsistencyProof(size, 701));
    EXPECT_OK(VerifyConsistency(size, 701, AsBytes(root), AsBytes(*log.RootAt(701)), proof));
  }
  EXPECT_THAT(log.InclusionProof(701, 701), HasCode(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(log.RootAt(702), HasCode(absl::StatusCode::kOutOfRange));
}

TEST_F(LedgerTest, ASecondOpenerIsRefused) {
  log_.log();
  EXPECT_THAT(Ledger::Open(log_.options()), HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(LedgerTest, ANewerFormatIsRefused) {
  {
    const std::unique_ptr<kv::Db> rows = log_.OpenRows();
    std::string format;
    PutU16(format, kFormat + 1);
    kv::WriteBatch write;
    write.Put(kMetaFamily, kFormatKey, format);
    ASSERT_OK(rows->Write(write));
  }
  EXPECT_THAT(Ledger::Open(log_.options()), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(LedgerTest, AClockThirtyDaysOffNeedsTheOperator) {
  log_.Close();
  log_.clock().Advance(absl::Hours(24 * 31));
  EXPECT_THAT(Ledger::Open(log_.options()), HasCode(absl::StatusCode::kFailedPrecondition));
  log_.options().accept_clock = true;
  EXPECT_OK(Ledger::Open(log_.options()));
}

TEST_F(LedgerTest, RecordTimeRisesThoughTheClockGoesBack) {
  const int64_t before = log_.Append().record_micros;
  log_.clock().Advance(-absl::Hours(1));
  AppendRequest request = TestAppend(log_.clock(), "party/one");
  // The decision's time is an hour behind the log's: decide again once the clock is right.
  EXPECT_THAT(log_.log().AppendAndWait(request), HasCode(absl::StatusCode::kOutOfRange));
  request.decided = FromMicros(before);
  EXPECT_GT(log_.log().AppendAndWait(request)->record_micros, before);
}

// Damage to the newest records is named by its sequence when the ledger is opened.
TEST_F(LedgerTest, ADamagedTailIsRefusedAndNamed) {
  log_.AppendMany(10);
  for (const int family : {kLeafFamily, kContentFamily}) {
    std::string good;
    {
      const std::unique_ptr<kv::Db> rows = log_.OpenRows();
      good = *rows->Get(family, BigEndian64(5));
      std::string bad = good;
      bad[bad.size() - 1] ^= 1;
      kv::WriteBatch write;
      write.Put(family, BigEndian64(5), bad);
      ASSERT_OK(rows->Write(write));
    }
    const absl::Status status = Ledger::Open(log_.options()).status();
    EXPECT_THAT(status, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("record "));
    const std::unique_ptr<kv::Db> rows = log_.OpenRows();
    kv::WriteBatch write;
    write.Put(family, BigEndian64(5), good);
    ASSERT_OK(rows->Write(write));
  }
  EXPECT_OK(Ledger::Open(log_.options()));
}

// 601 records: two full tiles and 89 of level 0, two of level 1. Every width is the beginning of
// the tile, and the level above is the roots of the level below.
TEST_F(LedgerTest, CutsItsTreeIntoTiles) {
  log_.AppendMany(600);
  for (const auto& [index, widest] : {std::pair(0u, 256), std::pair(1u, 256), std::pair(2u, 89)}) {
    for (const int width : {1, 2, widest - 1, widest}) {
      const auto tile = log_.log().LoadTile(0, index, width);
      const auto leaves = log_.log().LoadLeaves(index, width);
      ASSERT_OK(tile);
      ASSERT_OK(leaves);
      ASSERT_EQ(tile->size(), static_cast<size_t>(width));
      ASSERT_EQ(leaves->size(), static_cast<size_t>(width));
      for (int i = 0; i < width; ++i) {
        const Record record = *log_.log().GetRecord(index * 256 + static_cast<uint64_t>(i));
        EXPECT_EQ((*leaves)[i], record.leaf.Encode());
        EXPECT_EQ((*tile)[i], LeafHash((*leaves)[i]));
      }
    }
  }
  const auto above = log_.log().LoadTile(1, 0, 2);
  ASSERT_OK(above);
  EXPECT_EQ((*above)[1], RootOfHashes(*log_.log().LoadTile(0, 1, 256)));
}

TEST_F(LedgerTest, KeepsTheNewestCheckpointsAndOfOlderOnesTheFirstInEachStretch) {
  constexpr uint64_t kStored = 600, kApart = 1000;
  std::set<std::string> expected;
  uint64_t stretch = ~uint64_t{0};
  for (uint64_t i = 1; i <= kStored; ++i) {
    const uint64_t size = i * kApart;
    ASSERT_OK(log_.log().StoreCheckpoint(size, StrCat("note ", size)));
    const bool first = std::exchange(stretch, size / kRecordsACheckpoint) != stretch;
    if (first || i > kStored - kCheckpointsKept) expected.insert(CheckpointKey(size));
  }
  std::set<std::string> kept;
  const auto row = log_.log().db().NewIterator(kMetaFamily);
  for (row->Seek(kCheckpointPrefix); row->Valid() && row->key().starts_with(kCheckpointPrefix);
       row->Next()) {
    kept.emplace(row->key());
  }
  EXPECT_EQ(kept, expected);
  EXPECT_EQ(**log_.log().FindNewestCheckpoint(), StrCat("note ", kStored * kApart));
}

TEST_F(LedgerTest, HasNoTilePastItsEnd) {
  log_.AppendMany(600);
  for (const auto& [level, index, width] : {std::tuple(0, uint64_t{2}, 90),
                                            {0, 3, 1},
                                            {1, 0, 3},
                                            {1, 1, 1},
                                            {2, 0, 1},
                                            {63, 0, 1},
                                            {0, ~uint64_t{0}, 1}}) {
    EXPECT_THAT(log_.log().LoadTile(level, index, width), HasCode(absl::StatusCode::kOutOfRange));
  }
  EXPECT_THAT(log_.log().LoadLeaves(2, 90), HasCode(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(log_.log().LoadLeaves(3, 1), HasCode(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(log_.log().LoadLeaves(~uint64_t{0}, 1), HasCode(absl::StatusCode::kOutOfRange));
}

}  // namespace
}  // namespace suyuan::ledger
