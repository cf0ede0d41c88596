// Messages to and from the bytes of a call: protobuf, or its canonical JSON.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace suyuan::rpc {

// REASON_MALFORMED: also where a field stands twice (once.h); REASON_UNKNOWN_FIELD, in JSON.
// Nesting is bounded by protobuf at 100, in JSON at 32.
absl::Status ParseMessage(std::string_view bytes, bool json, google::protobuf::Message* message);
// INTERNAL: it has no JSON, as with a time that is none; nobody but us makes such a message.
absl::StatusOr<std::string> EncodeMessage(const google::protobuf::Message& message, bool json);

}  // namespace suyuan::rpc
