// What people call things in their tables, and what the ledger calls them: kept in a file beside
// the tables, a line each: collection, key, name, with tabs between.
#pragma once

#include <fstream>
#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace suyuan::cli {

// Thread-compatible.
class IdMap {
 public:
  // Without a file: known only as long as this lives.
  IdMap() = default;
  // A file that is not there is an empty one. INVALID_ARGUMENT names a malformed line.
  static absl::StatusOr<IdMap> Load(const std::string& path);

  // The name of what is called `key`, as "sites/{id}"; or a name or bare id itself. NOT_FOUND.
  absl::StatusOr<std::string> Resolve(const std::string& collection, const std::string& key) const;

  // Learns a name; a later one replaces it. Written to the file at once.
  absl::Status Learn(const std::string& key, const std::string& name);
  // Forgets what is of a collection, for whoever streams a million rows. The file keeps it.
  void Forget(const std::string& collection);

 private:
  std::string path_;
  std::map<std::pair<std::string, std::string>, std::string> names_;  // (collection, key) → name.
};

}  // namespace suyuan::cli
