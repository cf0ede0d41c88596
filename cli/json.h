// JSON objects of our own, with their fields in the order in which they are added: what protobuf
// writes of a Struct changes its order from run to run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suyuan::cli {

// Quoted and escaped (RFC 8259 7); UTF-8 stays as it is.
std::string JsonText(std::string_view text);
std::string JsonList(const std::vector<std::string>& values);  // Of JSON values.

// Thread-compatible.
class JsonObject {
 public:
  JsonObject& Text(std::string_view name, std::string_view value);
  JsonObject& Number(std::string_view name, int64_t value);
  JsonObject& Bool(std::string_view name, bool value);
  JsonObject& Json(std::string_view name, std::string_view json);  // Any JSON value.
  std::string str() const { return "{" + fields_ + "}"; }

 private:
  std::string fields_;
};

}  // namespace suyuan::cli
