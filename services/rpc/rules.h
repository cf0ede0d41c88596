// The field rules of the contracts (suyuan.rules.v1), enforced on a parsed message by walking its
// descriptor: the .proto is the validation and cannot drift from it.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace suyuan::rpc {

constexpr int kStringMax = 200;  // Characters, where a field says nothing.
constexpr int kBytesMax = 4096;
constexpr int kItemsMax = 1000;

// The first rule that does not hold, with {field} as in "harvest.quantity.amount":
// REASON_UNKNOWN_FIELD (at any depth), FIELD_REQUIRED, FIELD_TOO_LONG, FIELD_OUT_OF_RANGE,
// FIELD_MALFORMED, TEXT_NOT_ALLOWED. Thread-safe.
absl::Status CheckRules(const google::protobuf::Message& message);

// The formats, for the command line too.
bool ValidUuid(std::string_view text);        // Lower-case 8-4-4-4-12.
bool ValidGtin(std::string_view digits);      // 8, 12, 13 or 14 digits, GS1 mod-10.
bool ValidUscc(std::string_view text);        // GB 32100-2015, mod 31.
bool ValidRegionCode(std::string_view text);  // 2, 4, 6, 9 or 12 digits.
// No control, bidirectional, invisible or invalid characters.
bool ValidText(std::string_view text);

}  // namespace suyuan::rpc
