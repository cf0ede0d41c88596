#include "services/rpc/encoding.h"

#include "google/protobuf/util/json_util.h"
#include "services/domain/error.h"
#include "services/rpc/once.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr size_t kDetailMax = 200;

// protobuf quotes the input at length; the first words say what is wrong. Whole characters.
std::string FirstOf(std::string_view detail) {
  detail = detail.substr(0, detail.find('\n'));
  if (detail.size() <= kDetailMax) return std::string(detail);
  size_t end = kDetailMax;
  while (end > 0 && (static_cast<unsigned char>(detail[end]) & 0xC0) == 0x80) --end;
  return std::string(detail.substr(0, end));
}

}  // namespace

absl::Status ParseMessage(std::string_view bytes, bool json, google::protobuf::Message* message) {
  if (!json) {
    if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return CheckOnce(bytes, message->GetDescriptor());
    }
    return domain::Error(v1::REASON_MALFORMED, {{"detail", "not a protobuf message"}});
  }
  RETURN_IF_ERROR(CheckJsonOnce(bytes));
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(bytes.data(), bytes.size()), message);
  if (status.ok()) return absl::OkStatus();
  const std::string detail(status.message().data(), status.message().size());
  if (detail.find("Cannot find field") != std::string::npos) {
    return domain::Error(v1::REASON_UNKNOWN_FIELD);
  }
  return domain::Error(v1::REASON_MALFORMED, {{"detail", FirstOf(detail)}});
}

absl::StatusOr<std::string> EncodeMessage(const google::protobuf::Message& message, bool json) {
  if (!json) return message.SerializeAsString();
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text);
  if (status.ok()) return text;
  return absl::InternalError(StrCat("an answer has no JSON: ",
                                    std::string(status.message().data(), status.message().size())));
}

}  // namespace suyuan::rpc
