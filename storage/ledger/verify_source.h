// Records as stored, for a verification that trusts nothing: from a store's rows or an export.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"

namespace suyuan::ledger {

// Walks records forward. Thread-compatible.
class RecordCursor {
 public:
  struct Rows {
    absl::StatusOr<std::string_view> leaf, items;
    bool ok() const { return leaf.ok() && items.ok(); }
  };
  virtual ~RecordCursor() = default;
  // The rows of `sequence`, which rises over the calls. They hold until the next call. An error
  // says what is wrong with that row, and the next one can be asked for.
  virtual Rows At(uint64_t sequence) = 0;
};

// Thread-safe.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  // A cursor whose first call is for `first`.
  virtual std::unique_ptr<RecordCursor> NewCursor(uint64_t first) const = 0;
};

// `db` and `snapshot` must outlive it.
class DbSource final : public RecordSource {
 public:
  DbSource(const kv::Db* db, const kv::Snapshot* snapshot) : db_(db), snapshot_(snapshot) {}
  std::unique_ptr<RecordCursor> NewCursor(uint64_t first) const override;

 private:
  const kv::Db* const db_;
  const kv::Snapshot* const snapshot_;
};

// A records.bin, mapped into memory: it must not change meanwhile.
class FileSource final : public RecordSource {
 public:
  // NOT_FOUND: no such file.
  static absl::StatusOr<std::unique_ptr<FileSource>> Open(const std::string& path);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  uint64_t size() const { return size_; }  // Records that are there whole.
  bool whole() const { return whole_; }    // They are all that the file holds.
  std::unique_ptr<RecordCursor> NewCursor(uint64_t first) const override;

 private:
  explicit FileSource(std::string_view bytes) : bytes_(bytes) {}
  const std::string_view bytes_;
  uint64_t size_ = 0;
  bool whole_ = false;
  std::vector<uint64_t> offsets_;  // Of every 256th record.
};

// The bundles of entries of a tlog-tiles folder: leaves without items.
class BundleSource final : public RecordSource {
 public:
  // `size`: of the tree whose bundles are there.
  BundleSource(std::string dir, uint64_t size) : dir_(std::move(dir)), size_(size) {}
  std::unique_ptr<RecordCursor> NewCursor(uint64_t first) const override;

 private:
  const std::string dir_;
  const uint64_t size_;
};

}  // namespace suyuan::ledger
