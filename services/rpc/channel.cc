#include "services/rpc/channel.h"

#include <atomic>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/client_callback.h"
#include "services/domain/error.h"
#include "services/rpc/bytes.h"
#include "services/rpc/grpc_locks.h"
#include "services/rpc/status.h"
#include "storage/base/mutex.h"

namespace suyuan::rpc {
namespace {

using Stub = grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer>;

constexpr int kMessageMax = 32 << 20;
constexpr int kReconnectMaxMs = 1000;
constexpr size_t kHeaderMax = 64;  // No key's id, time or signature is longer.

// Whether headers can hold what came in by HTTP: over a character that they cannot, gRPC ends the
// process, and over their sum the other one answers without a reason.
bool Carried(const Incoming& incoming) {
  for (const std::string* text : {&incoming.key_id, &incoming.time}) {
    for (const char c : *text) {
      if (c < 0x20 || c > 0x7E) return false;
    }
    if (text->size() > kHeaderMax) return false;
  }
  return incoming.signature.size() <= kHeaderMax;
}

void AddHeaders(const Incoming& incoming, grpc::ClientContext* context) {
  if (incoming.json) context->AddMetadata(kEncodingHeader, "json");
  if (incoming.key_id.empty()) return;
  context->AddMetadata(kKeyIdHeader, incoming.key_id);
  context->AddMetadata(kTimeHeader, incoming.time);
  context->AddMetadata(kSignatureHeader, incoming.signature);
}

// Something that gRPC has not ended yet.
class Unended {
 public:
  virtual ~Unended() = default;
  virtual void Cancel() = 0;  // Its end comes soon, on another thread.
};

// What is under way on a channel. Thread-safe.
class UnderWay {
 public:
  void Add(Unended* call) {
    MutexLock lock(&mutex_);
    calls_.insert(call);
  }
  // The last that is done for a call: its answer has returned and is destroyed.
  void Remove(Unended* call) {
    MutexLock lock(&mutex_);
    calls_.erase(call);
  }
  void CancelAndWait() {
    MutexLock lock(&mutex_);
    for (Unended* call : calls_) call->Cancel();
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return calls_.empty(); });
  }

 private:
  Mutex mutex_;
  absl::flat_hash_set<Unended*> calls_ ABSL_GUARDED_BY(mutex_);
};

struct Unary final : public Unended {
  void Cancel() override { context.TryCancel(); }
  void End(const grpc::Status& status) {
    if (!status.ok()) {
      answer(FromGrpc(status));
    } else {
      answer(FromBuffer(response));
    }
    answer = nullptr;  // With what it holds, which may not outlive the channel.
  }
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  Answer answer;
};

// A server stream, pulled one message at a time. Lives until gRPC is done with it.
class Reader final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                     public Unended {
 public:
  static std::shared_ptr<Reader> Start(Stub& stub, UnderWay* under_way, const Incoming& incoming) {
    std::shared_ptr<Reader> reader(new Reader(under_way));
    {
      MutexLock lock(&reader->mutex_);
      reader->self_ = reader;
    }
    under_way->Add(reader.get());
    AddHeaders(incoming, &reader->context_);
    reader->request_ = ToBuffer(incoming.body);
    stub.PrepareBidiStreamingCall(&reader->context_, incoming.method, {}, reader.get());
    reader->AddHold();  // Reads are started from outside of reactions.
    reader->StartWriteLast(&reader->request_, grpc::WriteOptions());
    reader->StartCall();
    return reader;
  }

  void Pull(Next next) {
    {
      MutexLock lock(&mutex_);
      if (!ended_) {
        next_ = std::move(next);
        if (holding_) StartRead(&response_);
        return;
      }
    }
    End(next);
  }

  // No more is wanted: whoever pulls nevertheless is told how it ended.
  void Cancel() override {
    context_.TryCancel();
    MutexLock lock(&mutex_);
    ReleaseHold();
  }

  void OnReadDone(bool ok) override {
    Next next;
    {
      MutexLock lock(&mutex_);
      if (!ok) return ReleaseHold();  // The end: OnDone says which.
      next = std::exchange(next_, nullptr);
    }
    next(FromBuffer(response_));
  }

  void OnDone(const grpc::Status& status) override {
    std::shared_ptr<Reader> self;
    Next next;
    {
      MutexLock lock(&mutex_);
      self = std::move(self_);
      ended_ = true;
      status_ = FromGrpc(status);
      next = std::exchange(next_, nullptr);
    }
    if (next) End(next);
    next = nullptr;
    under_way_->Remove(this);
  }

 private:
  explicit Reader(UnderWay* under_way) : under_way_(under_way) {}
  void ReleaseHold() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (std::exchange(holding_, false)) RemoveHold();
  }
  void End(const Next& next) {
    if (!status_.ok()) return next(status_);
    next(std::nullopt);
  }

  UnderWay* const under_way_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  Mutex mutex_;
  std::shared_ptr<Reader> self_ ABSL_GUARDED_BY(mutex_);
  Next next_ ABSL_GUARDED_BY(mutex_);
  bool holding_ ABSL_GUARDED_BY(mutex_) = true;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_;  // Set once, before ended_.
};

// Drops the stream with the last copy of its source.
struct Dropper {
  explicit Dropper(std::shared_ptr<Reader> stream) : reader(std::move(stream)) {}
  ~Dropper() { reader->Cancel(); }
  const std::shared_ptr<Reader> reader;
};

class Remote final : public Endpoint {
 public:
  explicit Remote(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  void Call(Incoming incoming, Answer answer) override {
    channel_->Call(incoming, absl::FromChrono(incoming.until - Monotonic::now()),
                   std::move(answer));
  }
  void Open(Incoming incoming, Opened opened) override {
    channel_->Open(incoming, std::move(opened));
  }

 private:
  const std::shared_ptr<Channel> channel_;
};

std::shared_ptr<grpc::Channel> Connect(
    const std::string& target, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageMax);
  arguments.SetMaxSendMessageSize(kMessageMax);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMaxMs / 10);
  // Channels of one process must not share connections: a test talks to several servers.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

}  // namespace

struct Channel::Impl {
  Impl(const std::string& target, const Tls& tls)
      : credentials(ChannelCredentialsOf(tls)), stub(Connect(target, credentials)) {}
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  Stub stub;
  UnderWay under_way;
  std::atomic<bool> used{false};
};

Channel::Channel(const std::string& target, const Tls& tls)
    : impl_(std::make_unique<Impl>(target, tls)) {
  SkipLockGraph();
}

// gRPC 1.51 frees its callback queue with the last channel that used it, while the queue's thread
// may still be inside (it aborts in grpc_cq_internal_unref). One used channel is therefore kept for
// as long as the process lives, and the queue with it.
Channel::~Channel() {
  impl_->under_way.CancelAndWait();
  static std::atomic<Impl*> kept{nullptr};
  Impl* none = nullptr;
  if (!impl_->used || !kept.compare_exchange_strong(none, impl_.get())) return;
  impl_->credentials.reset();  // Whose thread would go on after main.
  (void)impl_.release();
}

void Channel::Call(const Incoming& incoming, absl::Duration timeout, Answer answer) {
  if (!Carried(incoming)) return answer(domain::Error(v1::REASON_SIGNATURE_INVALID));
  impl_->used = true;
  auto call = std::make_shared<Unary>();
  AddHeaders(incoming, &call->context);
  call->context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_micros(absl::ToInt64Microseconds(timeout), GPR_TIMESPAN)));
  call->request = ToBuffer(incoming.body);
  call->answer = std::move(answer);
  UnderWay* const under_way = &impl_->under_way;
  under_way->Add(call.get());
  impl_->stub.UnaryCall(&call->context, incoming.method, {}, &call->request, &call->response,
                        [call, under_way](const grpc::Status& status) {
                          call->End(status);
                          under_way->Remove(call.get());
                        });
}

void Channel::Open(const Incoming& incoming, Opened opened) {
  if (!Carried(incoming)) return opened(domain::Error(v1::REASON_SIGNATURE_INVALID));
  impl_->used = true;
  auto dropper = std::make_shared<Dropper>(Reader::Start(impl_->stub, &impl_->under_way, incoming));
  opened(Source([dropper](Next next) { dropper->reader->Pull(std::move(next)); }));
}

std::unique_ptr<Endpoint> RemoteEndpoint(std::shared_ptr<Channel> channel) {
  return std::make_unique<Remote>(std::move(channel));
}

}  // namespace suyuan::rpc
