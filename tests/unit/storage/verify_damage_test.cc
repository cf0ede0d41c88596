// A verifier that misses a change is worth nothing: whatever is changed in a store or in an export
// is found, under its own name.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/export.h"
#include "storage/ledger/files.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tile_path.h"
#include "storage/ledger/tiles.h"
#include "storage/ledger/verify.h"
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
std::function<void(std::string&)> Set(size_t at, char to) {
  return [=](std::string& value) { value[at] = to; };
}
std::string Note(std::string_view origin, uint64_t size, const Hash& root) {
  return StrCat(origin, "\n", size, "\n", Base64Of(AsBytes(root)), "\n\n— x y\n");
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
      {"leaf kind", Finding::kChain, Change(kLeafFamily, Key(3), Set(1, 1))},
      {"first leaf's kind", Finding::kChain, Change(kLeafFamily, Key(0), Set(1, 2))},
      {"descriptor set", Finding::kChain, Change(kLeafFamily, Key(3), Flip(3))},
      {"unknown kind", Finding::kRecord, Change(kLeafFamily, Key(3), Set(1, 9))},
      {"last leaf removed", Finding::kRecord, Remove(kLeafFamily, Key(300))},
      {"last content removed", Finding::kRecord, Remove(kContentFamily, Key(300))},
      {"first leaf removed", Finding::kRecord, Remove(kLeafFamily, Key(0))},
      {"row far past the end", Finding::kRecord,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kLeafFamily, Key(uint64_t{1} << 40), *db.Get(kLeafFamily, Key(3)));
       }},
      {"row of no sequence", Finding::kRecord,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kLeafFamily, "\xff long key", *db.Get(kLeafFamily, Key(3)));
       }},
      {"record after the last", Finding::kRecord,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kLeafFamily, Key(301), *db.Get(kLeafFamily, Key(300)));
         write.Put(kContentFamily, Key(301), *db.Get(kContentFamily, Key(300)));
       }},
      {"item type", Finding::kRecord, Change(kContentFamily, Key(3), Set(0, 4))},
      {"unknown item type", Finding::kRecord, Change(kContentFamily, Key(3), Set(0, 9))},
      {"items empty", Finding::kRecord,
       Change(kContentFamily, Key(3), [](std::string& value) { value.clear(); })},
      {"items longer", Finding::kRecord,
       Change(kContentFamily, Key(3), [](std::string& value) { value += "x"; })},
      {"event added", Finding::kContent,
       Change(kContentFamily, Key(3),
              [](std::string& value) {
                EncodeItem(ItemType::kEvent, std::string(kSaltSize, 's'), "forged", value);
              })},
      {"leaf longer", Finding::kRecord,
       Change(kLeafFamily, Key(3), [](std::string& value) { value += "x"; })},
      {"tile cut", Finding::kTile,
       Change(kTileFamily, TileKey(0, 0), [](std::string& value) { value.pop_back(); })},
      {"tile past the edge", Finding::kTile,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kTileFamily, TileKey(0, 1), *db.Get(kTileFamily, TileKey(0, 0)));
       }},
      {"tile key longer", Finding::kTile,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kTileFamily, TileKey(0, 0) + "x", *db.Get(kTileFamily, TileKey(0, 0)));
       }},
      {"stream row of no sequence", Finding::kStream,
       [](kv::Db&, kv::WriteBatch& write) { write.Put(kStreamFamily, "batches/1", "x"); }},
      {"stream row past the end", Finding::kStream,
       [](kv::Db&, kv::WriteBatch& write) { write.Put(kStreamFamily, "batches/1", Key(999)); }},
      {"request row of no sequence", Finding::kRequest,
       [](kv::Db&, kv::WriteBatch& write) { write.Put(kRequestFamily, "request-5", "x"); }},
      {"checkpoint of another tree", Finding::kCheckpoint,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kMetaFamily, CheckpointKey(10), Note(LoadMeta(db)->identity.origin, 10, Hash{}));
       }},
      {"checkpoint of another log", Finding::kCheckpoint,
       [](kv::Db&, kv::WriteBatch& write) {
         write.Put(kMetaFamily, CheckpointKey(10), Note("other/00", 10, Hash{}));
       }},
      {"checkpoint that is none", Finding::kCheckpoint,
       [](kv::Db&, kv::WriteBatch& write) { write.Put(kMetaFamily, CheckpointKey(10), "x"); }},
      {"checkpoint past the end", Finding::kCheckpoint,
       [](kv::Db& db, kv::WriteBatch& write) {
         write.Put(kMetaFamily, CheckpointKey(999),
                   Note(LoadMeta(db)->identity.origin, 999, Hash{}));
       }},
  };
}

class VerifyDamageTest : public testing::Test {
 protected:
  void SetUp() override { log_.AppendMany(300); }
  test::LedgerFixture log_;
};

TEST_F(VerifyDamageTest, FindsEveryChangeOfARowAndNamesItsKind) {
  const std::string sound = log_.dir();
  log_.Close();
  EXPECT_GE(Damages().size(), 50u);
  for (const Damage& damage : Damages()) {
    const test::TempDir copy;
    std::filesystem::copy(sound, copy / "log", std::filesystem::copy_options::recursive);
    kv::DbOptions options;
    options.dir = copy / "log";
    options.families = LedgerFamilies();
    options.create = false;
    const std::unique_ptr<kv::Db> rows = *kv::Db::Open(options);
    kv::WriteBatch write;
    damage.apply(*rows, write);
    ASSERT_OK(rows->Write(write));
    const absl::StatusOr<VerifyResult> result = VerifyLedger(*rows, VerifyOptions());
    ASSERT_OK(result);
    EXPECT_TRUE(result->first.contains(damage.finding))
        << damage.name << ": " << result->error_count << " other findings";
  }
}

// The same of an export, of whose files one is changed.
struct FileDamage {
  const char* name;
  Finding finding;
  std::string file;
  std::function<void(std::string&)> change;  // Empty: the file is removed.
  bool with_items = true;                    // Found in a full export; in a public one too.
};

// Changes the first record of a records.bin that contains `text`.
std::function<void(std::string&)> FlipAt(const std::string& text) {
  return [text](std::string& bytes) { bytes[bytes.find(text)] ^= 1; };
}
std::function<void(std::string&)> Cut(size_t count) {
  return [count](std::string& bytes) { bytes.resize(bytes.size() - count); };
}
std::function<void(std::string&)> Replace(const std::string& from, const std::string& to) {
  return [=](std::string& bytes) { bytes.replace(bytes.find(from), from.size(), to); };
}

std::vector<FileDamage> FileDamages() {
  const auto more = [](std::string& bytes) { bytes += "x"; };
  return {
      {"event", Finding::kContent, kRecordsFile, FlipAt("event of request-5")},
      {"body", Finding::kContent, kRecordsFile, FlipAt("body of request-5")},
      {"method", Finding::kContent, kRecordsFile, FlipAt("/suyuan.v1.Test/Append")},
      {"stream's name", Finding::kContent, kRecordsFile, FlipAt("batches/1")},
      {"file cut", Finding::kRecord, kRecordsFile, Cut(1)},
      {"file cut long before", Finding::kCheckpoint, kRecordsFile, Cut(20000)},
      {"file longer", Finding::kRecord, kRecordsFile, more},
      {"file empty", Finding::kCheckpoint, kRecordsFile, [](std::string& b) { b.clear(); }},
      {"leaf length", Finding::kRecord, kRecordsFile, Flip(3)},
      {"first leaf's version", Finding::kRecord, kRecordsFile, Flip(4)},
      {"first leaf's sequence", Finding::kRecord, kRecordsFile, Flip(15)},
      {"first leaf's time", Finding::kChain, kRecordsFile, Flip(20)},
      {"size stated", Finding::kCheckpoint, kLogJsonFile,
       Replace("\"size\": 301", "\"size\": 300")},
      {"root stated", Finding::kCheckpoint, kLogJsonFile,
       [](std::string& bytes) {
         char& digit = bytes[bytes.find("\"root\": \"") + 9];
         digit = digit == '0' ? '1' : '0';
       }},
      {"full tile", Finding::kTile, TilePath(0, 0, 256), Flip(100), false},
      {"full tile cut", Finding::kTile, TilePath(0, 0, 256), Cut(32), false},
      {"full tile gone", Finding::kTile, TilePath(0, 0, 256), {}, false},
      {"partial tile", Finding::kTile, TilePath(0, 1, 45), Flip(100), false},
      {"partial tile gone", Finding::kTile, TilePath(0, 1, 45), {}, false},
      {"upper tile", Finding::kTile, TilePath(1, 0, 1), Flip(3), false},
      {"upper tile longer", Finding::kTile, TilePath(1, 0, 1), more, false},
      {"upper tile gone", Finding::kTile, TilePath(1, 0, 1), {}, false},
      {"tile surplus", Finding::kTile, TilePath(0, 7, 256), more, false},
      {"checkpoint's size", Finding::kCheckpoint, kCheckpointFile, Replace("\n301\n", "\n300\n"),
       false},
      {"checkpoint's size with a zero", Finding::kCheckpoint, kCheckpointFile,
       Replace("\n301\n", "\n0301\n")},
      {"checkpoint's root", Finding::kCheckpoint, kCheckpointFile,
       Replace("\n301\n", "\n301\nAAAA"), true},
      {"checkpoint's origin", Finding::kCheckpoint, kCheckpointFile, Flip(0), true},
      {"checkpoint gone", Finding::kCheckpoint, kCheckpointFile, {}, true},
      {"bundle", Finding::kTile, EntriesPath(0, 256), Flip(300)},
      {"bundle gone", Finding::kTile, EntriesPath(1, 45), {}},
      {"bundle longer", Finding::kTile, EntriesPath(1, 45), more},
  };
}

class ExportDamageTest : public VerifyDamageTest {
 protected:
  void SetUp() override {
    VerifyDamageTest::SetUp();
    parts_.checkpoint = Note(log_.log().identity().origin, 301, log_.log().GetTreeHead()->root);
    ASSERT_OK(ExportLedger(log_.log(), dir_ / "full", parts_));
    parts_.items = false;
    ASSERT_OK(ExportLedger(log_.log(), dir_ / "public", parts_));
  }

  VerifyResult VerifyDamaged(const FileDamage& damage, const std::string& kind) {
    const test::TempDir copy;
    std::filesystem::copy(dir_ / kind, copy / "export", std::filesystem::copy_options::recursive);
    const std::filesystem::path path = std::filesystem::path(copy / "export") / damage.file;
    if (!damage.change) {
      EXPECT_TRUE(std::filesystem::remove(path)) << damage.name;
    } else {
      std::string bytes = ReadWholeFile(path.string()).value_or("");
      damage.change(bytes);
      std::ofstream(path, std::ios::binary) << bytes;
    }
    const absl::StatusOr<VerifyResult> result = VerifyExport(copy / "export", VerifyOptions());
    EXPECT_OK(result) << damage.name;
    return result.value_or(VerifyResult());
  }

  test::TempDir dir_;
  ExportParts parts_;
};

TEST_F(ExportDamageTest, FindsNothingWrongWithSoundExports) {
  for (const char* kind : {"full", "public"}) {
    const absl::StatusOr<VerifyResult> result = VerifyExport(dir_ / kind, VerifyOptions());
    ASSERT_OK(result);
    EXPECT_TRUE(result->ok()) << kind << ": " << result->errors[0].text;
    EXPECT_EQ(result->head.root, log_.log().GetTreeHead()->root);
    EXPECT_EQ(result->records, 301u);
  }
  EXPECT_THAT(VerifyExport(dir_ / "none", VerifyOptions()),
              test::HasCode(absl::StatusCode::kNotFound));
}

TEST_F(ExportDamageTest, FindsEveryChangeOfAFileAndNamesItsKind) {
  for (const FileDamage& damage : FileDamages()) {
    for (const char* kind : {"full", "public"}) {
      if (damage.with_items && std::string_view(kind) == "public") continue;
      const VerifyResult result = VerifyDamaged(damage, kind);
      EXPECT_TRUE(result.first.contains(damage.finding))
          << kind << ", " << damage.name << ": " << result.error_count << " other findings";
    }
  }
}

// Wherever a bit of a file flips, something is found.
TEST_F(ExportDamageTest, FindsAnyFlippedBit) {
  std::mt19937_64 random = test::SeededRandom();
  const std::string files[] = {kRecordsFile, TilePath(0, 0, 256), TilePath(0, 1, 45),
                               EntriesPath(0, 256), EntriesPath(1, 45)};
  for (int i = 0; i < 100; ++i) {
    const uint64_t at = random();
    const FileDamage damage = {"a bit", Finding::kRecord, files[i % 5], [at](std::string& bytes) {
                                 bytes[at / 8 % bytes.size()] ^= static_cast<char>(1 << at % 8);
                               }};
    EXPECT_FALSE(VerifyDamaged(damage, "full").ok()) << damage.file << " at " << at;
  }
}

// A public export of the leaves alone shows that they are the log's.
TEST_F(ExportDamageTest, AChangedLeafOfAPublicExportIsFound) {
  const FileDamage link = {"link", Finding::kStream, EntriesPath(0, 256),
                           [](std::string& bytes) { bytes[2 + 94 + 42 + 5] ^= 1; }};
  EXPECT_FALSE(VerifyDamaged(link, "public").ok());
  const FileDamage cut = {"bundle", Finding::kRecord, EntriesPath(1, 45), Cut(1)};
  EXPECT_TRUE(VerifyDamaged(cut, "public").first.contains(Finding::kRecord));
}

TEST_F(ExportDamageTest, AnExportIsTheSameBytesEachTime) {
  ASSERT_OK(ExportLedger(log_.log(), dir_ / "again", parts_));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_ / "public")) {
    if (entry.is_directory()) continue;
    const std::filesystem::path name = entry.path().lexically_relative(dir_ / "public");
    EXPECT_EQ(*ReadWholeFile(entry.path().string()),
              *ReadWholeFile((std::filesystem::path(dir_ / "again") / name).string()))
        << name;
  }
}

// A checkpoint that is behind the log is exported as the log was then.
TEST_F(ExportDamageTest, AnExportEndsAtItsCheckpoint) {
  const std::string origin = log_.log().identity().origin;
  ExportParts parts;
  parts.checkpoint = Note(origin, 257, *log_.log().RootAt(257));
  ASSERT_OK(ExportLedger(log_.log(), dir_ / "earlier", parts));
  const VerifyResult result = *VerifyExport(dir_ / "earlier", VerifyOptions());
  EXPECT_TRUE(result.ok()) << result.errors[0].text;
  EXPECT_EQ(result.head.size, 257u);
  parts.checkpoint = Note(origin, 257, Hash{});
  EXPECT_THAT(ExportLedger(log_.log(), dir_ / "wrong", parts),
              test::HasCode(absl::StatusCode::kDataLoss));
  parts.checkpoint = Note(origin, 302, Hash{});
  EXPECT_THAT(ExportLedger(log_.log(), dir_ / "past", parts),
              test::HasCode(absl::StatusCode::kInvalidArgument));
  parts.checkpoint = Note("other/00", 257, Hash{});
  EXPECT_THAT(ExportLedger(log_.log(), dir_ / "other", parts),
              test::HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace suyuan::ledger
