// Fields of messages as lines of a golden file.
#pragma once

#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "storage/base/text.h"

namespace suyuan::test {

// Each field of the messages and of what they hold, once.
inline void VisitFields(
    const std::vector<const google::protobuf::Descriptor*>& roots,
    const std::function<void(const google::protobuf::FieldDescriptor&)>& visit) {
  std::set<const google::protobuf::Descriptor*> seen;
  const std::function<void(const google::protobuf::Descriptor*)> walk =
      [&](const google::protobuf::Descriptor* message) {
        if (!seen.insert(message).second) return;
        for (int i = 0; i < message->field_count(); ++i) {
          visit(*message->field(i));
          if (message->field(i)->message_type() != nullptr) walk(message->field(i)->message_type());
        }
      };
  for (const google::protobuf::Descriptor* root : roots) walk(root);
}

inline std::string LineOf(const google::protobuf::FieldDescriptor& field) {
  const std::string type = field.message_type() != nullptr ? field.message_type()->full_name()
                           : field.enum_type() != nullptr  ? field.enum_type()->full_name()
                                                           : field.type_name();
  return StrCat(field.full_name(), " = ", field.number(), " ",
                field.is_repeated() ? "repeated " : "", type);
}

inline std::set<std::string> LinesIn(const std::string& path) {
  std::ifstream file(path);
  std::set<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.insert(line);
  return lines;
}

inline void WriteLines(const std::string& path, const std::set<std::string>& lines) {
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << "\n";
}

}  // namespace suyuan::test
