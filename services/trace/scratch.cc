#include "services/trace/scratch.h"

namespace suyuan::trace {

bool Scratch::Get(int family, std::string_view key, google::protobuf::MessageLite* message) {
  const absl::StatusOr<std::string> value = rows_.Get(family, key);
  if (!value.ok()) {
    if (!absl::IsNotFound(value.status())) status_.Update(value.status());
    return false;
  }
  if (message->ParseFromString(*value)) return true;
  status_.Update(absl::DataLossError("a row of the trace view cannot be read"));
  return false;
}

}  // namespace suyuan::trace
