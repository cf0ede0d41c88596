// The rows of a view while a group of records is folded into it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "storage/kv/db.h"

namespace suyuan::index {

// Reads see what was put before, by this record or an earlier one of the group. Thread-compatible.
class Rows {
 public:
  // `db` holds the view as of the records before the group, and must outlive this.
  explicit Rows(const kv::Db& db) : db_(db) {}

  // NOT_FOUND: no such row.
  absl::StatusOr<std::string> Get(int family, std::string_view key) const;
  void Put(int family, std::string_view key, std::string_view value);
  void Delete(int family, std::string_view key);

  size_t bytes() const { return bytes_; }  // Of what was put.
  // Moves every change into `write`, a row once.
  void Flush(kv::WriteBatch& write);

 private:
  void Change(int family, std::string_view key, std::optional<std::string> value);

  const kv::Db& db_;
  absl::flat_hash_map<std::string, std::optional<std::string>> changed_;  // Family byte ‖ key.
  size_t bytes_ = 0;
};

}  // namespace suyuan::index
