// RocksDB, as this project uses it. The only header over it; options and their reasons are in
// options.cc. Everything else in the project says "write" for RocksDB's atomic batch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace suyuan::kv {

// One block cache and one write-buffer budget for every database of a process. Thread-safe.
class Memory {
 public:
  Memory(size_t block_cache_bytes, size_t write_buffer_bytes);
  ~Memory();
  struct Impl;
  Impl* impl() const { return impl_.get(); }

 private:
  std::unique_ptr<Impl> impl_;
};

// How a column family is used; options.cc turns it into RocksDB's settings.
enum class Usage {
  kSequential,  // Keys only grow: records, content, tiles.
  kLookup,      // Random keys, small values, many absent: heads, request ids, indexes.
};

struct Family {
  std::string name;
  Usage usage = Usage::kLookup;
};

// The files a database lives in, where they are not simply the machine's: for tests
// (volatile_files.h).
class Files {
 public:
  virtual ~Files() = default;
  struct Impl;
  virtual Impl* impl() const = 0;
};

struct DbOptions {
  std::string dir;
  std::vector<Family> families;  // Families are named by their index from here on.
  Memory* memory = nullptr;      // Null: a small one of its own.
  Files* files = nullptr;        // Null: the machine's. Must outlive the database.
  bool durable = true;  // True: a WAL that is synced by every write. False: a view; no sync.
  bool read_only = false;
  bool create = true;
};

// Thread-compatible.
class WriteBatch {
 public:
  WriteBatch();
  ~WriteBatch();
  WriteBatch(WriteBatch&&) noexcept;
  WriteBatch& operator=(WriteBatch&&) noexcept;
  void Put(int family, std::string_view key, std::string_view value);
  void Delete(int family, std::string_view key);
  void Clear();
  size_t bytes() const;
  struct Impl;
  Impl* impl() const { return impl_.get(); }

 private:
  std::unique_ptr<Impl> impl_;
};

// A fixed moment of a database: reads through it are mutually consistent. Thread-safe. Must not
// outlive its Db.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
};

// Walks keys of one family in byte order. Thread-compatible. Check status() when Valid() is false.
class Iterator {
 public:
  virtual ~Iterator() = default;
  virtual void Seek(std::string_view key) = 0;
  virtual void SeekToLast() = 0;
  virtual void Next() = 0;
  virtual void Prev() = 0;
  virtual bool Valid() const = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual absl::Status status() const = 0;
};

// An open database. Thread-safe.
class Db {
 public:
  // UNAVAILABLE: another process holds it. DATA_LOSS: damaged. NOT_FOUND: absent and not created.
  static absl::StatusOr<std::unique_ptr<Db>> Open(const DbOptions& options);
  virtual ~Db() = default;

  // NOT_FOUND: no such key. DATA_LOSS: a checksum does not match.
  virtual absl::StatusOr<std::string> Get(int family, std::string_view key,
                                          const Snapshot* snapshot = nullptr) const = 0;
  // One answer a key, in order; NOT_FOUND in its place where absent.
  virtual std::vector<absl::StatusOr<std::string>> MultiGet(
      int family, const std::vector<std::string>& keys) const = 0;
  // Atomic over families; durable on return if the database is. The batch may be cleared and
  // reused.
  virtual absl::Status Write(WriteBatch& write) = 0;
  virtual std::unique_ptr<Iterator> NewIterator(int family,
                                                const Snapshot* snapshot = nullptr) const = 0;
  virtual std::unique_ptr<Snapshot> NewSnapshot() const = 0;
  // Writes a hard-linked copy of the database as of now to `dir`, which must not exist.
  virtual absl::Status Checkpoint(const std::string& dir) = 0;
  // Puts all that is in memory into files.
  virtual absl::Status Flush() = 0;
};

// Makes the entry of `path` in its directory survive power loss.
absl::Status SyncDirectoryOf(const std::string& path);

}  // namespace suyuan::kv
