#include "storage/ledger/verify.h"

#include <functional>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/export.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tiles.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::ledger {
namespace {

// A change made to a stopped ledger's rows behind its back.
struct Damage {
  const char* name;
  Finding finding;
  std::function<void(kv::Db&, kv::WriteBatch&)> apply;
};

std::string Key(uint64_t sequence) { return BigEndian64(sequence); }

// Rewrites one row by `change`.
std::function<void(kv::Db&, kv::WriteBatch&)> Change(int family, std::string key,
                                                     std::function<void(std::string&)> change) {
  return [=](kv::Db& db, kv::WriteBatch& write) {
    std::string value = *db.Get(family, key);
    change(value);
    write.Put(family, key, value);
  };
}
std::function<void(kv::Db&, kv::WriteBatch&)> Remove(int family, std::string key) {
  return [=](kv::Db&, kv::WriteBatch& write) { write.Delete(family, key); };
}
std::function<void(std::string&)> Flip(size_t at) {
  return [at](std::string& value) { value[at] ^= 1; };
}
std::function<void(std::string&)> FlipLast() {
  return [](std::string& value) { value.back() ^= 1; };
}

std::vector<Damage> Damages() {
  return {
      {"leaf removed", Finding::kRecord, Remove(kLeafFamily, Key(3))},
      {"content removed", Finding::kRecord, Remove(kContentFamily, Key(3))},
      {"leaf version", Finding::kRecord, Change(kLeafFamily, Key(3), Flip(0))},
      {"leaf sequence", Finding::kRecord, Change(kLeafFamily, Key(3), Flip(11))},
      {"leaf time", Finding::kChain, Change(kLeafFamily, Key(3), Flip(14))},
      {"decided time", Finding::kChain, Change(kLeafFamily, Key(3), Flip(27))},
      {"previous leaf", Finding::kChain, Change(kLeafFamily, Key(3), Flip(28))},
      {"content root", Finding::kContent, Change(kLeafFamily, Key(3), Flip(60))},
      {"stream tag", Finding::kStream, Change(kLeafFamily, Key(3), Flip(94))},
      {"stream link", Finding::kStream, Change(kLeafFamily, Key(3), FlipLast())},
      {"leaf cut", Finding::kRecord,
       Change(kLeafFamily, Key(3), [](std::string& value) { value.pop_back(); })},
      {"event changed", Finding::kContent, Change(kContentFamily, Key(3), FlipLast())},
      {"salt changed", Finding::kContent, Change(kContentFamily, Key(3), Flip(1))},
      {"items cut", Finding::kRecord,
       Change(kContentFamily, Key(3), [](std::string& value) { value.pop_back(); })},
      {"records swapped", Finding::kRecord,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kLeafFamily, Key(3), *db.Get(kLeafFamily, Key(4)));
         write.Put(kLeafFamily, Key(4), *db.Get(kLeafFamily, Key(3)));
       }},
      {"content of another", Finding::kContent,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kContentFamily, Key(3), *db.Get(kContentFamily, Key(4)));
       }},
      {"tile removed", Finding::kTile, Remove(kTileFamily, TileKey(0, 0))},
      {"tile changed", Finding::kTile, Change(kTileFamily, TileKey(0, 0), Flip(100))},
      {"tile surplus", Finding::kTile,
       [](kv::Db&, kv::WriteBatch& write) {
         write.Put(kTileFamily, TileKey(3, 9), std::string(8192, 'x'));
       }},
      {"stream row removed", Finding::kStream, Remove(kStreamFamily, "batches/1")},
      {"stream row moved back", Finding::kStream,
       [](kv::Db&, kv::WriteBatch& write) { write.Put(kStreamFamily, "batches/1", Key(1)); }},
      {"stream row surplus", Finding::kStream,
       [](kv::Db&, kv::WriteBatch& write) { write.Put(kStreamFamily, "batches/x", Key(1)); }},
      {"request row removed", Finding::kRequest, Remove(kRequestFamily, "request-5")},
      {"request row moved", Finding::kRequest,
       [](kv::Db&, kv::WriteBatch& write) { write.Put(kRequestFamily, "request-5", Key(1)); }},
      {"request row surplus", Finding::kRequest,
       [](kv::Db&, kv::WriteBatch& write) { write.Put(kRequestFamily, "forged", Key(1)); }},
  };
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

// A verifier that misses a change is worth nothing: each must be found, under its own name.
TEST_F(VerifyTest, FindsEveryChangeOfARowAndNamesItsKind) {
  for (const Damage& damage : Damages()) {
    const std::unique_ptr<kv::Db> rows = log_.OpenRows();
    // What the damage overwrites is put back for the next one.
    kv::WriteBatch undo, write;
    for (int family = kLeafFamily; family <= kTileFamily; ++family) {
      const std::unique_ptr<kv::Iterator> row = rows->NewIterator(family);
      for (row->Seek(""); row->Valid(); row->Next()) undo.Put(family, row->key(), row->value());
    }
    undo.Delete(kTileFamily, TileKey(3, 9));
    undo.Delete(kStreamFamily, "batches/x");
    undo.Delete(kRequestFamily, "forged");
    damage.apply(*rows, write);
    ASSERT_OK(rows->Write(write));
    const absl::StatusOr<VerifyResult> result = VerifyLedger(*rows, VerifyOptions());
    ASSERT_OK(result);
    const bool found =
        std::any_of(result->errors.begin(), result->errors.end(),
                    [&](const VerifyError& error) { return error.finding == damage.finding; });
    EXPECT_TRUE(found) << damage.name << ": " << result->error_count << " other findings";
    ASSERT_OK(rows->Write(undo));
  }
  EXPECT_TRUE(VerifyLedger(log_.log().db(), VerifyOptions())->ok());
}

TEST_F(VerifyTest, ReportsWhatTheAuthorCheckRefuses) {
  VerifyOptions options;
  options.check_author = [](const Record& record) {
    return record.leaf.sequence == 7 ? absl::PermissionDeniedError("forged") : absl::OkStatus();
  };
  const VerifyResult result = *VerifyLedger(log_.log().db(), options);
  ASSERT_EQ(result.error_count, 1u);
  EXPECT_EQ(result.errors[0].finding, Finding::kAuthor);
  EXPECT_EQ(result.errors[0].sequence, 7u);
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
