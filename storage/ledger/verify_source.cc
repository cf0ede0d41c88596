#include "storage/ledger/verify_source.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/files.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/tile_path.h"

namespace suyuan::ledger {
namespace {

constexpr uint64_t kIndexed = 256;  // Records between two offsets kept.

// One family of rows in order. Where the walk stops at damage, each row is read by itself.
class RowWalk {
 public:
  RowWalk(const kv::Db* db, int family, const kv::Snapshot* snapshot, uint64_t first)
      : db_(db), family_(family), snapshot_(snapshot), rows_(db->NewIterator(family, snapshot)) {
    rows_->Seek(BigEndian64(first));
  }

  absl::StatusOr<std::string_view> At(uint64_t sequence) {
    if (used_) rows_->Next();
    used_ = false;
    for (; rows_->Valid(); rows_->Next()) {
      const uint64_t at = ByteReader(rows_->key()).U64();
      if (at > sequence) break;
      if (at == sequence) {
        used_ = true;
        return rows_->value();
      }
    }
    absl::StatusOr<std::string> row = db_->Get(family_, BigEndian64(sequence), snapshot_);
    if (!row.ok()) return row.status();
    kept_ = *std::move(row);
    return kept_;
  }

 private:
  const kv::Db* const db_;
  const int family_;
  const kv::Snapshot* const snapshot_;
  const std::unique_ptr<kv::Iterator> rows_;
  bool used_ = false;  // The row under the iterator was given out.
  std::string kept_;
};

class DbCursor final : public RecordCursor {
 public:
  DbCursor(const kv::Db* db, const kv::Snapshot* snapshot, uint64_t first)
      : leaves_(db, kLeafFamily, snapshot, first), contents_(db, kContentFamily, snapshot, first) {}
  Rows At(uint64_t sequence) override { return {leaves_.At(sequence), contents_.At(sequence)}; }

 private:
  RowWalk leaves_, contents_;
};

// The next record's two parts; false where they are not whole.
bool TakeRecord(ByteReader& in, std::string_view* leaf, std::string_view* items) {
  *leaf = in.Bytes(in.U32());
  *items = in.Bytes(in.U32());
  return in.ok();
}

class FileCursor final : public RecordCursor {
 public:
  FileCursor(std::string_view bytes, uint64_t sequence) : in_(bytes), next_(sequence) {}
  Rows At(uint64_t sequence) override {
    std::string_view leaf, items;
    for (; next_ <= sequence; ++next_) {
      if (!TakeRecord(in_, &leaf, &items)) {
        const absl::Status missing = absl::DataLossError("the file ends before it");
        return {missing, missing};
      }
    }
    return {leaf, items};
  }

 private:
  ByteReader in_;
  uint64_t next_;
};

class BundleCursor final : public RecordCursor {
 public:
  BundleCursor(const std::string& dir, uint64_t size) : dir_(dir), size_(size) {}

  Rows At(uint64_t sequence) override {
    const uint64_t bundle = sequence / kTileWidth;
    if (bundle != bundle_) Load(bundle);
    const absl::Status none = absl::NotFoundError("a leaf alone");
    if (!read_.ok()) return {read_, none};
    return {leaves_[sequence % kTileWidth], none};
  }

 private:
  void Load(uint64_t bundle) {
    bundle_ = bundle;
    leaves_.clear();
    const uint64_t width = std::min(kTileWidth, size_ - bundle * kTileWidth);
    absl::StatusOr<std::string> bytes =
        ReadWholeFile(StrCat(dir_, "/", EntriesPath(bundle, width)));
    read_ = bytes.status();
    if (!bytes.ok()) return;
    bytes_ = *std::move(bytes);
    ByteReader in(bytes_);
    for (uint64_t i = 0; i < width; ++i) leaves_.push_back(in.Bytes(in.U16()));
    if (!in.done()) read_ = absl::DataLossError("its bundle does not decode");
  }

  const std::string dir_;
  const uint64_t size_;
  uint64_t bundle_ = kAbsent;
  absl::Status read_;
  std::string bytes_;
  std::vector<std::string_view> leaves_;
};

}  // namespace

std::unique_ptr<RecordCursor> BundleSource::NewCursor(uint64_t) const {
  return std::make_unique<BundleCursor>(dir_, size_);
}

std::unique_ptr<RecordCursor> DbSource::NewCursor(uint64_t first) const {
  return std::make_unique<DbCursor>(db_, snapshot_, first);
}

absl::StatusOr<std::unique_ptr<FileSource>> FileSource::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::NotFoundError(StrCat("cannot open ", path, ": errno ", errno));
  struct stat about {};
  std::string_view bytes;
  void* mapped = nullptr;
  if (fstat(file, &about) == 0 && about.st_size > 0) {
    mapped = mmap(nullptr, about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  }
  close(file);
  if (mapped == MAP_FAILED) return absl::InternalError(StrCat("map ", path, ": errno ", errno));
  if (mapped != nullptr) {
    bytes = {static_cast<const char*>(mapped), static_cast<size_t>(about.st_size)};
  }
  auto source = std::unique_ptr<FileSource>(new FileSource(bytes));
  ByteReader in(bytes);
  while (in.ok() && !in.done()) {
    const uint64_t offset = bytes.size() - in.rest().size();
    std::string_view leaf, items;
    if (!TakeRecord(in, &leaf, &items)) break;
    if (source->size_ % kIndexed == 0) source->offsets_.push_back(offset);
    ++source->size_;
  }
  source->whole_ = in.done();
  return source;
}

FileSource::~FileSource() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

std::unique_ptr<RecordCursor> FileSource::NewCursor(uint64_t first) const {
  const uint64_t at = first / kIndexed;
  const uint64_t offset = at < offsets_.size() ? offsets_[at] : bytes_.size();
  return std::make_unique<FileCursor>(bytes_.substr(offset), at * kIndexed);
}

}  // namespace suyuan::ledger
