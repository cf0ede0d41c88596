#include "services/rpc/server.h"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/server_callback.h"
#include "services/domain/error.h"
#include "services/rpc/bytes.h"
#include "services/rpc/channel.h"
#include "services/rpc/core.h"
#include "services/rpc/gate.h"
#include "services/rpc/grpc_locks.h"
#include "services/rpc/status.h"
#include "storage/base/text.h"
#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::rpc {
namespace {

using Buffer = grpc::ByteBuffer;
using google::protobuf::MethodDescriptor;

// Above what Core refuses with a reason, so that the caller learns it; far above is cut off.
constexpr int kPublicMessageMax = 4 * kRequestMax;
constexpr int kInternalMessageMax = 32 << 20;
constexpr int kPublicStreamsMax = 256;  // Calls at a time on one connection; more wait there.
constexpr int kKeepaliveMs = 60'000;
constexpr int kHandshakeMs = 10'000;        // To be through TLS and HTTP/2's preface.
constexpr int kIdleMs = 10 * 60'000;        // A connection without a call.
constexpr int kMetadataMax = 8 << 10;       // Bytes of a call's headers.
constexpr size_t kBuffersMax = 256u << 20;  // What all connections' buffers may take together.

std::string Header(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

Incoming Receive(const grpc::CallbackServerContext& context, const std::string& method,
                 const Buffer& request, bool internal) {
  Incoming incoming;
  incoming.method = method;
  incoming.body = FromBuffer(request);
  incoming.json = Header(context, kEncodingHeader) == "json";
  incoming.key_id = Header(context, kKeyIdHeader);
  incoming.time = Header(context, kTimeHeader);
  incoming.signature = Header(context, kSignatureHeader);
  incoming.internal = internal;
  const gpr_timespec deadline = context.raw_deadline();
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  const std::chrono::duration<double, std::micro> patience(gpr_timespec_to_micros(left));
  if (patience < kPatience) {
    incoming.until =
        Monotonic::now() + std::chrono::duration_cast<std::chrono::microseconds>(patience);
  }
  return incoming;
}

// That the calling module's certificate is not revoked. A connection outlives its certificate, and
// so each call asks, and each message of a stream. `revocations` may be null.
absl::Status CheckPeer(const grpc::CallbackServerContext& context, Revocations* revocations) {
  if (revocations == nullptr) return absl::OkStatus();
  const auto shown = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  const bool good = shown.size() == 1 && !revocations->Names({shown[0].data(), shown[0].size()});
  return good ? absl::OkStatus()
              : absl::UnauthenticatedError("the calling module's certificate is revoked");
}

// Why a call is not begun. What gRPC cuts off for its size comes here as no message at all, not as
// an error.
absl::Status CheckBegin(const grpc::CallbackServerContext& context, const Buffer& request,
                        Revocations* revocations) {
  if (!request.Valid()) return domain::Error(v1::REASON_TOO_LARGE);
  return CheckPeer(context, revocations);
}

grpc::Status Answered(const absl::Status& status, bool internal) {
  return ToGrpc(internal ? status : Public(status));
}

// Sends a stream's messages, each pulled when the one before is on its way. One step at a time, so
// it needs no lock; gRPC deletes it through OnDone after Finish, which comes last.
class Writer final : public grpc::ServerWriteReactor<Buffer> {
 public:
  // `context` and `revocations` (null: none) outlive it.
  Writer(const Router& router, Incoming incoming, const absl::Status& begin,
         const grpc::CallbackServerContext* context, Revocations* revocations)
      : internal_(incoming.internal), context_(context), revocations_(revocations) {
    if (!begin.ok()) {
      Finish(Answered(begin, internal_));
      return;
    }
    router.Open(std::move(incoming), [this](absl::StatusOr<Source> source) {
      if (!source.ok()) return Finish(Answered(source.status(), internal_));
      source_ = *std::move(source);
      Pull();
    });
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    Pull();
  }
  void OnDone() override { delete this; }

 private:
  void Pull() {
    source_([this](absl::StatusOr<std::optional<std::string>> message) {
      const absl::Status still = CheckPeer(*context_, revocations_);
      if (!still.ok()) return Finish(Answered(still, internal_));
      if (!message.ok()) return Finish(Answered(message.status(), internal_));
      if (!message->has_value()) return Finish(grpc::Status::OK);
      buffer_ = ToBuffer(**message);
      StartWrite(&buffer_);
    });
  }
  const bool internal_;
  const grpc::CallbackServerContext* const context_;
  Revocations* const revocations_;
  Source source_;
  Buffer buffer_;
};

// A service whose methods are known from a descriptor and served as raw bytes.
class RawService final : public grpc::Service {
 public:
  RawService(const google::protobuf::ServiceDescriptor* service, const Router& router,
             bool internal, std::shared_ptr<Revocations> revocations)
      : revocations_(std::move(revocations)) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      const bool for_modules = method->options().GetExtension(rules::v1::method).permission() ==
                               rules::v1::PERMISSION_INTERNAL;
      // gRPC keeps a pointer to the name.
      const std::string& path =
          paths_.emplace_back(StrCat("/", service->full_name(), "/", method->name()));
      if ((for_modules && !internal) || !router.Has(path)) continue;
      if (method->server_streaming()) {
        AddStream(path, router, internal);
      } else {
        AddUnary(path, router, internal);
      }
    }
  }

 private:
  void AddUnary(const std::string& path, const Router& router, bool internal) {
    AddMethod(new grpc::internal::RpcServiceMethod(path.c_str(),
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRawCallback(
        next_++, new grpc::internal::CallbackUnaryHandler<Buffer, Buffer>(
                     [this, &path, &router, internal](grpc::CallbackServerContext* context,
                                                      const Buffer* request, Buffer* response) {
                       grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
                       const absl::Status begin =
                           CheckBegin(*context, *request, revocations_.get());
                       if (!begin.ok()) {
                         reactor->Finish(Answered(begin, internal));
                         return reactor;
                       }
                       router.Call(Receive(*context, path, *request, internal),
                                   [=](absl::StatusOr<std::string> answer) {
                                     if (answer.ok()) *response = ToBuffer(*answer);
                                     reactor->Finish(Answered(answer.status(), internal));
                                   });
                       return reactor;
                     }));
  }
  void AddStream(const std::string& path, const Router& router, bool internal) {
    AddMethod(new grpc::internal::RpcServiceMethod(
        path.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING, nullptr));
    MarkMethodRawCallback(
        next_++, new grpc::internal::CallbackServerStreamingHandler<Buffer, Buffer>(
                     [this, &path, &router, internal](grpc::CallbackServerContext* context,
                                                      const Buffer* request) {
                       return new Writer(router, Receive(*context, path, *request, internal),
                                         CheckBegin(*context, *request, revocations_.get()),
                                         context, revocations_.get());
                     }));
  }
  const std::shared_ptr<Revocations> revocations_;
  std::deque<std::string> paths_;
  int next_ = 0;
};

// A gate's connections, to gRPC as it would have taken them itself.
Gate::Hand HandTo(std::shared_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor) {
  return [acceptor = std::move(acceptor)](int socket) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = socket;
    acceptor->HandleNewConnection(&connection);
  };
}

}  // namespace

class Server::Impl {
 public:
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::vector<std::unique_ptr<RawService>> services;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<Gate> gate;  // Null of a unix socket, and once it is stopped.
  std::once_flag gate_shut;
  int port = 0;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  SkipLockGraph();
  auto impl = std::make_unique<Impl>();
  grpc::ServerBuilder builder;
  impl->credentials = ServerCredentialsOf(options.tls);
  Gate::Hand hand;
  if (options.address.starts_with("unix:")) {
    builder.AddListeningPort(options.address, impl->credentials);
  } else {
    using Type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
    hand = HandTo(
        builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, impl->credentials));
  }
  const int message_max = options.internal ? kInternalMessageMax : kPublicMessageMax;
  builder.SetMaxReceiveMessageSize(message_max);
  builder.SetMaxSendMessageSize(kInternalMessageMax);
  // A message is unpacked before its size is looked at: a thousandth of it would pass.
  for (const auto packing : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    builder.SetCompressionAlgorithmSupportStatus(packing, false);
  }
  grpc::ResourceQuota buffers;
  builder.SetResourceQuota(buffers.Resize(kBuffersMax));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  if (!options.internal) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataMax);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kPublicStreamsMax);
    // A stream pins what it reads. Whose peer is gone without a word is ended.
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs / 3);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kKeepaliveMs / 2);
  }
  const std::shared_ptr<Revocations> revocations = RevocationsOf(options.tls);
  for (const google::protobuf::ServiceDescriptor* service : options.services) {
    impl->services.push_back(
        std::make_unique<RawService>(service, *options.router, options.internal, revocations));
    builder.RegisterService(impl->services.back().get());
  }
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr) {
    return absl::UnavailableError(StrCat("cannot listen on ", options.address));
  }
  if (hand != nullptr) {
    GateLimits limits;
    if (options.internal) limits.network = limits.total;  // All modules may be on one machine.
    ASSIGN_OR_RETURN(impl->gate, Gate::Open(options.address, limits, std::move(hand)));
    impl->port = impl->gate->port();
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { Stop(absl::ZeroDuration()); }
int Server::port() const { return impl_->port; }

void Server::Stop(absl::Duration grace) {
  std::call_once(impl_->gate_shut, [this] { impl_->gate.reset(); });
  impl_->server->Shutdown(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_micros(absl::ToInt64Microseconds(grace), GPR_TIMESPAN)));
  impl_->server->Wait();
}

}  // namespace suyuan::rpc
