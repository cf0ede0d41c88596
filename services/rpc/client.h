// Calls the public API: serialises once, signs those bytes, sends them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "services/rpc/keys.h"
#include "services/rpc/tls.h"
#include "storage/base/clock.h"

namespace suyuan::rpc {

struct ClientOptions {
  std::string target;  // "127.0.0.1:7100" or "unix:/path".
  Tls tls;
  std::optional<SigningKey> key;  // Absent: only public methods answer.
  std::string origin;             // The ledger's, as pinned; needed with a key.
  absl::Duration timeout = absl::Seconds(30);
  const Clock* clock = SystemClock::Get();
};

// What signs one call.
struct CallSignature {
  std::string key_id;     // 32 hex digits.
  std::string time;       // Microseconds since 1970, decimal.
  std::string signature;  // 64 bytes.
};
CallSignature SignCall(const SigningKey& key, const std::string& origin, const std::string& method,
                       bool json, absl::Time time, const std::string& body);

// Thread-safe. Errors carry their Reason (services/domain/error.h); UNAVAILABLE without one: no
// server answers.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();

  // `method` as in "/suyuan.v1.OriginService/RegisterHarvest".
  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method,
                                const google::protobuf::Message& request) {
    Response response;
    absl::Status status = CallInto(method, request, &response);
    if (!status.ok()) return status;
    return response;
  }
  absl::Status CallInto(const std::string& method, const google::protobuf::Message& request,
                        google::protobuf::Message* response);
  // A server stream: `visit(const Message&)` → absl::Status, until the end or the first error.
  template <typename Message, typename Visit>
  absl::Status Stream(const std::string& method, const google::protobuf::Message& request,
                      Visit visit) {
    Message message;
    return StreamInto(method, request, &message, [&] { return visit(message); });
  }
  // As Stream, for a message whose type is only known at run time: `visit` sees each in `message`.
  absl::Status StreamInto(const std::string& method, const google::protobuf::Message& request,
                          google::protobuf::Message* message,
                          const std::function<absl::Status()>& visit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::rpc
