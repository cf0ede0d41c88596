#include "storage/ledger/heads.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>

#include "storage/base/text.h"
#include "storage/ledger/loader.h"
#include "storage/ledger/rows.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::ledger {
namespace {

TEST(HeadsTest, KnowsWhatItLearnedAlsoThatAStreamIsAbsent) {
  Heads heads(7);
  EXPECT_EQ(heads.Find("batches/A"), std::nullopt);
  heads.Learn(7, "batches/A", 3);
  heads.Learn(7, "batches/B", kAbsent);
  const Heads::Known known = heads.Find({{"batches/A", 0}, {"batches/B", 0}, {"batches/C", 0}});
  EXPECT_EQ(known.size, 7u);
  EXPECT_EQ(known.heads, (std::vector<std::optional<uint64_t>>{3, kAbsent, std::nullopt}));
}

TEST(HeadsTest, WhatWasReadBeforeTheLogGrewIsNotLearned) {
  Heads heads(7);
  heads.Advance({{"batches/A", 7}}, 8);
  heads.Learn(7, "batches/A", kAbsent);
  heads.Learn(7, "batches/B", kAbsent);
  EXPECT_EQ(heads.Find("batches/A"), 7u);
  EXPECT_EQ(heads.Find("batches/B"), std::nullopt);
}

// However many others are learned: it may be forgotten, but is never said to be absent again.
TEST(HeadsTest, AStreamThatBeganIsNotAbsentAgain) {
  Heads heads(1);
  heads.Learn(1, "batches/A", kAbsent);
  for (int i = 0; i < 20'000; ++i) heads.Learn(1, StrCat("others/", i), kAbsent);
  heads.Advance({{"batches/A", 1}}, 2);
  for (int i = 0; i < 200'000; ++i) {
    heads.Learn(2, StrCat("others/", i), kAbsent);
    ASSERT_NE(heads.Find("batches/A"), kAbsent) << i;
  }
  EXPECT_EQ(heads.Find("others/0"), std::nullopt);  // Kept within bounds.
}

TEST(HeadsTest, WhatIsUsedIsNotDisplacedByNamesThatAnybodyMakesUp) {
  Heads heads(8);
  heads.Learn(8, "batches/A", 3);
  for (int i = 0; i < 200'000; ++i) {
    heads.Learn(8, StrCat("keys/", i), kAbsent);
    if (i % 1000 != 0) continue;
    EXPECT_EQ(heads.Find("batches/A"), 3u);
  }
}

// Whoever looks for streams while they begin may learn that they are absent. After their record's
// answer nobody is told so, and before it nobody is told it of one alone.
TEST(HeadsTest, TheStreamsOfARecordAreSeenTogetherAndOnceItIsAnswered) {
  constexpr int kRecords = 200;
  test::LedgerFixture fixture;
  Ledger& log = fixture.log();
  std::atomic<int> answered{0};
  std::atomic<int> wrong{0};
  const auto names = [](int i) {
    return std::vector<std::string>{StrCat("batches/a", i), StrCat("batches/b", i)};
  };
  const auto read = [&] {
    std::map<std::string, uint64_t> seen;  // As a decider's cache.
    while (answered < kRecords) {
      const int at = answered;
      for (const int i : {at, std::max(0, at - 1)}) {
        std::vector<StreamVersion> asked;
        for (const std::string& name : names(i)) {
          asked.push_back({name, seen.contains(name) ? seen[name] : kAbsent});
        }
        const auto loaded = log.Load(asked, "");
        if (!loaded.ok() || loaded->streams[0].version != loaded->streams[1].version ||
            (i < at && loaded->streams[0].version == kAbsent)) {
          ++wrong;
          continue;
        }
        for (int k = 0; k < 2; ++k) seen[asked[k].stream] = loaded->streams[k].version;
      }
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(read);
  for (int i = 0; i < kRecords; ++i) {
    AppendRequest request = test::TestAppend(fixture.clock(), StrCat("first/", i), names(i));
    request.writes[0].expected = kAbsent;
    EXPECT_OK(log.AppendAndWait(request));
    ++answered;
    request.request_key = StrCat("second/", i);
    EXPECT_THAT(log.AppendAndWait(request), test::HasCode(absl::StatusCode::kAborted));
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

// A record is on disk, and Heads do not know it yet.
class BetweenWriteAndHeadsTest : public testing::Test {
 protected:
  BetweenWriteAndHeadsTest() {
    fixture_.Append({"batches/A", "batches/B"});
    db_ = fixture_.OpenRows();
    tag_key_ = *db_->Get(kMetaFamily, kTagKeyKey);
  }
  test::LedgerFixture fixture_;
  std::unique_ptr<kv::Db> db_;
  std::string tag_key_;
  Heads heads_{1};
};

TEST_F(BetweenWriteAndHeadsTest, AStreamIsNotAbsentBesideOneOfItsRecord) {
  heads_.Learn(1, "batches/B", kAbsent);
  const auto loaded = Loader(db_.get(), tag_key_, &heads_)
                          .Load({{"batches/A", kAbsent}, {"batches/B", kAbsent}}, "");
  ASSERT_OK(loaded);
  EXPECT_EQ(loaded->streams[0].version, 1u);
  EXPECT_EQ(loaded->streams[1].version, 1u);
}

TEST_F(BetweenWriteAndHeadsTest, WhoHasSeenTheRecordIsNotToldThatItNeverWas) {
  heads_.Learn(1, "batches/A", kAbsent);
  const auto loaded = Loader(db_.get(), tag_key_, &heads_).Load({{"batches/A", 1}}, "");
  ASSERT_OK(loaded);
  EXPECT_EQ(loaded->streams[0].version, 1u);
}

}  // namespace
}  // namespace suyuan::ledger
