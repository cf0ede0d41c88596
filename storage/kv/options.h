// RocksDB's settings: one function a scope, a reason a line. Internal to storage/kv.
#pragma once

#include <memory>

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "rocksdb/write_buffer_manager.h"
#include "storage/kv/db.h"

namespace suyuan::kv {

struct Memory::Impl {
  std::shared_ptr<rocksdb::Cache> block_cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

struct Files::Impl {
  std::unique_ptr<rocksdb::Env> env;
};

rocksdb::DBOptions ToDbOptions(const DbOptions& options, const Memory::Impl& memory);
rocksdb::ColumnFamilyOptions ToFamilyOptions(Usage usage, bool durable, const Memory::Impl& memory);
rocksdb::WriteOptions ToWriteOptions(bool durable);

// Bytes kept beside each key of a write until it is in a file, to catch a bit flipped in memory.
size_t ProtectionBytes(bool durable);

}  // namespace suyuan::kv
