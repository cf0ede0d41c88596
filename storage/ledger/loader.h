// Answers Client::Load: where streams stand, and what they gained.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"
#include "storage/ledger/heads.h"

namespace suyuan::ledger {

// Thread-safe. All it is given must outlive it.
class Loader {
 public:
  Loader(const kv::Db* db, std::string_view tag_key, Heads* heads)
      : db_(db), tag_key_(tag_key), heads_(heads) {}

  absl::StatusOr<Loaded> Load(const std::vector<StreamVersion>& known,
                              std::string_view request_key) const;

 private:
  // Where streams and a request key stand, all as of one durable position.
  struct Found {
    std::vector<uint64_t> heads;
    std::optional<uint64_t> replayed_sequence;
  };
  // Nothing where the log moved one of the streams meanwhile. Else all heads are those of the size
  // that Heads answered for: a head read later that is below that size has not moved since.
  absl::StatusOr<std::optional<Found>> Find(const std::vector<StreamVersion>& streams,
                                            std::string_view request_key) const;
  absl::StatusOr<Found> FindAtOnce(const std::vector<StreamVersion>& streams,
                                   std::string_view request_key) const;
  absl::StatusOr<StreamTail> LoadTail(
      const StreamVersion& known, uint64_t head,
      std::unordered_map<uint64_t, std::shared_ptr<const Record>>& read) const;

  const kv::Db* const db_;
  const std::string_view tag_key_;
  Heads* const heads_;
};

}  // namespace suyuan::ledger
