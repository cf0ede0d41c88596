#include "services/portal/connect.h"

#include <algorithm>
#include <boost/json.hpp>

#include "absl/strings/numbers.h"
#include "services/domain/error.h"
#include "services/rpc/status.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::portal {
namespace {

constexpr char kJson[] = "application/json";
constexpr char kProto[] = "application/proto";

std::string_view CodeName(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
      return "canceled";
    case absl::StatusCode::kInvalidArgument:
      return "invalid_argument";
    case absl::StatusCode::kDeadlineExceeded:
      return "deadline_exceeded";
    case absl::StatusCode::kNotFound:
      return "not_found";
    case absl::StatusCode::kAlreadyExists:
      return "already_exists";
    case absl::StatusCode::kPermissionDenied:
      return "permission_denied";
    case absl::StatusCode::kResourceExhausted:
      return "resource_exhausted";
    case absl::StatusCode::kFailedPrecondition:
      return "failed_precondition";
    case absl::StatusCode::kAborted:
      return "aborted";
    case absl::StatusCode::kOutOfRange:
      return "out_of_range";
    case absl::StatusCode::kUnimplemented:
      return "unimplemented";
    case absl::StatusCode::kUnavailable:
      return "unavailable";
    case absl::StatusCode::kDataLoss:
      return "data_loss";
    case absl::StatusCode::kUnauthenticated:
      return "unauthenticated";
    default:
      return "internal";
  }
}

// Connect's details are base64 without padding.
std::string Unpadded(std::string text) {
  while (text.ends_with('=')) text.pop_back();
  return text;
}

// Binary headers come as base64, padded or not.
bool ParseHeader(std::string_view value, std::string* bytes) {
  std::string padded(value);
  while (padded.size() % 4 != 0) padded.push_back('=');
  return ParseBase64(padded, bytes);
}

// The media type without its parameters ("; charset=utf-8").
std::string_view MediaType(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}

}  // namespace

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    default:
      return 500;
  }
}

http::Response ErrorResponse(const absl::Status& hidden) {
  const absl::Status status = rpc::Public(hidden);
  boost::json::object body;
  body["code"] = std::string(CodeName(status.code()));
  body["message"] = rpc::MessageOf(status);
  boost::json::array details;
  for (const google::protobuf::Any& detail : rpc::DetailsFor(status)) {
    const std::string& url = detail.type_url();
    details.push_back(boost::json::object{{"type", url.substr(url.rfind('/') + 1)},
                                          {"value", Unpadded(Base64Of(detail.value()))}});
  }
  if (!details.empty()) body["details"] = std::move(details);
  return {HttpStatusOf(status.code()), {{"Content-Type", kJson}}, boost::json::serialize(body)};
}

rpc::Incoming IncomingOf(http::Request request) {
  rpc::Incoming incoming;
  incoming.method = std::string(request.path());
  incoming.json = MediaType(request.Header("content-type")) == kJson;
  incoming.key_id = std::string(request.Header("suyuan-key-id"));
  incoming.time = std::string(request.Header("suyuan-time"));
  // What cannot be read is no signature: Core refuses it with its reason.
  if (!ParseHeader(request.Header("suyuan-signature-bin"), &incoming.signature)) {
    incoming.signature.clear();
  }
  uint32_t patience_ms = 0;
  if (absl::SimpleAtoi(ToAbsl(request.Header("connect-timeout-ms")), &patience_ms)) {
    const auto patience = std::chrono::milliseconds(patience_ms);
    incoming.until = std::min(incoming.until, rpc::Monotonic::now() + patience);
  }
  incoming.body = std::move(request.body);
  return incoming;
}

Connect::Connect(const rpc::Router* router,
                 const std::vector<const google::protobuf::ServiceDescriptor*>& services)
    : router_(router) {
  for (const google::protobuf::ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor* method = service->method(i);
      const bool internal = method->options().GetExtension(rules::v1::method).permission() ==
                            rules::v1::PERMISSION_INTERNAL;
      if (internal || method->server_streaming()) continue;
      methods_.insert(StrCat("/", service->full_name(), "/", method->name()));
    }
  }
}

bool Connect::Serves(std::string_view path) const { return methods_.contains(path); }

void Connect::Handle(http::Request request, http::Respond respond) const {
  if (request.method != "POST") return respond({405, {{"Allow", "POST"}}, ""});
  const std::string_view type = MediaType(request.Header("content-type"));
  if (type != kJson && type != kProto) return respond({415, {}, ""});
  const std::string_view encoding = request.Header("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return respond(ErrorResponse(domain::Error(
        v1::REASON_MALFORMED, {{"detail", "compressed requests are not understood"}})));
  }
  std::string content(type);  // Which is the request's, and goes with it.
  router_->Call(IncomingOf(std::move(request)),
                [respond = std::move(respond),
                 content = std::move(content)](absl::StatusOr<std::string> answer) {
                  if (!answer.ok()) return respond(ErrorResponse(answer.status()));
                  respond({200, {{"Content-Type", content}}, *std::move(answer)});
                });
}

}  // namespace suyuan::portal
