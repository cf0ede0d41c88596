// Where calls go: to a module in this process, or to the process that has it. Public listeners and
// modules call through the one router of their process.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "google/protobuf/message.h"
#include "services/rpc/incoming.h"

namespace suyuan::rpc {

// One method, wherever it runs. Thread-safe.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual void Call(Incoming incoming, Answer answer) = 0;
  virtual void Open(Incoming incoming, Opened opened) = 0;
};

// Filled in before the process serves, then immutable and thread-safe.
class Router {
 public:
  // Aborts where the method has an endpoint already.
  void Add(std::string method, std::unique_ptr<Endpoint> endpoint);
  bool Has(std::string_view method) const;

  // Told of every answered call from outside. Called on any thread; set before the process serves.
  using Observer =
      std::function<void(const std::string& method, absl::StatusCode code, absl::Duration took)>;
  void set_observer(Observer observer) { observer_ = std::move(observer); }

  // REASON_METHOD_UNKNOWN: no endpoint. REASON_QUEUE_FULL: its module is busy.
  void Call(Incoming incoming, Answer answer) const;
  void Open(Incoming incoming, Opened opened) const;

  // For modules: an internal, unsigned call of another module, which blocks until it is answered.
  // `method` as in "/suyuan.v1.TraceService/GetJourney".
  template <typename Response>
  absl::StatusOr<Response> Ask(const std::string& method,
                               const google::protobuf::Message& request) const {
    Response response;
    absl::Status status = AskBytes(method, request, &response);
    if (!status.ok()) return status;
    return response;
  }
  // As Ask, but does not block: `answer` is called once, on any thread.
  void AskLater(const std::string& method, const google::protobuf::Message& request,
                Answer answer) const;
  // As Ask, for a stream: `visit(Message&&)` → absl::Status, until the end or the first error.
  template <typename Message, typename Visit>
  absl::Status AskStream(const std::string& method, const google::protobuf::Message& request,
                         Visit visit) const {
    Message message;
    return AskStreamBytes(method, request, &message,
                          [&]() -> absl::Status { return visit(std::move(message)); });
  }

 private:
  absl::Status AskBytes(const std::string& method, const google::protobuf::Message& request,
                        google::protobuf::Message* response) const;
  absl::Status AskStreamBytes(const std::string& method, const google::protobuf::Message& request,
                              google::protobuf::Message* message,
                              const std::function<absl::Status()>& visit) const;

  // The answer, with the observer told of it.
  Answer Observed(const Incoming& incoming, Answer answer) const;

  absl::flat_hash_map<std::string, std::unique_ptr<Endpoint>> endpoints_;
  Observer observer_;  // Null: nobody looks.
};

}  // namespace suyuan::rpc
