// How a ledger is made: whole, or not at all.
#include <filesystem>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/builder.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/mark.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/prepare.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kTagKeySize = 32;

// What the identity is made of goes into signed texts and file formats as it is.
bool ValidIdentityText(std::string_view text, size_t size_max) {
  if (text.empty() || text.size() > size_max) return false;
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '+') return false;
  }
  return true;
}

// The genesis record and the meta rows, in one write.
absl::Status WriteGenesis(kv::Db& db, const Clock& clock, std::string_view lineage,
                          Genesis genesis) {
  const std::string tag_key = RandomBytes(kTagKeySize);
  ASSIGN_OR_RETURN(const Prepared prepared, Prepare(std::move(genesis.record), tag_key));
  Heads heads(0);
  Builder builder(&db, &heads, Tip(), TreeEdge());
  RETURN_IF_ERROR(builder.Add(prepared, clock.Now()).status());
  std::string format;
  PutU16(format, kFormat);
  builder.write().Put(kMetaFamily, kFormatKey, format);
  builder.write().Put(kMetaFamily, kIdentityKey, EncodeIdentity(genesis.identity));
  builder.write().Put(kMetaFamily, kTagKeyKey, tag_key);
  builder.write().Put(kMetaFamily, kLineageKey, lineage);
  return db.Write(builder.write());
}

}  // namespace

bool Ledger::Exists(const std::string& dir) {
  std::error_code ignored;
  return std::filesystem::exists(dir + "/CURRENT", ignored);
}

absl::Status Ledger::Create(const LedgerOptions& options, Genesis genesis) {
  SUYUAN_CHECK(options.clock != nullptr);
  if (!ValidIdentityText(genesis.identity.origin, 200) ||
      !ValidIdentityText(genesis.identity.ledger_id, 16)) {
    return absl::InvalidArgumentError("the origin or the ledger id is malformed");
  }
  if (!options.mark_dir.empty() && Mark::Exists(options.mark_dir)) {
    return absl::FailedPreconditionError(
        StrCat("there is another ledger's mark in ", options.mark_dir));
  }
  if (genesis.record.kind != RecordKind::kGenesis || !genesis.record.reads.empty()) {
    return absl::InvalidArgumentError("the genesis record has another kind, or reads");
  }
  std::error_code error;
  if (std::filesystem::exists(options.dir, error) &&
      !std::filesystem::is_empty(options.dir, error)) {
    return absl::FailedPreconditionError(StrCat(options.dir, " is not empty"));
  }
  // Made beside its place, so that a ledger is there whole or not at all.
  LedgerOptions beside = options;
  beside.dir = options.dir + ".creating";
  std::filesystem::remove_all(beside.dir, error);
  std::filesystem::create_directories(beside.dir, error);
  MarkState mark;
  mark.lineage = RandomBytes(kMarkIdSize);
  mark.head.root = EmptyRoot();
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<kv::Db> db,
                     OpenRows(beside.dir, beside.memory, /*read_only=*/false, /*create=*/true));
    RETURN_IF_ERROR(WriteGenesis(*db, *options.clock, mark.lineage, std::move(genesis)));
  }
  std::filesystem::rename(beside.dir, options.dir, error);
  if (error) return absl::InternalError(StrCat("rename to ", options.dir, ": ", error.message()));
  RETURN_IF_ERROR(kv::SyncDirectoryOf(options.dir));
  return options.mark_dir.empty() ? absl::OkStatus() : Mark::Create(options.mark_dir, mark);
}

}  // namespace suyuan::ledger
