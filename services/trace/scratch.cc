#include "services/trace/scratch.h"

#include "storage/base/status.h"

namespace suyuan::trace {

bool Scratch::Get(int family, const std::string& key, google::protobuf::MessageLite* message) {
  const auto changed = changed_.find({family, key});
  if (changed != changed_.end()) {
    return changed->second.has_value() && message->ParseFromString(*changed->second);
  }
  absl::StatusOr<std::string> value = db_.Get(family, key);
  if (!value.ok()) {
    if (!absl::IsNotFound(value.status())) status_.Update(value.status());
    return false;
  }
  if (message->ParseFromString(*value)) return true;
  status_.Update(absl::DataLossError("a row of the trace view cannot be read"));
  return false;
}

void Scratch::Put(int family, const std::string& key,
                  const google::protobuf::MessageLite& message) {
  PutBytes(family, key, message.SerializeAsString());
}

void Scratch::PutBytes(int family, const std::string& key, std::string value) {
  changed_[{family, key}] = std::move(value);
}

void Scratch::Delete(int family, const std::string& key) { changed_[{family, key}] = std::nullopt; }

absl::Status Scratch::Flush(kv::WriteBatch& write) {
  RETURN_IF_ERROR(status_);
  for (const auto& [place, value] : changed_) {
    if (value.has_value()) {
      write.Put(place.first, place.second, *value);
    } else {
      write.Delete(place.first, place.second);
    }
  }
  return absl::OkStatus();
}

}  // namespace suyuan::trace
