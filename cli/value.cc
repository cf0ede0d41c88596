#include "cli/value.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "services/domain/id.h"
#include "services/domain/quantity.h"
#include "services/domain/time.h"
#include "services/text/plain.h"
#include "services/text/problem.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/claim/v1/chain.pb.h"
#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::cli {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kEnteredMax = 40;  // Bytes; what is longer is not kept beside the amount.

absl::Status NotUnderstood(const std::string& text, const std::string& zh, const std::string& en) {
  return text::Problem(absl::StatusCode::kInvalidArgument,
                       StrCat("看不懂“", text, "”，请写成：", zh),
                       StrCat("cannot read '", text, "'; write ", en));
}

std::string Trimmed(absl::string_view text) {
  return std::string(absl::StripAsciiWhitespace(text));
}

// "a = b" → {a, b}; false: there is no "=".
bool SplitPair(const std::string& text, std::string* left, std::string* right) {
  const size_t at = text.rfind('=');
  if (at == std::string::npos) return false;
  *left = Trimmed(text.substr(0, at));
  *right = Trimmed(text.substr(at + 1));
  return true;
}

std::string Folded(std::string text) {
  absl::AsciiStrToLower(&text);
  std::replace(text.begin(), text.end(), '-', '_');
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

absl::StatusOr<const EnumValueDescriptor*> FindEnum(const EnumDescriptor& type,
                                                    const std::string& text) {
  std::string choices;
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    if (value.number() == 0) continue;
    const rules::v1::Text& words = value.options().GetExtension(rules::v1::text);
    const std::string folded = Folded(text);
    if (text == value.name() || text == words.zh() || folded == ShortName(value) ||
        folded == Folded(words.en())) {
      return &value;
    }
    StrAppend(&choices, choices.empty() ? "" : " | ", ShortName(value));
  }
  return NotUnderstood(text, choices, choices);
}

absl::Status SetQuantity(const std::string& text, claim::v1::Quantity* quantity) {
  ASSIGN_OR_RETURN(const domain::Amount amount, domain::ParseAmount(text));
  *quantity = domain::QuantityOf(amount);
  if (text.size() <= kEnteredMax) quantity->set_entered(text);
  return absl::OkStatus();
}

absl::Status SetMeasurement(const std::string& text, claim::v1::Measurement* measurement) {
  ASSIGN_OR_RETURN(const domain::Residue residue, domain::ParseResidue(text));
  measurement->set_below(residue.below);
  measurement->set_value_ng_per_kg(residue.ng_per_kg);
  if (text.size() <= kEnteredMax) measurement->set_entered(text);
  return absl::OkStatus();
}

absl::Status SetBatchQuantity(const std::string& text, const Resolve& resolve,
                              claim::v1::BatchQuantity* line) {
  std::string batch, amount;
  if (!SplitPair(text, &batch, &amount)) {
    return NotUnderstood(text, "批次=数量，如 BATCH=1200斤", "BATCH=AMOUNT, like BATCH=600kg");
  }
  ASSIGN_OR_RETURN(*line->mutable_batch(), resolve("batches", batch));
  return SetQuantity(amount, line->mutable_quantity());
}

absl::Status SetReceivedLine(const std::string& text, const Resolve& resolve,
                             claim::v1::ReceivedLine* line) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(';', 1));
  claim::v1::BatchQuantity received;
  std::string batch, amount;
  if (!SplitPair(parts[0], &batch, &amount)) {
    return NotUnderstood(text, "批次=实收数量;原因，如 BATCH=280kg;damaged",
                         "BATCH=AMOUNT;CAUSE, like BATCH=280kg;damaged");
  }
  RETURN_IF_ERROR(SetBatchQuantity(parts[0], resolve, &received));
  line->set_batch(received.batch());
  *line->mutable_quantity() = received.quantity();
  if (parts.size() == 1) return absl::OkStatus();
  return SetField(line, "shortfall", Trimmed(parts[1]), resolve);
}

absl::Status SetGradeOutput(const std::string& text, claim::v1::GradeOutput* output) {
  std::string grade, amount;
  if (!SplitPair(text, &grade, &amount)) {
    return NotUnderstood(text, "等级=数量，如 特级=300公斤", "GRADE=AMOUNT, like 特级=300kg");
  }
  output->set_grade(grade);
  return SetQuantity(amount, output->mutable_quantity());
}

absl::Status SetAnalyte(const std::string& text, const Resolve& resolve,
                        claim::v1::AnalyteResult* result) {
  const std::vector<std::string> parts = absl::StrSplit(text, ';');
  std::string name, value;
  if (!SplitPair(parts[0], &name, &value)) {
    return NotUnderstood(text, "项目=结果;limit=限量;source=标准;en=英文名",
                         "ANALYTE=VALUE;limit=LIMIT;source=STANDARD;en=NAME");
  }
  result->set_analyte(name);
  const EnumDescriptor& outcomes = *claim::v1::ScreeningOutcome_descriptor();
  if (const auto outcome = FindEnum(outcomes, value); outcome.ok()) {
    result->mutable_screening()->set_outcome(
        static_cast<claim::v1::ScreeningOutcome>((*outcome)->number()));
  } else {
    RETURN_IF_ERROR(SetMeasurement(value, result->mutable_measurement()));
  }
  const std::pair<const char*, const char*> kFields[] = {
      {"en", "analyte_en"},
      {"limit", "measurement.limit_ng_per_kg"},
      {"source", "measurement.limit_source"},
      {"inhibition", "screening.inhibition_permille"}};
  for (size_t i = 1; i < parts.size(); ++i) {
    const bool pair = SplitPair(parts[i], &name, &value);
    const auto* field =
        std::find_if(std::begin(kFields), std::end(kFields),
                     [&](const auto& known) { return pair && known.first == name; });
    if (field == std::end(kFields)) {
      return NotUnderstood(parts[i],
                           "limit= source= en= inhibition=", "limit= source= en= inhibition=");
    }
    RETURN_IF_ERROR(SetField(result, field->second, value, resolve));
  }
  return absl::OkStatus();
}

// "12.5", "12" → 125, 120: at most three digits and a tenth, nothing else.
std::optional<int> ParseTenths(const std::string& text) {
  const size_t point = std::min(text.find('.'), text.size());
  const std::string whole = text.substr(0, point);
  const std::string tenth = point == text.size() ? "0" : text.substr(point + 1);
  const std::string digits = whole + tenth;
  const bool exact = !whole.empty() && whole.size() <= 3 && tenth.size() == 1 &&
                     digits.find_first_not_of("0123456789") == std::string::npos;
  int tenths = 0;
  if (!exact || !absl::SimpleAtoi(digits, &tenths)) return std::nullopt;
  return tenths;
}

// "12.5%" → 125.
absl::StatusOr<int64_t> ParsePermille(const std::string& text) {
  std::string digits = Trimmed(text);
  if (!digits.empty() && digits.back() == '%') digits.pop_back();
  const std::optional<int> tenths = ParseTenths(digits);
  if (!tenths.has_value() || *tenths > 1000) return NotUnderstood(text, "12.5%", "12.5%");
  return *tenths;
}

// "-0.5" → -5.
std::optional<int> ParseDecidegrees(std::string text) {
  const bool below = text.starts_with('-');
  if (below) text.erase(0, 1);
  const std::optional<int> tenths = ParseTenths(text);
  return below && tenths.has_value() ? -*tenths : tenths;
}

absl::Status SetTemperatures(const std::string& text, claim::v1::TemperatureRange* range) {
  const std::vector<std::string> ends = absl::StrSplit(text, "..");
  if (ends.size() == 2) {
    const std::optional<int> lowest = ParseDecidegrees(Trimmed(ends[0]));
    const std::optional<int> highest = ParseDecidegrees(Trimmed(ends[1]));
    if (lowest.has_value() && highest.has_value()) {
      range->set_lowest_decidegrees(*lowest);
      range->set_highest_decidegrees(*highest);
      return absl::OkStatus();
    }
  }
  return NotUnderstood(text, "最低..最高（℃，最多一位小数），如 0..8、-18..-15.5",
                       "LOWEST..HIGHEST in ℃, a tenth at the finest, like 0..8 or -18..-15.5");
}

// A whole number, or what its field's name says it is.
absl::StatusOr<int64_t> ParseNumber(const FieldDescriptor& field, const std::string& text) {
  if (field.name().ends_with("_m2")) return domain::ParseArea(text);
  if (field.name().ends_with("_permille")) return ParsePermille(text);
  if (field.name().ends_with("_ng_per_kg")) {
    ASSIGN_OR_RETURN(const domain::Residue residue, domain::ParseResidue(text));
    if (residue.below) return NotUnderstood(text, "0.02 mg/kg", "0.02 mg/kg");
    return residue.ng_per_kg;
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return NotUnderstood(text, "整数", "a whole number");
  return number;
}

absl::Status SetNumber(Message* message, const FieldDescriptor& field, const std::string& text) {
  ASSIGN_OR_RETURN(const int64_t number, ParseNumber(field, text));
  const Reflection* reflection = message->GetReflection();
  if (field.name() == "area_m2") {
    reflection->SetString(message, message->GetDescriptor()->FindFieldByName("area_entered"), text);
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    reflection->SetInt64(message, &field, number);
    return absl::OkStatus();
  }
  if (number < INT32_MIN || number > INT32_MAX) {
    return NotUnderstood(text, "较小的整数", "a smaller whole number");
  }
  reflection->SetInt32(message, &field, static_cast<int32_t>(number));
  return absl::OkStatus();
}

absl::Status SetText(Message* message, const FieldDescriptor& field, std::string text,
                     const Resolve& resolve) {
  const Reflection* reflection = message->GetReflection();
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    std::string bytes;
    if (!ParseBase64(text, &bytes)) return NotUnderstood(text, "Base64", "Base64");
    text = std::move(bytes);
  } else if (const std::string& collection =
                 field.options().GetExtension(rules::v1::field).resource();
             !collection.empty()) {
    ASSIGN_OR_RETURN(text, resolve(collection, text));
  } else {
    text = text::Composed(text);
  }
  field.is_repeated() ? reflection->AddString(message, &field, text)
                      : reflection->SetString(message, &field, text);
  return absl::OkStatus();
}

absl::Status SetOne(Message* message, const FieldDescriptor& field, const std::string& text,
                    const Resolve& resolve) {
  const Reflection* reflection = message->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(field.is_repeated() ? reflection->AddMessage(message, &field)
                                            : reflection->MutableMessage(message, &field),
                        text, resolve);
    case FieldDescriptor::CPPTYPE_ENUM: {
      ASSIGN_OR_RETURN(const EnumValueDescriptor* value, FindEnum(*field.enum_type(), text));
      field.is_repeated() ? reflection->AddEnum(message, &field, value)
                          : reflection->SetEnum(message, &field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const std::string folded = Folded(text);
      const bool yes = folded == "true" || folded == "yes" || folded == "1" || folded == "是";
      const bool no = folded == "false" || folded == "no" || folded == "0" || folded == "否";
      if (!yes && !no) return NotUnderstood(text, "是 | 否", "yes | no");
      reflection->SetBool(message, &field, yes);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return SetText(message, field, text, resolve);
    default:
      return SetNumber(message, field, text);
  }
}

// The end of "T08:20+08:00": the offset's minutes, and how long its text is.
bool ParseOffset(std::string_view text, int* minutes, size_t* size) {
  *minutes = kDefaultOffsetMinutes;
  *size = 0;
  if (text.ends_with('Z')) {
    *minutes = 0;
    *size = 1;
    return true;
  }
  const size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign < 11) return true;  // A "-" of the date.
  const std::string_view offset = text.substr(sign + 1);
  int hours = 0, rest = 0;
  if (offset.size() != 5 || offset[2] != ':' ||
      !absl::SimpleAtoi(ToAbsl(offset.substr(0, 2)), &hours) ||
      !absl::SimpleAtoi(ToAbsl(offset.substr(3)), &rest) || hours > 14 || rest > 59) {
    return false;
  }
  *minutes = (text[sign] == '-' ? -1 : 1) * (hours * 60 + rest);
  *size = 6;
  return true;
}

}  // namespace

absl::StatusOr<claim::v1::When> ParseWhen(std::string_view text) {
  int offset = 0;
  size_t offset_size = 0;
  if (ParseOffset(text, &offset, &offset_size)) {
    const std::string local(text.substr(0, text.size() - offset_size));
    const absl::TimeZone zone = absl::FixedTimeZone(offset * 60);
    for (const char* format :
         {"%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d %H:%M"}) {
      absl::Time time;
      std::string error;
      if (!absl::ParseTime(format, local, zone, &time, &error)) continue;
      claim::v1::When when;
      *when.mutable_time() = domain::StampOf(time);
      when.set_utc_offset_minutes(offset);
      return when;
    }
  }
  return NotUnderstood(std::string(text), "2026-10-03T08:20+08:00", "2026-10-03T08:20+08:00");
}

claim::v1::When WhenOf(absl::Time time) {
  claim::v1::When when;
  *when.mutable_time() = domain::StampOf(time);
  when.set_utc_offset_minutes(kDefaultOffsetMinutes);
  return when;
}

absl::StatusOr<std::string> ResolveIds(const std::string& collection, const std::string& text) {
  const std::string name = text.find('/') == std::string::npos ? collection + "/" + text : text;
  if (domain::ValidName(collection, name)) return name;
  const std::string form = collection + "/0123456789ABCDEFGHJK";
  return NotUnderstood(text, StrCat(form, "（编号抄错了？最后一位是校验位）"),
                       StrCat(form, " (a wrong character? the last one is a check)"));
}

const FieldDescriptor* FieldAt(const google::protobuf::Descriptor* message, std::string_view path) {
  const FieldDescriptor* field = nullptr;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(path), '.')) {
    SUYUAN_CHECK(message != nullptr);
    field = message->FindFieldByName(std::string(part));
    SUYUAN_CHECK(field != nullptr);
    message = field->message_type();
  }
  return field;
}

std::string ShortName(const EnumValueDescriptor& value) {
  // PartyRole → PARTY_ROLE_.
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (std::isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix.push_back('_');
    prefix.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  }
  prefix.push_back('_');
  std::string name = value.name();
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return Folded(name);
}

absl::Status SetMessage(Message* message, const std::string& text, const Resolve& resolve) {
  const std::string& type = message->GetDescriptor()->name();
  if (type == "Quantity") return SetQuantity(text, static_cast<claim::v1::Quantity*>(message));
  if (type == "Timestamp") {
    ASSIGN_OR_RETURN(const claim::v1::When when, ParseWhen(text));
    *static_cast<google::protobuf::Timestamp*>(message) = when.time();
    return absl::OkStatus();
  }
  if (type == "When") {
    ASSIGN_OR_RETURN(*static_cast<claim::v1::When*>(message), ParseWhen(text));
    return absl::OkStatus();
  }
  if (type == "BatchQuantity") {
    return SetBatchQuantity(text, resolve, static_cast<claim::v1::BatchQuantity*>(message));
  }
  if (type == "ReceivedLine") {
    return SetReceivedLine(text, resolve, static_cast<claim::v1::ReceivedLine*>(message));
  }
  if (type == "GradeOutput") {
    return SetGradeOutput(text, static_cast<claim::v1::GradeOutput*>(message));
  }
  if (type == "TemperatureRange") {
    return SetTemperatures(text, static_cast<claim::v1::TemperatureRange*>(message));
  }
  if (type == "Measurement") {
    return SetMeasurement(text, static_cast<claim::v1::Measurement*>(message));
  }
  SUYUAN_CHECK(type == "AnalyteResult");
  return SetAnalyte(text, resolve, static_cast<claim::v1::AnalyteResult*>(message));
}

absl::Status SetField(Message* message, std::string_view path, const std::string& text,
                      const Resolve& resolve) {
  const FieldDescriptor* field = FieldAt(message->GetDescriptor(), path);
  for (size_t at = path.find('.'); at != std::string_view::npos; at = path.find('.')) {
    const FieldDescriptor* part =
        message->GetDescriptor()->FindFieldByName(std::string(path.substr(0, at)));
    message = message->GetReflection()->MutableMessage(message, part);
    path.remove_prefix(at + 1);
  }
  const bool parts = field->is_repeated() && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
  if (!parts) return SetOne(message, *field, Trimmed(text), resolve);
  for (const absl::string_view part : absl::StrSplit(text, ';')) {
    RETURN_IF_ERROR(SetOne(message, *field, Trimmed(part), resolve));
  }
  return absl::OkStatus();
}

}  // namespace suyuan::cli
