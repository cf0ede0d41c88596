// How typed text becomes the fields of a request: by the field's type in the contract, so that
// flags and columns of tables are read alike.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "suyuan/claim/v1/common.pb.h"

namespace suyuan::cli {

constexpr int kDefaultOffsetMinutes = 480;  // China; a time typed without an offset is of there.

// "2026-10-03T08:20+08:00", "2026-10-03 08:20", with or without seconds; "Z" is UTC.
absl::StatusOr<claim::v1::When> ParseWhen(std::string_view text);
claim::v1::When WhenOf(absl::Time time);

// Finds what a person calls a thing: (collection, text) → "sites/{id}".
using Resolve =
    std::function<absl::StatusOr<std::string>(const std::string& collection, const std::string&)>;

// Only full names ("sites/{id}") and bare ids.
absl::StatusOr<std::string> ResolveIds(const std::string& collection, const std::string& text);

// Sets the field at `path` ("party.name_en") of `message`. Lists grow: a list of texts or enums by
// each part between ";". Amounts, areas, residues and times are read as people write them, and what
// was typed is kept beside them. The text of a part:
//   an amount                "1200斤"
//   some of a batch          "BATCH=1200斤"
//   a grade                  "特级=300kg"
//   a received line          "BATCH=280kg" or "BATCH=280kg;damaged"
//   temperatures             "0..8", "-18..-15.5": lowest and highest, ℃
//   an analyte's measurement "毒死蜱=0.35 mg/kg;limit=0.02 mg/kg;source=GB
//   2763-2026;en=chlorpyrifos" an analyte's screening   "有机磷类=negative;inhibition=12.5%"
// INVALID_ARGUMENT or a Reason of quantities, with the text. A path that is not there is a bug.
absl::Status SetField(google::protobuf::Message* message, std::string_view path,
                      const std::string& text, const Resolve& resolve);

// As SetField, for the whole of a message that has a form of its own as text.
absl::Status SetMessage(google::protobuf::Message* message, const std::string& text,
                        const Resolve& resolve);

// The field at the end of a path.
const google::protobuf::FieldDescriptor* FieldAt(const google::protobuf::Descriptor* message,
                                                 std::string_view path);

// "cooperative" for PARTY_ROLE_COOPERATIVE.
std::string ShortName(const google::protobuf::EnumValueDescriptor& value);

}  // namespace suyuan::cli
