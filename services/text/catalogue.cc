#include "services/text/catalogue.h"

#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::text {

std::string TextOf(const google::protobuf::EnumValueDescriptor& value, Language language,
                   const std::map<std::string, std::string>& details) {
  const rules::v1::Text& words = value.options().GetExtension(rules::v1::text);
  const std::string& text = language == Language::kChinese ? words.zh() : words.en();
  if (text.empty()) return value.name();
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
    if (end == std::string::npos) {
      out.push_back(text[at++]);
      continue;
    }
    const auto detail = details.find(text.substr(at + 1, end - at - 1));
    if (detail != details.end()) out += detail->second;
    at = end + 1;
  }
  return out;
}

}  // namespace suyuan::text
