#include "services/rpc/once.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "services/domain/error.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr size_t kFieldNameMax = 64;

absl::Status Malformed(std::string detail) {
  return domain::Error(v1::REASON_MALFORMED, {{"detail", std::move(detail)}});
}

absl::Status Twice(std::string_view field) { return Malformed(StrCat(field, " is there twice")); }

absl::Status CheckMessage(CodedInputStream* in, const Descriptor* type) {
  // By the field's place; after them the oneofs', which their fields share.
  absl::InlinedVector<bool, 64> seen(
      static_cast<size_t>(type->field_count() + type->oneof_decl_count()));
  while (const uint32_t tag = in->ReadTag()) {
    const FieldDescriptor* field = type->FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (field != nullptr && !field->is_repeated()) {
      const auto* choice = field->real_containing_oneof();
      const int place = choice == nullptr ? field->index() : type->field_count() + choice->index();
      bool& there = seen[static_cast<size_t>(place)];
      if (there) return Twice(field->name());
      there = true;
    }
    const bool inside =
        field != nullptr && field->message_type() != nullptr &&
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (!inside) {
      if (!WireFormatLite::SkipField(in, tag)) return Malformed("not a protobuf message");
      continue;
    }
    const auto outer = in->ReadLengthAndPushLimit();
    RETURN_IF_ERROR(CheckMessage(in, field->message_type()));
    in->PopLimit(outer);
  }
  return absl::OkStatus();
}

class JsonScan {
 public:
  explicit JsonScan(std::string_view text) : text_(text) {}
  absl::Status Document() {
    RETURN_IF_ERROR(Value(1));
    SkipSpace();
    return text_.empty() ? absl::OkStatus() : NotJson();
  }

 private:
  static absl::Status NotJson() { return Malformed("not JSON"); }
  void SkipSpace() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
  }
  // Past `c`, if it comes next.
  bool Skip(char c) {
    SkipSpace();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  absl::Status Value(int depth) {
    if (depth > kJsonDepthMax) {
      return Malformed(StrCat("nested deeper than ", kJsonDepthMax));
    }
    if (Skip('{')) return Members(depth);
    if (Skip('[')) return Elements(depth);
    if (std::string_view string; text_.starts_with('"')) return String(&string);
    return Word();
  }
  absl::Status Elements(int depth) {
    if (Skip(']')) return absl::OkStatus();
    do {
      SkipSpace();
      // protobuf's reader leaves the one out and opens the other: no list of ours holds either.
      if (text_.starts_with("null") || text_.starts_with('[')) {
        return Malformed("a list holds null or a list");
      }
      RETURN_IF_ERROR(Value(depth + 1));
    } while (Skip(','));
    return Skip(']') ? absl::OkStatus() : NotJson();
  }
  absl::Status Members(int depth) {
    if (Skip('}')) return absl::OkStatus();
    absl::flat_hash_set<std::string> seen;
    do {
      SkipSpace();
      std::string_view name;
      RETURN_IF_ERROR(String(&name));
      if (!IsFieldName(name)) return domain::Error(v1::REASON_UNKNOWN_FIELD);
      if (!seen.insert(JsonName(name)).second) return Twice(name);
      if (!Skip(':')) return NotJson();
      RETURN_IF_ERROR(Value(depth + 1));
    } while (Skip(','));
    return Skip('}') ? absl::OkStatus() : NotJson();
  }
  // What stands between the quotes, escapes as they are.
  absl::Status String(std::string_view* content) {
    const std::string_view quoted = text_;
    if (!Skip('"')) return NotJson();
    while (!text_.empty() && text_[0] != '"') {
      if (static_cast<unsigned char>(text_[0]) < 0x20) return NotJson();
      if (text_[0] == '\\' && !SkipEscape()) return NotJson();
      text_.remove_prefix(1);
    }
    *content = quoted.substr(1, quoted.size() - text_.size() - 1);
    return Skip('"') ? absl::OkStatus() : NotJson();
  }
  // To the last character of it.
  bool SkipEscape() {
    static constexpr std::string_view kEscaped = "\"\\/bfnrtu";
    if (text_.size() < 2 || kEscaped.find(text_[1]) == std::string_view::npos) return false;
    const size_t digits = text_[1] == 'u' ? 4 : 0;
    if (text_.size() < 2 + digits) return false;
    for (const char c : text_.substr(2, digits)) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
    }
    text_.remove_prefix(1 + digits);
    return true;
  }
  absl::Status Word() {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return absl::OkStatus();
    }
    return Number() ? absl::OkStatus() : NotJson();
  }
  bool Number() {
    SkipOne("-");
    const bool zero = text_.starts_with('0');
    if (const size_t digits = Digits(); digits == 0 || (zero && digits > 1)) return false;
    // Whole numbers alone (no field of ours is another): beyond 2^53 readers round the rest apart.
    return !SkipOne(".eE");
  }
  bool SkipOne(std::string_view of) {
    if (text_.empty() || of.find(text_[0]) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  size_t Digits() {
    const size_t count = std::min(text_.find_first_not_of("0123456789"), text_.size());
    text_.remove_prefix(count);
    return count;
  }
  static bool IsFieldName(std::string_view name) {
    if (name.empty() || name.size() > kFieldNameMax) return false;
    for (const char c : name) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
    }
    return true;
  }
  // "area_m2" and "areaM2" are one field: as protoc makes the second of the first.
  static std::string JsonName(std::string_view name) {
    std::string json;
    bool upper = false;
    for (const char c : name) {
      if (c != '_') json.push_back(upper ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c);
      upper = c == '_';
    }
    return json;
  }

  std::string_view text_;  // What is still to be read.
};

}  // namespace

absl::Status CheckOnce(std::string_view bytes, const Descriptor* type) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  return CheckMessage(&in, type);
}

absl::Status CheckJsonOnce(std::string_view text) { return JsonScan(text).Document(); }

}  // namespace suyuan::rpc
