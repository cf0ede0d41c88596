#include "services/rpc/client.h"

#include <utility>

#include "services/rpc/channel.h"
#include "services/rpc/router.h"
#include "services/rpc/waiting.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/record.h"

namespace suyuan::rpc {

CallSignature SignCall(const SigningKey& key, const std::string& origin, const std::string& method,
                       bool json, absl::Time time, const std::string& body) {
  ledger::Authorship authorship;
  authorship.algorithm = key.algorithm();
  authorship.encoding = json ? ledger::Encoding::kJson : ledger::Encoding::kProto;
  authorship.signed_micros = ToMicros(time);
  authorship.method = method;
  return {HexOf(key.KeyId()), StrCat(authorship.signed_micros),
          key.Sign(ledger::SignedText(origin, authorship, body))};
}

class Client::Impl {
 public:
  explicit Impl(ClientOptions options)
      : options_(std::move(options)), channel_(options_.target, options_.tls) {}

  Incoming Prepare(const std::string& method, const google::protobuf::Message& request) const {
    Incoming incoming;
    incoming.method = method;
    incoming.body = request.SerializeAsString();
    if (!options_.key.has_value()) return incoming;
    CallSignature signature = SignCall(*options_.key, options_.origin, method, false,
                                       options_.clock->Now(), incoming.body);
    incoming.key_id = std::move(signature.key_id);
    incoming.time = std::move(signature.time);
    incoming.signature = std::move(signature.signature);
    return incoming;
  }
  Channel& channel() { return channel_; }
  absl::Duration timeout() const { return options_.timeout; }

 private:
  const ClientOptions options_;
  Channel channel_;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

absl::Status Client::CallInto(const std::string& method, const google::protobuf::Message& request,
                              google::protobuf::Message* response) {
  ASSIGN_OR_RETURN(const std::string bytes, WaitForAnswer([&](Answer answer) {
                     impl_->channel().Call(impl_->Prepare(method, request), impl_->timeout(),
                                           std::move(answer));
                   }));
  if (response->ParseFromString(bytes)) return absl::OkStatus();
  return absl::DataLossError("the server's answer cannot be read");
}

absl::Status Client::StreamInto(const std::string& method, const google::protobuf::Message& request,
                                google::protobuf::Message* message,
                                const std::function<absl::Status()>& visit) {
  return WaitForStream(
      [&](Opened opened) {
        impl_->channel().Open(impl_->Prepare(method, request), std::move(opened));
      },
      message, visit);
}

}  // namespace suyuan::rpc
