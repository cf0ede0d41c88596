#include "storage/ledger/rows.h"

#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/mark.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kTagKeySize = 32;

std::string_view NameOf(LedgerFamily family) {
  switch (family) {
    case kLeafFamily:
      return "leaf";
    case kContentFamily:
      return "content";
    case kStreamFamily:
      return "stream";
    case kRequestFamily:
      return "request";
    case kTileFamily:
      return "tile";
    case kMetaFamily:
      return "meta";
  }
  return "unknown";
}

absl::Status LossAt(uint64_t sequence, std::string_view what) {
  return absl::DataLossError(StrCat("record ", sequence, ": ", what));
}

// A meta row; DATA_LOSS if it is absent.
absl::StatusOr<std::string> LoadMetaRow(const kv::Db& db, std::string_view key) {
  absl::StatusOr<std::string> value = db.Get(kMetaFamily, key);
  if (absl::IsNotFound(value.status())) {
    return absl::DataLossError(StrCat("meta row ", key, " is missing"));
  }
  return value;
}

}  // namespace

std::vector<kv::Family> LedgerFamilies() {
  return {{"leaf", kv::Usage::kSequential}, {"content", kv::Usage::kSequential},
          {"stream", kv::Usage::kLookup},   {"request", kv::Usage::kLookup},
          {"tile", kv::Usage::kSequential}, {"meta", kv::Usage::kLookup}};
}

absl::StatusOr<std::unique_ptr<kv::Db>> OpenRows(const std::string& dir, kv::Memory* memory,
                                                 bool read_only, bool create, kv::Files* files) {
  kv::DbOptions db;
  db.dir = dir;
  db.families = LedgerFamilies();
  db.memory = memory;
  db.read_only = read_only;
  db.create = create;
  db.files = files;
  return kv::Db::Open(db);
}

std::string CheckpointKey(uint64_t size) {
  return std::string(kCheckpointPrefix) + BigEndian64(size);
}

std::string EncodeIdentity(const LogIdentity& identity) {
  std::string out;
  PutU16(out, static_cast<uint16_t>(identity.origin.size()));
  out.append(identity.origin);
  PutU16(out, static_cast<uint16_t>(identity.ledger_id.size()));
  out.append(identity.ledger_id);
  PutU8(out, identity.demo ? 1 : 0);
  PutU32(out, static_cast<uint32_t>(identity.utc_offset_minutes));
  return out;
}

absl::StatusOr<LogIdentity> DecodeIdentity(std::string_view bytes) {
  ByteReader in(bytes);
  LogIdentity identity;
  identity.origin = in.Bytes(in.U16());
  identity.ledger_id = in.Bytes(in.U16());
  const uint8_t demo = in.U8();
  identity.demo = demo == 1;
  identity.utc_offset_minutes = static_cast<int32_t>(in.U32());
  if (!in.done() || demo > 1) return absl::DataLossError("meta row identity does not decode");
  return identity;
}

absl::StatusOr<uint64_t> DecodeSequence(std::string_view bytes) {
  ByteReader in(bytes);
  const uint64_t sequence = in.U64();
  if (!in.done()) return absl::DataLossError("a row does not hold a sequence");
  return sequence;
}

bool ValidStreamName(std::string_view name) {
  if (name.empty() || name.size() > kStreamNameMax) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool other = (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '.' || c == '-';
    if (!letter && !other) return false;
  }
  return true;
}

std::string TagSaltOf(std::string_view tag_key, std::string_view stream) {
  return TagSaltOf(HmacKey(tag_key), stream);
}

std::string TagSaltOf(const HmacKey& tag_key, std::string_view stream) {
  const Hash hash = tag_key.Sign(stream);
  return std::string(AsBytes(hash).substr(0, kSaltSize));
}

absl::StatusOr<Meta> LoadMeta(const kv::Db& db) {
  ASSIGN_OR_RETURN(const std::string format, LoadMetaRow(db, kFormatKey));
  ByteReader in(format);
  const uint16_t version = in.U16();
  if (!in.done() || version == 0) return absl::DataLossError("meta row format does not decode");
  if (version > kFormat) {
    return absl::FailedPreconditionError(
        StrCat("the ledger has format ", version, "; this program knows up to ", kFormat));
  }
  Meta meta;
  ASSIGN_OR_RETURN(const std::string identity, LoadMetaRow(db, kIdentityKey));
  ASSIGN_OR_RETURN(meta.identity, DecodeIdentity(identity));
  ASSIGN_OR_RETURN(meta.tag_key, LoadMetaRow(db, kTagKeyKey));
  if (meta.tag_key.size() != kTagKeySize) {
    return absl::DataLossError("meta row tag-key does not decode");
  }
  absl::StatusOr<std::string> lineage = db.Get(kMetaFamily, kLineageKey);
  if (!lineage.ok() && !absl::IsNotFound(lineage.status())) return lineage.status();
  if (lineage.ok()) meta.lineage = *std::move(lineage);
  if (!meta.lineage.empty() && meta.lineage.size() != kMarkIdSize) {
    return absl::DataLossError("meta row lineage does not decode");
  }
  return meta;
}

absl::StatusOr<std::string> LoadRow(const kv::Db& db, LedgerFamily family, uint64_t sequence) {
  absl::StatusOr<std::string> row = db.Get(family, BigEndian64(sequence));
  if (absl::IsNotFound(row.status())) {
    return LossAt(sequence, StrCat("the ", NameOf(family), " row is missing"));
  }
  return row;
}

absl::StatusOr<std::vector<std::string>> LoadLeafRows(const kv::Db& db, uint64_t from, int count) {
  const std::unique_ptr<kv::Iterator> rows = db.NewIterator(kLeafFamily);
  std::vector<std::string> leaves;
  rows->Seek(BigEndian64(from));
  for (uint64_t sequence = from; sequence < from + static_cast<uint64_t>(count); ++sequence) {
    RETURN_IF_ERROR(rows->status());
    if (!rows->Valid() || rows->key() != BigEndian64(sequence)) {
      return LossAt(sequence, "the leaf row is missing");
    }
    leaves.emplace_back(rows->value());
    rows->Next();
  }
  return leaves;
}

absl::StatusOr<uint64_t> FindSequence(const kv::Db& db, LedgerFamily family, std::string_view key,
                                      const kv::Snapshot* snapshot) {
  const absl::StatusOr<std::string> row = db.Get(family, key, snapshot);
  if (absl::IsNotFound(row.status())) return kAbsent;
  RETURN_IF_ERROR(row.status());
  return DecodeSequence(*row);
}

absl::StatusOr<Record> DecodeRecord(uint64_t sequence, std::string_view leaf,
                                    std::string_view items) {
  Record record;
  absl::StatusOr<Leaf> decoded = Leaf::Decode(leaf);
  if (!decoded.ok()) return LossAt(sequence, FromAbsl(decoded.status().message()));
  record.leaf = *std::move(decoded);
  record.leaf_hash = LeafHash(leaf);
  if (record.leaf.sequence != sequence) return LossAt(sequence, "the leaf has another sequence");
  absl::StatusOr<std::vector<Item>> content = DecodeItems(items);
  if (!content.ok()) return LossAt(sequence, FromAbsl(content.status().message()));
  record.items = *std::move(content);
  if (ContentRoot(record.items) != record.leaf.content_root) {
    return LossAt(sequence, "the items do not hash to the content root");
  }
  const absl::Status shape = CheckItems(record.items);
  if (!shape.ok()) return LossAt(sequence, FromAbsl(shape.message()));
  return record;
}

absl::StatusOr<Record> LoadRecord(const kv::Db& db, uint64_t sequence) {
  ASSIGN_OR_RETURN(const std::string leaf, LoadRow(db, kLeafFamily, sequence));
  ASSIGN_OR_RETURN(const std::string items, LoadRow(db, kContentFamily, sequence));
  return DecodeRecord(sequence, leaf, items);
}

absl::StatusOr<TreeEdge> LoadTreeEdge(const kv::Db& db, uint64_t size) {
  return LoadEdge(
      size,
      [&db](uint64_t sequence) -> absl::StatusOr<Hash> {
        ASSIGN_OR_RETURN(const std::string leaf, LoadRow(db, kLeafFamily, sequence));
        return LeafHash(leaf);
      },
      [&db](int level, uint64_t index) -> absl::StatusOr<std::vector<Hash>> {
        const absl::StatusOr<std::string> tile = db.Get(kTileFamily, TileKey(level, index));
        if (absl::IsNotFound(tile.status())) {
          return absl::DataLossError(StrCat("tile ", level, "/", index, " is missing"));
        }
        RETURN_IF_ERROR(tile.status());
        return DecodeTile(*tile);
      });
}

}  // namespace suyuan::ledger
