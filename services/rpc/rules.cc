#include "services/rpc/rules.h"

#include <string>

#include "google/protobuf/unknown_field_set.h"
#include "services/domain/error.h"
#include "services/domain/id.h"
#include "services/domain/time.h"
#include "services/text/plain.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"
#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using rules::v1::FieldRules;

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kUsccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";  // GB 32100 table 1.

bool AllOf(std::string_view text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}
bool Digits(std::string_view text) { return AllOf(text, "0123456789"); }

// Characters that hide, reorder or end text (Unicode TR 36): a name shows what it holds.
bool Forbidden(int32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) ||          // Controls.
         (code >= 0x200B && code <= 0x200F) || code == 0x061C ||  // Zero width, marks.
         (code >= 0x2028 && code <= 0x202E) ||                    // Separators, embeddings.
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||  // Isolates, joiners.
         (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F) ||
         (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;  // Noncharacters.
}

// Characters of a text, or -1 where one is not allowed.
int Length(std::string_view text) {
  int length = 0;
  for (; !text.empty(); ++length) {
    const int32_t code = NextCharacter(text);
    if (code < 0 || Forbidden(code)) return -1;
  }
  return length;
}

bool ValidName(std::string_view text) {
  return text::IsPlain(text) && text.front() != ' ' && text.back() != ' ' &&
         text.find("  ") == std::string_view::npos && !text.starts_with("\u3000") &&
         !text.ends_with("\u3000");
}

bool ValidFormat(rules::v1::Format format, std::string_view text) {
  switch (format) {
    case rules::v1::FORMAT_UUID:
      return ValidUuid(text);
    case rules::v1::FORMAT_GTIN:
      return ValidGtin(text);
    case rules::v1::FORMAT_USCC:
      return ValidUscc(text);
    case rules::v1::FORMAT_REGION_CODE:
      return ValidRegionCode(text);
    case rules::v1::FORMAT_NAME:
      return ValidName(text);
    case rules::v1::FORMAT_LABEL_CODE:
      return text.size() == 20 && AllOf(text, kCrockford);
    case rules::v1::FORMAT_NUMBER:
      return AllOf(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./");
    case rules::v1::FORMAT_DATE:
      return domain::ParseDay(text).has_value();
    default:
      return true;
  }
}

absl::Status Refuse(v1::Reason reason, const std::string& field) {
  return domain::Error(reason, {{"field", field}});
}

absl::Status CheckString(const FieldRules& rules, const std::string& text,
                         const std::string& field) {
  if (text.empty()) return absl::OkStatus();
  const int length = Length(text);
  if (length < 0) return Refuse(v1::REASON_TEXT_NOT_ALLOWED, field);
  const int limit = rules.max_length() > 0 ? rules.max_length() : kStringMax;
  if (length > limit) {
    return domain::Error(v1::REASON_FIELD_TOO_LONG, {{"field", field}, {"limit", StrCat(limit)}});
  }
  const bool named = rules.resource().empty() || domain::ValidName(rules.resource(), text);
  return named && ValidFormat(rules.format(), text) ? absl::OkStatus()
                                                    : Refuse(v1::REASON_FIELD_MALFORMED, field);
}

absl::Status CheckNumber(const FieldRules& rules, int64_t value, const std::string& field) {
  const bool low = rules.has_minimum() && value < rules.minimum();
  const bool high = rules.has_maximum() && value > rules.maximum();
  return low || high ? Refuse(v1::REASON_FIELD_OUT_OF_RANGE, field) : absl::OkStatus();
}

absl::Status CheckMessage(const Message& message, const std::string& prefix);

// One value: of a singular field, or the `index`-th of a list.
absl::Status CheckValue(const Message& message, const FieldDescriptor* field, int index,
                        const FieldRules& rules, const std::string& name) {
  const Reflection* reflection = message.GetReflection();
  const bool list = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text =
          list ? reflection->GetRepeatedStringReference(message, field, index, &scratch)
               : reflection->GetStringReference(message, field, &scratch);
      if (field->type() == FieldDescriptor::TYPE_STRING) return CheckString(rules, text, name);
      const size_t limit = static_cast<size_t>(rules.max_length() ? rules.max_length() : kBytesMax);
      return text.size() <= limit ? absl::OkStatus()
                                  : domain::Error(v1::REASON_FIELD_TOO_LONG,
                                                  {{"field", name}, {"limit", StrCat(limit)}});
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return CheckNumber(rules,
                         list ? reflection->GetRepeatedInt32(message, field, index)
                              : reflection->GetInt32(message, field),
                         name);
    case FieldDescriptor::CPPTYPE_INT64:
      return CheckNumber(rules,
                         list ? reflection->GetRepeatedInt64(message, field, index)
                              : reflection->GetInt64(message, field),
                         name);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = list ? reflection->GetRepeatedEnumValue(message, field, index)
                             : reflection->GetEnumValue(message, field);
      const bool known = field->enum_type()->FindValueByNumber(value) != nullptr;
      return known ? absl::OkStatus() : Refuse(v1::REASON_FIELD_OUT_OF_RANGE, name);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return CheckMessage(list ? reflection->GetRepeatedMessage(message, field, index)
                               : reflection->GetMessage(message, field),
                          name);
    default:
      return absl::OkStatus();
  }
}

// proto3: a scalar without presence is there if it is not the default.
bool Present(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) > 0
                              : message.GetReflection()->HasField(message, field);
}

absl::Status CheckField(const Message& message, const FieldDescriptor* field,
                        const std::string& name) {
  const FieldRules& rules = field->options().GetExtension(rules::v1::field);
  if (!Present(message, field)) {
    return rules.required() ? Refuse(v1::REASON_FIELD_REQUIRED, name) : absl::OkStatus();
  }
  if (!field->is_repeated()) return CheckValue(message, field, -1, rules, name);
  const int size = message.GetReflection()->FieldSize(message, field);
  const int limit = rules.max_items() > 0 ? rules.max_items() : kItemsMax;
  if (size > limit) {
    return domain::Error(v1::REASON_FIELD_TOO_LONG, {{"field", name}, {"limit", StrCat(limit)}});
  }
  for (int i = 0; i < size; ++i) {
    RETURN_IF_ERROR(CheckValue(message, field, i, rules, StrCat(name, "[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status CheckMessage(const Message& message, const std::string& prefix) {
  const Reflection* reflection = message.GetReflection();
  if (!reflection->GetUnknownFields(message).empty()) {
    return domain::Error(v1::REASON_UNKNOWN_FIELD);
  }
  const google::protobuf::Descriptor* descriptor = message.GetDescriptor();
  if (descriptor == google::protobuf::Timestamp::descriptor() &&
      !domain::ValidStamp(static_cast<const google::protobuf::Timestamp&>(message))) {
    return Refuse(v1::REASON_FIELD_OUT_OF_RANGE, prefix);
  }
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    const std::string name = prefix.empty() ? field->name() : StrCat(prefix, ".", field->name());
    RETURN_IF_ERROR(CheckField(message, field, name));
  }
  return absl::OkStatus();
}

}  // namespace

bool ValidUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !AllOf(text.substr(i, 1), "0123456789abcdef")) return false;
  }
  return true;
}

bool ValidGtin(std::string_view digits) {
  const size_t size = digits.size();
  if ((size != 8 && size != 12 && size != 13 && size != 14) || !Digits(digits)) return false;
  int sum = 0;
  for (size_t i = 0; i < size; ++i) {
    const int weight = (size - 1 - i) % 2 == 1 ? 3 : 1;  // From the check digit leftwards: 1, 3, …
    sum += weight * (digits[i] - '0');
  }
  return sum % 10 == 0;
}

bool ValidUscc(std::string_view text) {
  if (text.size() != 18 || !AllOf(text, kUsccAlphabet)) return false;
  int sum = 0, weight = 1;
  for (size_t i = 0; i < 17; ++i) {
    sum += static_cast<int>(kUsccAlphabet.find(text[i])) * weight;
    weight = weight * 3 % 31;
  }
  return kUsccAlphabet[static_cast<size_t>((31 - sum % 31) % 31)] == text.back();
}

bool ValidRegionCode(std::string_view text) {
  const size_t size = text.size();
  return (size == 2 || size == 4 || size == 6 || size == 9 || size == 12) && Digits(text);
}

bool ValidText(std::string_view text) { return Length(text) >= 0; }

absl::Status CheckRules(const Message& message) { return CheckMessage(message, ""); }

}  // namespace suyuan::rpc
