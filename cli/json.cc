#include "cli/json.h"

#include "absl/strings/str_format.h"
#include "storage/base/text.h"

namespace suyuan::cli {

std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += absl::StrFormat("\\u%04x", c);
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string JsonList(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) StrAppend(&out, out.size() == 1 ? "" : ",", value);
  return out + "]";
}

JsonObject& JsonObject::Text(std::string_view name, std::string_view value) {
  return Json(name, JsonText(value));
}
JsonObject& JsonObject::Number(std::string_view name, int64_t value) {
  return Json(name, StrCat(value));
}
JsonObject& JsonObject::Bool(std::string_view name, bool value) {
  return Json(name, value ? "true" : "false");
}
JsonObject& JsonObject::Json(std::string_view name, std::string_view json) {
  StrAppend(&fields_, fields_.empty() ? "" : ",", JsonText(name), ":", json);
  return *this;
}

}  // namespace suyuan::cli
