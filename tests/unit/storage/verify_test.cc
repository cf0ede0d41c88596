#include "storage/ledger/verify.h"

#include <functional>
#include <set>
#include <tuple>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/export.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tiles.h"
#include "storage/ledger/verify_uses.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::ledger {
namespace {

std::multiset<std::string> Texts(const VerifyResult& result) {
  std::multiset<std::string> texts;
  for (const VerifyError& error : result.errors) {
    texts.insert(StrCat(FindingName(error.finding), " ", error.sequence, " ", error.text));
  }
  return texts;
}

class VerifyTest : public testing::Test {
 protected:
  void SetUp() override { log_.AppendMany(300); }
  test::LedgerFixture log_;
};

TEST_F(VerifyTest, FindsNothingWrongWithAnUntouchedLedgerAndTheSameRoot) {
  const absl::StatusOr<VerifyResult> result = VerifyLedger(log_.log().db(), VerifyOptions());
  ASSERT_OK(result);
  EXPECT_TRUE(result->ok()) << result->errors[0].text;
  EXPECT_EQ(result->head.size, 301u);
  EXPECT_EQ(result->head.root, log_.log().GetTreeHead()->root);
  EXPECT_EQ(result->events, 300u);
}

TEST_F(VerifyTest, ReportsWhatTheAuthorCheckRefuses) {
  std::vector<uint64_t> learnt;
  AuthorHooks hooks;
  hooks.teaches = [](const Record& record) { return record.leaf.sequence % 100 == 0; };
  hooks.learn = [&](const Record& record) {
    learnt.push_back(record.leaf.sequence);
    return absl::OkStatus();
  };
  hooks.check = [](const Record& record) {
    return record.leaf.sequence == 7 ? absl::PermissionDeniedError("forged") : absl::OkStatus();
  };
  VerifyOptions options;
  options.authors = &hooks;
  const VerifyResult result = *VerifyLedger(log_.log().db(), options);
  ASSERT_EQ(result.error_count, 1u);
  EXPECT_EQ(result.errors[0].finding, Finding::kAuthor);
  EXPECT_EQ(result.errors[0].sequence, 7u);
  EXPECT_EQ(result.authors, 301u);
  EXPECT_EQ(learnt, (std::vector<uint64_t>{0, 100, 200, 300}));
}

// How the work is divided changes nothing of what is found.
TEST_F(VerifyTest, ManyThreadsAndPiecesComeToWhatOneDoes) {
  log_.AppendMany(100'000);
  VerifyOptions one, many;
  one.threads = 1;
  one.range_records = 1 << 20;  // All of them.
  many.threads = 4;
  many.range_records = 256;
  const std::unique_ptr<kv::Db> rows = log_.OpenRows();
  for (const bool damaged : {false, true}) {
    if (damaged) {
      kv::WriteBatch write;
      std::string leaf = *rows->Get(kLeafFamily, BigEndian64(54'321));
      leaf.back() ^= 1;
      write.Put(kLeafFamily, BigEndian64(54'321), leaf);
      write.Delete(kRequestFamily, "request-70000");
      ASSERT_OK(rows->Write(write));
    }
    const VerifyResult a = *VerifyLedger(*rows, one), b = *VerifyLedger(*rows, many);
    EXPECT_EQ(a.ok(), !damaged);
    EXPECT_EQ(a.head.root, b.head.root);
    EXPECT_EQ(std::tie(a.records, a.items, a.events, a.streams, a.bytes_hashed, a.error_count),
              std::tie(b.records, b.items, b.events, b.streams, b.bytes_hashed, b.error_count));
    EXPECT_EQ(Texts(a), Texts(b));
  }
}

TEST_F(VerifyTest, GoesOnFromAStateAndComesToWhatAWholeVerificationDoes) {
  for (const size_t more : {0, 1, 211, 300, 700}) {  // 512 records in all after the third.
    const VerifyState state = VerifyLedger(log_.log().db(), VerifyOptions())->state;
    EXPECT_EQ(*VerifyState::Decode(state.Encode()), state);
    log_.AppendMany(more);
    VerifyOptions since;
    since.since = &state;
    const VerifyResult result = *VerifyLedger(log_.log().db(), since);
    EXPECT_TRUE(result.ok()) << result.errors[0].text;
    EXPECT_EQ(result.records, more);
    const VerifyResult whole = *VerifyLedger(log_.log().db(), VerifyOptions());
    EXPECT_EQ(result.head.root, whole.head.root);
    EXPECT_EQ(result.streams, whole.streams);
    // The sums go on as if all had been taken at once: with the same key they are the same.
    const VerifyState next = result.state;
    since.since = &next;
    EXPECT_EQ(VerifyLedger(log_.log().db(), since)->state, next);
  }
}

// What was verified before is not read again, and still cannot change unseen where it matters.
TEST_F(VerifyTest, AStateHoldsWhatEarlierRecordsLeft) {
  const VerifyState state = VerifyLedger(log_.log().db(), VerifyOptions())->state;
  log_.AppendMany(50);
  VerifyOptions since;
  since.since = &state;
  const struct {
    const char* name;
    Finding finding;
    std::function<void(kv::WriteBatch&)> apply;
  } damages[] = {
      {"an old stream's row is gone", Finding::kStream,
       [](kv::WriteBatch& write) { write.Delete(kStreamFamily, "keys/operator"); }},
      {"an old stream's row moved", Finding::kStream,
       [](kv::WriteBatch& write) { write.Put(kStreamFamily, "keys/operator", BigEndian64(3)); }},
      {"a row that never was", Finding::kStream,
       [](kv::WriteBatch& write) { write.Put(kStreamFamily, "batches/x", BigEndian64(3)); }},
      {"an old request forgotten", Finding::kRequest,
       [](kv::WriteBatch& write) { write.Delete(kRequestFamily, "request-5"); }},
      {"an old tile gone", Finding::kTile,
       [](kv::WriteBatch& write) { write.Delete(kTileFamily, TileKey(0, 0)); }},
  };
  for (const auto& damage : damages) {
    const std::unique_ptr<kv::Db> rows = log_.OpenRows();
    kv::WriteBatch undo, write;
    for (int family = kStreamFamily; family <= kTileFamily; ++family) {
      const std::unique_ptr<kv::Iterator> row = rows->NewIterator(family);
      for (row->Seek(""); row->Valid(); row->Next()) undo.Put(family, row->key(), row->value());
    }
    undo.Delete(kStreamFamily, "batches/x");
    damage.apply(write);
    ASSERT_OK(rows->Write(write));
    const VerifyResult result = *VerifyLedger(*rows, since);
    EXPECT_TRUE(result.first.contains(damage.finding)) << damage.name;
    ASSERT_OK(rows->Write(undo));
  }
  EXPECT_TRUE(VerifyLedger(log_.log().db(), since)->ok());
}

TEST_F(VerifyTest, AStateOfAnotherPastOrAnotherLogIsRefused) {
  VerifyState state = VerifyLedger(log_.log().db(), VerifyOptions())->state;
  VerifyOptions since;
  since.since = &state;
  state.head.root[0] ^= 1;
  EXPECT_TRUE(VerifyLedger(log_.log().db(), since)->first.contains(Finding::kCheckpoint));
  state.head.root[0] ^= 1;
  state.head.size += 100;
  EXPECT_TRUE(VerifyLedger(log_.log().db(), since)->first.contains(Finding::kCheckpoint));
  state.origin = "other/00";
  EXPECT_THAT(VerifyLedger(log_.log().db(), since),
              test::HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(VerifyTest, AStateThatWasChangedDoesNotDecode) {
  const std::string text = VerifyLedger(log_.log().db(), VerifyOptions())->state.Encode();
  for (size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] ^= 1;
    EXPECT_FALSE(VerifyState::Decode(changed).ok()) << at;
  }
}

// What does not fit in memory goes through files: the same passages come back in order.
TEST_F(VerifyTest, PassagesComeBackInOrderThroughFiles) {
  PassageStore store(log_.dir());
  constexpr uint64_t kNames = 2'000'000;
  std::vector<Passage> some;
  for (uint64_t i = 0; i < 2 * kNames; ++i) {
    some.push_back({UseIdOf(UseKind::kStream, StrCat(i % kNames)), 2 * kNames - i, i, i});
    if (some.size() < 100'000) continue;
    ASSERT_OK(store.Add(std::exchange(some, {})));
  }
  uint64_t count = 0;
  for (int part = 0; part < PassageStore::kParts; ++part) {
    const std::vector<Passage> passages = *store.Take(part);
    count += passages.size();
    for (size_t i = 1; i < passages.size(); ++i) {
      ASSERT_LT(std::tie(passages[i - 1].id, passages[i - 1].first),
                std::tie(passages[i].id, passages[i].first));
    }
  }
  EXPECT_EQ(count, 2 * kNames);
}

TEST_F(VerifyTest, AnExportReadsBackRecordByRecord) {
  const test::TempDir dir;
  ASSERT_OK(ExportLedger(log_.log(), dir / "out"));
  EXPECT_THAT(ExportLedger(log_.log(), dir / "out"),
              test::HasCode(absl::StatusCode::kAlreadyExists));
  const std::unique_ptr<ExportReader> reader = *ExportReader::Open(dir / "out");
  for (uint64_t sequence = 0; sequence < 301; ++sequence) {
    const absl::StatusOr<std::optional<Record>> record = reader->Next();
    ASSERT_OK(record);
    ASSERT_TRUE(record->has_value());
    EXPECT_EQ((*record)->leaf, log_.log().GetRecord(sequence)->leaf);
  }
  EXPECT_FALSE(reader->Next()->has_value());
}

}  // namespace
}  // namespace suyuan::ledger
