// How fields become words for people.
#pragma once

#include <string>
#include <string_view>

#include "cli/say.h"
#include "google/protobuf/message.h"

namespace suyuan::cli {

// The value at `path` ("claim.roles") of a message; lists joined; empty where it is not set.
// Enums by the catalogue, amounts as domain::FormatAmount, times at the ledger's usual offset.
std::string Shown(const google::protobuf::Message& message, std::string_view path,
                  Language language);

// What a field is called: by its path, or the last part of it.
const std::string& Heading(std::string_view path, Language language);

// What a thing of a collection is called: "plots" → 地块, "plot".
const std::string& CollectionWord(const std::string& collection, Language language);

}  // namespace suyuan::cli
