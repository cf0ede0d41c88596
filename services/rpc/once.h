// What is signed says each thing once: of a field that stands there twice, parsers keep the last
// and forget the first, or mix both, and readers differ in which.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"

namespace suyuan::rpc {

constexpr int kJsonDepthMax = 32;  // Objects and lists within each other.

// REASON_MALFORMED: a field that is no list, or two of one oneof, at any depth. `bytes` were parsed
// as a message of `type` before, which bounds how deep they are.
absl::Status CheckOnce(std::string_view bytes, const google::protobuf::Descriptor* type);

// Goes before protobuf's own reader, which takes more than JSON. REASON_MALFORMED: not JSON by the
// letter of RFC 8259, a number that is not written as a whole one, null or a list in a list, deeper
// than kJsonDepthMax, or two members of one field, whichever of its two names each has.
// REASON_UNKNOWN_FIELD: no field has such a name.
absl::Status CheckJsonOnce(std::string_view text);

}  // namespace suyuan::rpc
