#include "storage/ledger/export.h"

#include <filesystem>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/kv/db.h"
#include "storage/ledger/merkle.h"
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

absl::StatusOr<std::unique_ptr<ExportWriter>> ExportWriter::Create(const std::string& dir) {
  std::error_code error;
  if (std::filesystem::exists(dir, error) && !std::filesystem::is_empty(dir, error)) {
    return absl::AlreadyExistsError(StrCat(dir, " is not empty"));
  }
  std::filesystem::create_directories(dir, error);
  if (error) return absl::InternalError(StrCat(dir, ": ", error.message()));
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
  const std::string log_path = dir_ + "/log.json";
  RETURN_IF_ERROR(WriteFile(dir_ + "/records.bin", records_));
  std::ofstream json(log_path, std::ios::binary);
  json << LogJson(identity, head);
  RETURN_IF_ERROR(WriteFile(log_path, json));
  return head;
}

absl::Status ExportLedger(Client& log, const std::string& dir) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ExportWriter> writer, ExportWriter::Create(dir));
  ASSIGN_OR_RETURN(const TreeHead head, log.GetTreeHead());
  for (uint64_t next = 0; next < head.size;) {
    ASSIGN_OR_RETURN(const std::vector<Record> records,
                     log.ReadRecords(next, kReadBytes, absl::ZeroDuration()));
    if (records.empty()) return absl::DataLossError(StrCat("record ", next, " is missing"));
    for (const Record& record : records) {
      if (record.leaf.sequence >= head.size) break;
      RETURN_IF_ERROR(writer->Add(record.leaf.Encode(), EncodeItems(record.items)));
      next = record.leaf.sequence + 1;
    }
  }
  ASSIGN_OR_RETURN(const TreeHead written, writer->Finish(log.identity()));
  if (written.root == head.root) return absl::OkStatus();
  return absl::DataLossError("the records do not hash to the log's root");
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
