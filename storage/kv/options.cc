#include "storage/kv/options.h"

#include "rocksdb/file_checksum.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"

namespace suyuan::kv {

rocksdb::DBOptions ToDbOptions(const DbOptions& options, const Memory::Impl& memory) {
  rocksdb::DBOptions db;
  db.create_if_missing = options.create && !options.read_only;
  db.create_missing_column_families = db.create_if_missing;
  db.paranoid_checks = true;  // A damaged file stops the store, never answers for it.
  // A torn tail is what a power cut leaves; anything before it must be whole.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.track_and_verify_wals_in_manifest = true;  // A closed log that went missing is noticed.
  db.atomic_flush = true;             // All families stand at one write after a crash, WAL or not.
  db.max_bgerror_resume_count = 0;    // Resuming after an error can leave families apart in 7.8.
  db.max_total_wal_size = 256 << 20;  // Bounds what is replayed at open.
  db.bytes_per_sync = 1 << 20;        // Smooths the writing of files; never the log's own sync.
  db.max_open_files = 400;            // Within the usual limit of 1,024 with several stores open.
  db.max_background_jobs = 2;
  db.keep_log_file_num = 5;
  db.max_log_file_size = 4 << 20;
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.stats_dump_period_sec = 0;  // Nobody reads them; they cost a thread.
  db.stats_persist_period_sec = 0;
  db.write_buffer_manager = memory.write_buffers;
  if (options.files != nullptr) db.env = options.files->impl()->env.get();
  if (options.durable) db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  return db;
}

rocksdb::ColumnFamilyOptions ToFamilyOptions(Usage usage, bool durable,
                                             const Memory::Impl& memory) {
  rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = usage == Usage::kSequential ? 32 << 20 : 16 << 20;
  // Some fifty families share one budget of write buffers: at the usual 1 MiB a block, idle ones
  // would fill it and every write would start a flush.
  family.arena_block_size = 64 << 10;
  family.compression = rocksdb::kLZ4Compression;  // Cheap; gives up at once on hashes.
  family.paranoid_file_checks = durable;  // Each new file is read back before the log is dropped.
  family.memtable_protection_bytes_per_key = ProtectionBytes(durable);
  family.level0_slowdown_writes_trigger = 40;  // Far from the stop, after which 7.8 can hang.
  family.level0_stop_writes_trigger = 80;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory.block_cache;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = true;  // Memory does not grow with the store.
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // A whole file's filter or index is over a megabyte: read, checked and evicted at every lookup
  // once the store outgrows the cache. In parts of a few kilobytes, the parts in use stay.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;
  table.verify_compression = durable;
  table.detect_filter_construct_corruption = durable;
  if (usage == Usage::kLookup) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));  // Most ids asked are absent.
    family.memtable_prefix_bloom_size_ratio = 0.02;
    family.memtable_whole_key_filtering = true;
  } else {
    table.block_size = 16 << 10;  // Read in runs.
  }
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

rocksdb::WriteOptions ToWriteOptions(bool durable) {
  rocksdb::WriteOptions write;
  write.sync = durable;         // OK means on disk.
  write.disableWAL = !durable;  // A view is rebuilt from the log; flushes keep it consistent.
  return write;
}

size_t ProtectionBytes(bool durable) { return durable ? 8 : 0; }

}  // namespace suyuan::kv
