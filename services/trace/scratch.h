// Reads and writes of one record's fold: several events of a record may change the same row.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "google/protobuf/message_lite.h"
#include "storage/kv/db.h"

namespace suyuan::trace {

// Thread-compatible; one record. Changes reach `write` at Flush. The first failed read is kept and
// returned by Flush, so that a fold need not check each.
class Scratch {
 public:
  explicit Scratch(const kv::Db& db) : db_(db) {}

  // False where there is no such row.
  bool Get(int family, const std::string& key, google::protobuf::MessageLite* message);
  void Put(int family, const std::string& key, const google::protobuf::MessageLite& message);
  void PutBytes(int family, const std::string& key, std::string value);
  void Delete(int family, const std::string& key);
  absl::Status Flush(kv::WriteBatch& write);

 private:
  const kv::Db& db_;
  std::map<std::pair<int, std::string>, std::optional<std::string>> changed_;
  absl::Status status_;
};

}  // namespace suyuan::trace
