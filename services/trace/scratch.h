// Rows of the trace view as messages.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message_lite.h"
#include "storage/index/rows.h"

namespace suyuan::trace {

// Thread-compatible. The first failed read is kept for status(), so that a fold need not check
// each.
class Scratch {
 public:
  explicit Scratch(index::Rows& rows) : rows_(rows) {}

  // False where there is no such row.
  bool Get(int family, std::string_view key, google::protobuf::MessageLite* message);
  void Put(int family, std::string_view key, const google::protobuf::MessageLite& message) {
    rows_.Put(family, key, message.SerializeAsString());
  }
  void PutBytes(int family, std::string_view key, std::string_view value) {
    rows_.Put(family, key, value);
  }
  void Delete(int family, std::string_view key) { rows_.Delete(family, key); }
  const absl::Status& status() const { return status_; }

 private:
  index::Rows& rows_;
  absl::Status status_;
};

}  // namespace suyuan::trace
