#include "storage/ledger/heads.h"

#include <atomic>
#include <string>
#include <thread>

#include "storage/base/text.h"
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
  EXPECT_EQ(heads.Find("batches/A"), std::nullopt);  // Kept within bounds.
}

// Whoever looks for a stream while it begins learns that it is absent; after its first record's
// answer nobody is told so.
TEST(HeadsTest, AStreamIsSeenOnceItsFirstRecordIsAnswered) {
  constexpr int kStreams = 300;
  test::LedgerFixture fixture;
  Ledger& log = fixture.log();
  std::atomic<int> answered{0};
  std::atomic<int> unseen{0};
  std::thread reader([&] {
    for (int next = 0; next < kStreams; next = answered) {
      const int seen = answered;
      std::vector<StreamVersion> asked;
      for (int i = std::max(0, seen - 3); i < std::min(seen + 3, kStreams); ++i) {
        asked.push_back({StrCat("batches/", i), kAbsent});
      }
      const auto loaded = log.Load(asked, "");
      for (size_t i = 0; i < asked.size(); ++i) {
        const bool must = std::max(0, seen - 3) + static_cast<int>(i) < seen;
        if (!loaded.ok() || (must && loaded->streams[i].version == kAbsent)) ++unseen;
      }
    }
  });
  for (int i = 0; i < kStreams; ++i) {
    AppendRequest request =
        test::TestAppend(fixture.clock(), StrCat("first/", i), {StrCat("batches/", i)});
    request.writes[0].expected = kAbsent;
    EXPECT_OK(log.AppendAndWait(request));
    ++answered;
    request.request_key = StrCat("second/", i);
    EXPECT_THAT(log.AppendAndWait(request), test::HasCode(absl::StatusCode::kAborted));
  }
  reader.join();
  EXPECT_EQ(unseen, 0);
}

}  // namespace
}  // namespace suyuan::ledger
