#include "storage/ledger/export.h"

#include <filesystem>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/kv/db.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kReadBytes = 4 << 20;
constexpr uint32_t kPartMax = 64 << 20;  // Of a leaf or of a record's items.

std::string LogJson(const LogIdentity& identity, const TreeHead& head) {
  return StrCat("{\"format\": ", kFormat, ", \"origin\": \"", identity.origin,
                "\", \"ledger_id\": \"", identity.ledger_id, "\", \"size\": ", head.size,
                ", \"root\": \"", HexOf(AsBytes(head.root)), "\"}\n");
}

absl::Status WriteFile(const std::string& path, std::ofstream& file) {
  file.close();
  if (!file) return absl::InternalError(StrCat("cannot write ", path));
  return kv::SyncDirectoryOf(path);
}

}  // namespace

absl::Status ExportLedger(Client& log, const std::string& dir) {
  std::error_code error;
  if (std::filesystem::exists(dir, error) && !std::filesystem::is_empty(dir, error)) {
    return absl::AlreadyExistsError(StrCat(dir, " is not empty"));
  }
  std::filesystem::create_directories(dir, error);
  if (error) return absl::InternalError(StrCat(dir, ": ", error.message()));
  ASSIGN_OR_RETURN(const TreeHead head, log.GetTreeHead());
  const std::string records_path = dir + "/records.bin", log_path = dir + "/log.json";
  std::ofstream records(records_path, std::ios::binary);
  for (uint64_t next = 0; next < head.size;) {
    ASSIGN_OR_RETURN(const std::vector<Record> batch,
                     log.ReadRecords(next, kReadBytes, absl::ZeroDuration()));
    if (batch.empty()) return absl::DataLossError(StrCat("record ", next, " is missing"));
    for (const Record& record : batch) {
      if (record.leaf.sequence >= head.size) break;
      const std::string leaf = record.leaf.Encode(), items = EncodeItems(record.items);
      std::string row;
      PutU32(row, static_cast<uint32_t>(leaf.size()));
      row += leaf;
      PutU32(row, static_cast<uint32_t>(items.size()));
      row += items;
      records.write(row.data(), static_cast<std::streamsize>(row.size()));
      next = record.leaf.sequence + 1;
    }
  }
  RETURN_IF_ERROR(WriteFile(records_path, records));
  std::ofstream json(log_path, std::ios::binary);
  json << LogJson(log.identity(), head);
  return WriteFile(log_path, json);
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
