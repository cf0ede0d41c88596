#include "services/rpc/router.h"

#include <utility>

#include "services/domain/error.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

// One answer, waited for.
template <typename T>
class Waiting {
 public:
  void Set(T value) {
    MutexLock lock(&mutex_);
    value_ = std::move(value);
  }
  T Wait() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return value_.has_value(); });
    return *std::move(value_);
  }

 private:
  Mutex mutex_;
  std::optional<T> value_ ABSL_GUARDED_BY(mutex_);
};

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
  found->second->Call(std::move(incoming), std::move(answer));
}

void Router::Open(Incoming incoming, Opened opened) const {
  const auto found = endpoints_.find(incoming.method);
  if (found == endpoints_.end()) return opened(domain::Error(v1::REASON_METHOD_UNKNOWN));
  found->second->Open(std::move(incoming), std::move(opened));
}

absl::Status Router::AskBytes(const std::string& method, const google::protobuf::Message& request,
                              google::protobuf::Message* response) const {
  // Shared: the answering thread may still be inside Set when the asker has its answer.
  auto waiting = std::make_shared<Waiting<absl::StatusOr<std::string>>>();
  Call(InternalCall(method, request),
       [waiting](absl::StatusOr<std::string> bytes) { waiting->Set(std::move(bytes)); });
  ASSIGN_OR_RETURN(const std::string bytes, waiting->Wait());
  if (response->ParseFromString(bytes)) return absl::OkStatus();
  return absl::DataLossError("an answer cannot be read");
}

absl::Status Router::AskStreamBytes(const std::string& method,
                                    const google::protobuf::Message& request,
                                    google::protobuf::Message* message,
                                    const std::function<absl::Status()>& visit) const {
  auto opened = std::make_shared<Waiting<absl::StatusOr<Source>>>();
  Open(InternalCall(method, request),
       [opened](absl::StatusOr<Source> source) { opened->Set(std::move(source)); });
  ASSIGN_OR_RETURN(const Source source, opened->Wait());
  while (true) {
    auto next = std::make_shared<Waiting<absl::StatusOr<std::optional<std::string>>>>();
    source([next](absl::StatusOr<std::optional<std::string>> item) { next->Set(std::move(item)); });
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes, next->Wait());
    if (!bytes.has_value()) return absl::OkStatus();
    if (!message->ParseFromString(*bytes)) return absl::DataLossError("an answer cannot be read");
    RETURN_IF_ERROR(visit());
  }
}

}  // namespace suyuan::rpc
