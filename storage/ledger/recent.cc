#include "storage/ledger/recent.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kKeptBytes = 8 << 20;
constexpr size_t kKeptMax = 4096;

// Calls `take` with records in order, and their size as stored, until it has enough.
absl::Status ReadRows(const kv::Db& db, uint64_t from, uint64_t end,
                      absl::FunctionRef<bool(Record record, size_t bytes)> take) {
  const std::unique_ptr<kv::Iterator> leaves = db.NewIterator(kLeafFamily);
  const std::unique_ptr<kv::Iterator> contents = db.NewIterator(kContentFamily);
  leaves->Seek(BigEndian64(from));
  contents->Seek(BigEndian64(from));
  for (uint64_t sequence = from; sequence < end; ++sequence) {
    RETURN_IF_ERROR(leaves->status());
    RETURN_IF_ERROR(contents->status());
    const std::string key = BigEndian64(sequence);
    if (!leaves->Valid() || leaves->key() != key || !contents->Valid() || contents->key() != key) {
      return absl::DataLossError(StrCat("record ", sequence, ": a row is missing"));
    }
    const size_t bytes = leaves->value().size() + contents->value().size();
    ASSIGN_OR_RETURN(Record record, DecodeRecord(sequence, leaves->value(), contents->value()));
    if (!take(std::move(record), bytes)) break;
    leaves->Next();
    contents->Next();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Recent::Fill(uint64_t from, uint64_t end, size_t max_bytes) {
  size_t read = 0;
  for (uint64_t at = from; at < next(); ++at) read += kept_[at - first_].bytes;
  if (read > max_bytes || next() >= end) return absl::OkStatus();
  return ReadRows(*db_, next(), end,
                  [&](Record record, size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                    kept_.push_back({std::make_shared<const Record>(std::move(record)), bytes});
                    bytes_ += bytes;
                    read += bytes;
                    return read <= max_bytes;
                  });
}

absl::StatusOr<std::optional<Records>> Recent::ReadKept(uint64_t from, uint64_t end,
                                                        size_t max_bytes) {
  MutexLock lock(&mutex_);
  if (from < first_) return std::nullopt;
  if (from > next()) {  // Ahead of all that was read: from here on it is kept.
    kept_.clear();
    bytes_ = 0;
    first_ = from;
  }
  RETURN_IF_ERROR(Fill(from, end, max_bytes));
  Records records;
  size_t read = 0;
  for (uint64_t at = from; at < std::min(end, next()) && read <= max_bytes; ++at) {
    const Kept& kept = kept_[at - first_];
    records.push_back(kept.record);
    read += kept.bytes;
  }
  while (bytes_ > kKeptBytes || kept_.size() > kKeptMax) {
    bytes_ -= kept_.front().bytes;
    kept_.pop_front();
    ++first_;
  }
  return records;
}

absl::StatusOr<Records> Recent::Read(uint64_t from, uint64_t end, size_t max_bytes) {
  ASSIGN_OR_RETURN(std::optional<Records> kept, ReadKept(from, end, max_bytes));
  if (kept.has_value()) return *std::move(kept);
  Records records;
  size_t read = 0;
  RETURN_IF_ERROR(ReadRows(*db_, from, end, [&](Record record, size_t bytes) {
    records.push_back(std::make_shared<const Record>(std::move(record)));
    read += bytes;
    return read <= max_bytes;
  }));
  return records;
}

}  // namespace suyuan::ledger
