#include "services/rpc/router.h"

#include <chrono>
#include <utility>

#include "services/domain/error.h"
#include "services/rpc/waiting.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

Incoming InternalCall(const std::string& method, const google::protobuf::Message& request) {
  Incoming incoming;
  incoming.method = method;
  incoming.body = request.SerializeAsString();
  incoming.internal = true;
  return incoming;
}

}  // namespace

void Router::Add(std::string method, std::unique_ptr<Endpoint> endpoint) {
  SUYUAN_CHECK(endpoints_.emplace(std::move(method), std::move(endpoint)).second);
}

bool Router::Has(std::string_view method) const { return endpoints_.contains(ToAbsl(method)); }

void Router::Call(Incoming incoming, Answer answer) const {
  const auto found = endpoints_.find(incoming.method);
  if (found == endpoints_.end()) return answer(domain::Error(v1::REASON_METHOD_UNKNOWN));
  Answer observed = Observed(incoming, std::move(answer));
  found->second->Call(std::move(incoming), std::move(observed));
}

Answer Router::Observed(const Incoming& incoming, Answer answer) const {
  if (!observer_ || (incoming.internal && !incoming.relayed)) return answer;
  const auto began = std::chrono::steady_clock::now();
  return [this, began, method = incoming.method,
          answer = std::move(answer)](absl::StatusOr<std::string> result) {
    observer_(method, result.status().code(),
              absl::FromChrono(std::chrono::steady_clock::now() - began));
    answer(std::move(result));
  };
}

void Router::Open(Incoming incoming, Opened opened) const {
  const auto found = endpoints_.find(incoming.method);
  if (found == endpoints_.end()) return opened(domain::Error(v1::REASON_METHOD_UNKNOWN));
  found->second->Open(std::move(incoming), std::move(opened));
}

void Router::AskLater(const std::string& method, const google::protobuf::Message& request,
                      Answer answer) const {
  Call(InternalCall(method, request), std::move(answer));
}

absl::Status Router::AskBytes(const std::string& method, const google::protobuf::Message& request,
                              google::protobuf::Message* response) const {
  ASSIGN_OR_RETURN(const std::string bytes, WaitForAnswer([&](Answer answer) {
                     Call(InternalCall(method, request), std::move(answer));
                   }));
  if (response->ParseFromString(bytes)) return absl::OkStatus();
  return absl::DataLossError("an answer cannot be read");
}

absl::Status Router::AskStreamBytes(const std::string& method,
                                    const google::protobuf::Message& request,
                                    google::protobuf::Message* message,
                                    const std::function<absl::Status()>& visit) const {
  return WaitForStream(
      [&](Opened opened) { Open(InternalCall(method, request), std::move(opened)); }, message,
      visit);
}

}  // namespace suyuan::rpc
