// The ledger's rows: its column families, and what one key of each holds. storage/FORMAT.md gives
// every byte.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {

// Indexes into LedgerFamilies().
enum LedgerFamily : int {
  kLeafFamily = 0,     // Sequence → leaf bytes.
  kContentFamily = 1,  // Sequence → items.
  kStreamFamily = 2,   // Stream name → sequence of its last record.
  kRequestFamily = 3,  // Request key → sequence.
  kTileFamily = 4,     // Level, index → 256 hashes.
  kMetaFamily = 5,     // The keys below.
};
std::vector<kv::Family> LedgerFamilies();
// As kv::Db::Open has it.
absl::StatusOr<std::unique_ptr<kv::Db>> OpenRows(const std::string& dir, kv::Memory* memory,
                                                 bool read_only, bool create,
                                                 kv::Files* files = nullptr);

constexpr uint16_t kFormat = 1;
constexpr std::string_view kFormatKey = "format";      // u16.
constexpr std::string_view kIdentityKey = "identity";  // EncodeIdentity.
constexpr std::string_view kTagKeyKey = "tag-key";     // 32 random bytes.
constexpr std::string_view kLineageKey = "lineage";    // 16 random bytes; see mark.h.
constexpr std::string_view kOpeningKey = "opening";    // See opening.h.
constexpr std::string_view kFollowedKey = "followed";  // See follower.h.
// Followed by a size as 8 bytes: the signed checkpoint of that size, as published.
constexpr std::string_view kCheckpointPrefix = "checkpoint/";
std::string CheckpointKey(uint64_t size);

std::string EncodeIdentity(const LogIdentity& identity);
absl::StatusOr<LogIdentity> DecodeIdentity(std::string_view bytes);

// Rows whose value or key is one sequence. DATA_LOSS unless it is 8 bytes.
absl::StatusOr<uint64_t> DecodeSequence(std::string_view bytes);

// 1 to 200 bytes of [A-Za-z0-9/_.-].
bool ValidStreamName(std::string_view name);

// First 16 bytes of HMAC-SHA256(tag_key, stream): the same stream always has the same tag, and one
// stream's salt says nothing of another's.
std::string TagSaltOf(std::string_view tag_key, std::string_view stream);
std::string TagSaltOf(const HmacKey& tag_key, std::string_view stream);

struct Meta {
  LogIdentity identity;
  std::string tag_key;
  std::string lineage;  // Empty: made before there were marks, and not opened under one since.
};
// FAILED_PRECONDITION: written by a newer format. DATA_LOSS: a row is missing or malformed.
absl::StatusOr<Meta> LoadMeta(const kv::Db& db);

// The row at `sequence`; DATA_LOSS, not NOT_FOUND, if it is absent: the caller knows it must be.
absl::StatusOr<std::string> LoadRow(const kv::Db& db, LedgerFamily family, uint64_t sequence);
// The leaves of `count` records from `from` on; DATA_LOSS if one is absent.
absl::StatusOr<std::vector<std::string>> LoadLeafRows(const kv::Db& db, uint64_t from, int count);
// The value of a key that holds a sequence, or kAbsent.
absl::StatusOr<uint64_t> FindSequence(const kv::Db& db, LedgerFamily family, std::string_view key,
                                      const kv::Snapshot* snapshot = nullptr);

// Decodes a record's two rows. DATA_LOSS: they do not decode, do not belong to `sequence`, or the
// items do not hash to the leaf's content root.
absl::StatusOr<Record> DecodeRecord(uint64_t sequence, std::string_view leaf,
                                    std::string_view items);
absl::StatusOr<Record> LoadRecord(const kv::Db& db, uint64_t sequence);

// The edge of the stored tree of `size` leaves.
absl::StatusOr<TreeEdge> LoadTreeEdge(const kv::Db& db, uint64_t size);

}  // namespace suyuan::ledger
