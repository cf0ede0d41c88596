#include "storage/kv/db.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "rocksdb/db.h"
#include "rocksdb/utilities/checkpoint.h"
#include "rocksdb/write_batch.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/kv/options.h"
#include "storage/kv/status.h"

namespace suyuan::kv {
namespace {

constexpr size_t kOwnBlockCacheBytes = 64 << 20;
constexpr size_t kOwnWriteBufferBytes = 64 << 20;
constexpr int kCacheShardBits = 3;  // Few and large: what exceeds its shard is never cached.

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view FromSlice(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

Memory::Memory(size_t block_cache_bytes, size_t write_buffer_bytes)
    : impl_(std::make_unique<Impl>()) {
  impl_->block_cache = rocksdb::NewLRUCache(block_cache_bytes, kCacheShardBits);
  impl_->write_buffers = std::make_shared<rocksdb::WriteBufferManager>(write_buffer_bytes);
}
Memory::~Memory() = default;

// Operations in order, over one arena: a family is an index until the write meets its database.
struct WriteBatch::Impl {
  struct Operation {
    int family;
    bool put;
    size_t key_size;
    size_t value_size;
  };
  std::vector<Operation> operations;
  std::string arena;

  absl::Status ToRocks(const std::vector<rocksdb::ColumnFamilyHandle*>& families,
                       rocksdb::WriteBatch* out) const {
    rocksdb::Slice rest(arena);
    for (const Operation& operation : operations) {
      SUYUAN_CHECK(operation.family >= 0 &&
                   static_cast<size_t>(operation.family) < families.size());
      const rocksdb::Slice key(rest.data(), operation.key_size);
      rest.remove_prefix(operation.key_size);
      const rocksdb::Slice value(rest.data(), operation.value_size);
      rest.remove_prefix(operation.value_size);
      rocksdb::ColumnFamilyHandle* const family = families[operation.family];
      const rocksdb::Status status =
          operation.put ? out->Put(family, key, value) : out->Delete(family, key);
      if (!status.ok()) return FromRocks(status, "collect a write");
    }
    return absl::OkStatus();
  }
};

WriteBatch::WriteBatch() : impl_(std::make_unique<Impl>()) {}
WriteBatch::~WriteBatch() = default;
WriteBatch::WriteBatch(WriteBatch&&) noexcept = default;
WriteBatch& WriteBatch::operator=(WriteBatch&&) noexcept = default;

void WriteBatch::Put(int family, std::string_view key, std::string_view value) {
  impl_->operations.push_back({family, true, key.size(), value.size()});
  impl_->arena.append(key).append(value);
}

void WriteBatch::Delete(int family, std::string_view key) {
  impl_->operations.push_back({family, false, key.size(), 0});
  impl_->arena.append(key);
}

void WriteBatch::Clear() {
  impl_->operations.clear();
  impl_->arena.clear();
}

size_t WriteBatch::bytes() const { return impl_->arena.size(); }

namespace {

class RocksSnapshot final : public Snapshot {
 public:
  explicit RocksSnapshot(rocksdb::DB* db) : db_(db), snapshot_(db->GetSnapshot()) {}
  ~RocksSnapshot() override { db_->ReleaseSnapshot(snapshot_); }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB* const db_;
  const rocksdb::Snapshot* const snapshot_;
};

rocksdb::ReadOptions ReadAt(const Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  if (snapshot != nullptr) options.snapshot = static_cast<const RocksSnapshot*>(snapshot)->get();
  return options;
}

class RocksIterator final : public Iterator {
 public:
  explicit RocksIterator(rocksdb::Iterator* iterator) : iterator_(iterator) {}
  void Seek(std::string_view key) override { iterator_->Seek(ToSlice(key)); }
  void SeekToLast() override { iterator_->SeekToLast(); }
  void Next() override { iterator_->Next(); }
  void Prev() override { iterator_->Prev(); }
  bool Valid() const override { return iterator_->Valid(); }
  std::string_view key() const override { return FromSlice(iterator_->key()); }
  std::string_view value() const override { return FromSlice(iterator_->value()); }
  absl::Status status() const override { return FromRocks(iterator_->status(), "iterate"); }

 private:
  const std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksDb final : public Db {
 public:
  static absl::StatusOr<std::unique_ptr<Db>> Open(const DbOptions& options) {
    auto db = std::unique_ptr<RocksDb>(new RocksDb(options));
    RETURN_IF_ERROR(db->OpenFiles(options));
    return db;
  }

  ~RocksDb() override {
    if (db_ == nullptr) return;
    for (rocksdb::ColumnFamilyHandle* const family : all_) {
      db_->DestroyColumnFamilyHandle(family);
    }
    db_->Close();
  }

  absl::StatusOr<std::string> Get(int family, std::string_view key,
                                  const Snapshot* snapshot) const override {
    std::string value;
    const rocksdb::Status status =
        db_->Get(ReadAt(snapshot), families_.at(family), ToSlice(key), &value);
    if (!status.ok()) return FromRocks(status, "get");
    return value;
  }

  std::vector<absl::StatusOr<std::string>> MultiGet(
      int family, const std::vector<std::string>& keys) const override {
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet(ReadAt(nullptr), families_.at(family), slices.size(), slices.data(),
                  values.data(), statuses.data());
    std::vector<absl::StatusOr<std::string>> answers;
    answers.reserve(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok()) {
        answers.push_back(values[i].ToString());
      } else {
        answers.push_back(FromRocks(statuses[i], "get"));
      }
    }
    return answers;
  }

  absl::Status Write(WriteBatch& write) override {
    rocksdb::WriteBatch rocks(write.bytes() + 64, 0, ProtectionBytes(durable_), 0);
    RETURN_IF_ERROR(write.impl()->ToRocks(families_, &rocks));
    return FromRocks(db_->Write(ToWriteOptions(durable_), &rocks), "write");
  }

  std::unique_ptr<Iterator> NewIterator(int family, const Snapshot* snapshot) const override {
    rocksdb::ReadOptions options = ReadAt(snapshot);
    options.fill_cache = false;  // Long walks would push out what is looked up often.
    return std::make_unique<RocksIterator>(db_->NewIterator(options, families_.at(family)));
  }

  std::unique_ptr<Snapshot> NewSnapshot() const override {
    return std::make_unique<RocksSnapshot>(db_.get());
  }

  absl::Status Checkpoint(const std::string& dir) override {
    rocksdb::Checkpoint* created = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &created);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(created);
    // Flushes first: a hard-linked log may not be synced in this version.
    if (status.ok()) status = checkpoint->CreateCheckpoint(dir, 0);
    return FromRocks(status, "checkpoint");
  }

  absl::Status Flush() override {
    return FromRocks(db_->Flush(rocksdb::FlushOptions(), families_), "flush");
  }

 private:
  explicit RocksDb(const DbOptions& options) : durable_(options.durable) {
    if (options.memory == nullptr) {
      own_memory_ = std::make_unique<Memory>(kOwnBlockCacheBytes, kOwnWriteBufferBytes);
    }
  }

  absl::Status OpenFiles(const DbOptions& options) {
    std::error_code ignored;
    if ((options.read_only || !options.create) &&
        !std::filesystem::exists(options.dir + "/CURRENT", ignored)) {
      return absl::NotFoundError(StrCat("no database in ", options.dir));
    }
    if (!options.read_only) std::filesystem::create_directories(options.dir, ignored);
    const Memory::Impl& memory = *(own_memory_ ? own_memory_.get() : options.memory)->impl();
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName,
                             ToFamilyOptions(Usage::kLookup, durable_, memory));
    for (const Family& family : options.families) {
      descriptors.emplace_back(family.name, ToFamilyOptions(family.usage, durable_, memory));
    }
    const rocksdb::DBOptions settings = ToDbOptions(options, memory);
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status =
        options.read_only
            ? rocksdb::DB::OpenForReadOnly(settings, options.dir, descriptors, &all_, &opened)
            : rocksdb::DB::Open(settings, options.dir, descriptors, &all_, &opened);
    db_.reset(opened);
    if (!status.ok()) return FromRocks(status, StrCat("open ", options.dir));
    families_.assign(all_.begin() + 1, all_.end());
    return absl::OkStatus();
  }

  const bool durable_;
  std::unique_ptr<Memory> own_memory_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> all_;       // With RocksDB's default one first.
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // As numbered by the caller.
};

}  // namespace

absl::StatusOr<std::unique_ptr<Db>> Db::Open(const DbOptions& options) {
  return RocksDb::Open(options);
}

absl::Status SyncDirectoryOf(const std::string& path) {
  const std::string parent = std::filesystem::absolute(path).parent_path().string();
  const int directory = open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return absl::InternalError(StrCat("open ", parent, ": errno ", errno));
  const int result = fsync(directory);
  close(directory);
  if (result != 0) return absl::InternalError(StrCat("sync ", parent, ": errno ", errno));
  return absl::OkStatus();
}

}  // namespace suyuan::kv
