// The words for enum values, in Chinese and English: the `text` option beside each value in the
// contracts is the catalogue, shared by the command line, the pages and the docs.
#pragma once

#include <map>
#include <string>

#include "google/protobuf/descriptor.h"

namespace suyuan::text {

enum class Language { kChinese, kEnglish };

// The value's text with each `{name}` replaced by the detail of that name (empty where there is
// none). The value's own name where the contract gives no text.
std::string TextOf(const google::protobuf::EnumValueDescriptor& value, Language language,
                   const std::map<std::string, std::string>& details = {});

}  // namespace suyuan::text
