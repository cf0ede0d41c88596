#include "storage/ledger/export.h"

#include <filesystem>

#include "absl/strings/numbers.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/checkpoint_text.h"
#include "storage/ledger/files.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tile_path.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kReadBytes = 4 << 20;
constexpr uint32_t kPartMax = 64 << 20;  // Of a leaf or of a record's items.

std::string LogJson(const LogIdentity& identity, const TreeHead& head) {
  return StrCat("{\"format\": ", kFormat, ", \"origin\": \"", identity.origin,
                "\", \"ledger_id\": \"", identity.ledger_id, "\", \"size\": ", head.size,
                ", \"root\": \"", HexOf(AsBytes(head.root)), "\"}\n");
}

absl::Status MakeEmptyDir(const std::string& dir) {
  std::error_code error;
  if (std::filesystem::exists(dir, error) && !std::filesystem::is_empty(dir, error)) {
    return absl::AlreadyExistsError(StrCat(dir, " is not empty"));
  }
  std::filesystem::create_directories(dir, error);
  return error ? absl::InternalError(StrCat(dir, ": ", error.message())) : absl::OkStatus();
}

// Writes leaves as tiles and bundles of entries (c2sp.org/tlog-tiles).
class TileWriter {
 public:
  explicit TileWriter(std::string dir) : dir_(std::move(dir)) {}

  absl::Status Add(std::string_view leaf) {
    PutU16(bundle_, static_cast<uint16_t>(leaf.size()));
    bundle_ += leaf;
    edge_.Append(LeafHash(leaf), [this](int level, uint64_t index, const std::vector<Hash>& tile) {
      status_.Update(Put(TilePath(level, index, kTileWidth), EncodeTile(tile)));
    });
    if (edge_.size() % kTileWidth == 0) {
      status_.Update(Put(EntriesPath(edge_.size() / kTileWidth - 1, kTileWidth), bundle_));
      bundle_.clear();
    }
    return status_;
  }

  // The tiles and the bundle that are not full.
  absl::StatusOr<TreeHead> Finish() {
    const uint64_t size = edge_.size();
    if (!bundle_.empty()) {
      RETURN_IF_ERROR(Put(EntriesPath(size / kTileWidth, size % kTileWidth), bundle_));
    }
    for (int level = 0; size >> (level * kTileHeight) > 0; ++level) {
      const std::vector<Hash>& row = edge_.row(level);
      if (row.empty()) continue;
      std::string tile;
      for (const Hash& hash : row) tile.append(AsBytes(hash));
      const uint64_t index = (size >> (level * kTileHeight)) / kTileWidth;
      RETURN_IF_ERROR(Put(TilePath(level, index, row.size()), tile));
    }
    return edge_.Head();
  }

 private:
  absl::Status Put(const std::string& path, std::string_view bytes) {
    const std::filesystem::path file = std::filesystem::path(dir_) / path;
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    if (error) return absl::InternalError(StrCat(path, ": ", error.message()));
    return WriteWholeFile(file.string(), bytes);
  }

  const std::string dir_;
  TreeEdge edge_;
  std::string bundle_;
  absl::Status status_;
};

// The text after `"name": `, up to what ends it; empty where it is not.
std::string_view TextOf(std::string_view json, std::string_view name, std::string_view end) {
  const std::string start = StrCat("\"", name, "\": ");
  const size_t at = json.find(start);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = json.substr(at + start.size());
  return rest.substr(0, rest.find_first_of(end));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportWriter>> ExportWriter::Create(const std::string& dir) {
  RETURN_IF_ERROR(MakeEmptyDir(dir));
  std::ofstream file(dir + "/records.bin", std::ios::binary);
  return std::unique_ptr<ExportWriter>(new ExportWriter(dir, std::move(file)));
}

absl::Status ExportWriter::Add(std::string_view leaf, std::string_view items) {
  std::string row;
  PutU32(row, static_cast<uint32_t>(leaf.size()));
  row += leaf;
  PutU32(row, static_cast<uint32_t>(items.size()));
  row += items;
  records_.write(row.data(), static_cast<std::streamsize>(row.size()));
  if (!records_) return absl::InternalError(StrCat("cannot write ", dir_, "/records.bin"));
  Hash hash = LeafHash(leaf);
  // Every trailing one of the size is a complete subtree that this leaf completes to a larger one.
  for (uint64_t size = size_; size & 1; size >>= 1) {
    hash = NodeHash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  ++size_;
  return absl::OkStatus();
}

absl::StatusOr<TreeHead> ExportWriter::Finish(const LogIdentity& identity) {
  TreeHead head{size_, EmptyRoot()};
  for (auto peak = peaks_.rbegin(); peak != peaks_.rend(); ++peak) {
    head.root = peak == peaks_.rbegin() ? *peak : NodeHash(*peak, head.root);
  }
  records_.close();
  if (!records_) return absl::InternalError(StrCat("cannot write ", dir_, "/", kRecordsFile));
  RETURN_IF_ERROR(WriteWholeFile(StrCat(dir_, "/", kLogJsonFile), LogJson(identity, head)));
  RETURN_IF_ERROR(SyncFilesUnder(dir_));
  return head;
}

absl::Status ExportLedger(Client& log, const std::string& dir, const ExportParts& parts) {
  ASSIGN_OR_RETURN(TreeHead head, log.GetTreeHead());
  std::unique_ptr<TileWriter> tiles;
  if (!parts.checkpoint.empty()) {
    const absl::StatusOr<TreeHead> stated =
        ReadCheckpointText(parts.checkpoint, log.identity().origin);
    if (!stated.ok()) return absl::InvalidArgumentError(stated.status().message());
    if (stated->size > head.size) {
      return absl::InvalidArgumentError("the checkpoint is past the end of the log");
    }
    head = *stated;
    tiles = std::make_unique<TileWriter>(dir);
  }
  RETURN_IF_ERROR(MakeEmptyDir(dir));
  std::unique_ptr<ExportWriter> writer;
  if (parts.items) {
    ASSIGN_OR_RETURN(writer, ExportWriter::Create(dir));
  }
  for (uint64_t next = 0; next < head.size;) {
    ASSIGN_OR_RETURN(const Records records,
                     log.ReadRecords(next, kReadBytes, absl::ZeroDuration()));
    if (records.empty()) return absl::DataLossError(StrCat("record ", next, " is missing"));
    for (const auto& record : records) {
      if (record->leaf.sequence >= head.size) break;
      const std::string leaf = record->leaf.Encode();
      if (tiles != nullptr) RETURN_IF_ERROR(tiles->Add(leaf));
      if (writer != nullptr) RETURN_IF_ERROR(writer->Add(leaf, EncodeItems(record->items)));
      next = record->leaf.sequence + 1;
    }
  }
  const absl::Status other = absl::DataLossError("the records do not hash to the log's root");
  if (tiles != nullptr) {
    ASSIGN_OR_RETURN(const TreeHead written, tiles->Finish());
    if (written.root != head.root) return other;
    RETURN_IF_ERROR(WriteWholeFile(StrCat(dir, "/", kCheckpointFile), parts.checkpoint));
    RETURN_IF_ERROR(WriteWholeFile(StrCat(dir, "/", kVerifierKeyFile), parts.verifier_key + "\n"));
  }
  if (writer == nullptr) return SyncFilesUnder(dir);
  ASSIGN_OR_RETURN(const TreeHead written, writer->Finish(log.identity()));
  return written.root == head.root ? absl::OkStatus() : other;
}

absl::StatusOr<ExportStatement> ReadStatement(const std::string& dir) {
  const std::string path = StrCat(dir, "/", kLogJsonFile);
  ASSIGN_OR_RETURN(const std::string json, ReadWholeFile(path));
  ExportStatement stated;
  std::string root;
  const auto quoted = [&](std::string_view name) {
    const std::string_view text = TextOf(json, name, ",}\n");
    return std::string(text.size() < 2 ? "" : text.substr(1, text.size() - 2));
  };
  stated.identity.origin = quoted("origin");
  stated.identity.ledger_id = quoted("ledger_id");
  if (!absl::SimpleAtoi(ToAbsl(TextOf(json, "size", ",")), &stated.head.size) ||
      !ParseHex(quoted("root"), &root) || root.size() != kHashSize) {
    return absl::InvalidArgumentError(StrCat(path, " cannot be read"));
  }
  stated.head.root = HashFromBytes(root);
  if (LogJson(stated.identity, stated.head) != json) {
    return absl::InvalidArgumentError(StrCat(path, " is not as an export writes it"));
  }
  return stated;
}

absl::StatusOr<std::unique_ptr<ExportReader>> ExportReader::Open(const std::string& dir) {
  std::ifstream file(dir + "/records.bin", std::ios::binary);
  if (!file) return absl::NotFoundError(StrCat("no records.bin in ", dir));
  return std::unique_ptr<ExportReader>(new ExportReader(std::move(file)));
}

absl::StatusOr<std::optional<Record>> ExportReader::Next() {
  std::string parts[2];
  for (std::string& part : parts) {
    char size_bytes[4];
    file_.read(size_bytes, sizeof size_bytes);
    if (file_.gcount() == 0 && &part == &parts[0]) return std::nullopt;
    const uint32_t size = ByteReader({size_bytes, sizeof size_bytes}).U32();
    if (!file_ || size > kPartMax) {
      return absl::DataLossError(StrCat("record ", next_, ": the file ends or is damaged"));
    }
    part.resize(size);
    file_.read(part.data(), size);
    if (!file_) return absl::DataLossError(StrCat("record ", next_, ": the file ends within it"));
  }
  ASSIGN_OR_RETURN(Record record, DecodeRecord(next_, parts[0], parts[1]));
  ++next_;
  return record;
}

}  // namespace suyuan::ledger
