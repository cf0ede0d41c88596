#include "services/rpc/core.h"

#include <utility>

#include "google/protobuf/descriptor.h"
#include "services/domain/error.h"
#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "services/rpc/authorship.h"
#include "services/rpc/encoding.h"
#include "services/rpc/receipt.h"
#include "services/rpc/rules.h"
#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/types.pb.h"

namespace suyuan::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kKeysMax = 100'000;  // Parsed keys kept; then all are parsed again.

// An error without a reason is ours, not the caller's: it is logged here, once, and hidden. Between
// modules it travels as it is, to be handled where it is understood.
absl::Status Shown(const Method& method, const absl::Status& status) {
  if (method.permission == rules::v1::PERMISSION_INTERNAL) return status;
  if (status.ok() || domain::ReasonOf(status) != v1::REASON_UNSPECIFIED) return status;
  log::Error("call failed", {{"method", method.path}, {"status", status.ToString()}});
  return domain::Error(absl::IsUnavailable(status) ? v1::REASON_UNAVAILABLE : v1::REASON_INTERNAL);
}

absl::StatusOr<std::string> Encoded(const Method& method, const Message& message, bool json) {
  absl::StatusOr<std::string> bytes = EncodeMessage(message, json);
  if (!bytes.ok()) return Shown(method, bytes.status());
  return bytes;
}

std::string RequestIdOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("request_id");
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

int64_t MinSequenceOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("min_sequence");
  return field == nullptr ? 0 : request.GetReflection()->GetInt64(request, field);
}

void FillReceipt(const ledger::Appended& appended, Message* response) {
  const FieldDescriptor* field = response->GetDescriptor()->FindFieldByName("receipt");
  if (field == nullptr) return;
  *static_cast<v1::Receipt*>(response->GetReflection()->MutableMessage(response, field)) =
      ReceiptOf(appended, v1::LEVEL_DURABLE);
}

// The handler has the shape the contract says: a command for a mutation, a stream for a stream.
bool Fits(const Handlers::Handler& handler, bool mutation, bool streaming) {
  if (mutation) return handler.decide != nullptr && handler.respond != nullptr;
  if (streaming) return handler.stream != nullptr;
  return handler.query != nullptr || handler.async != nullptr;
}

// What a stream still has to say. Pulls come one after the other, but what orders them is inside
// gRPC, where no analysis sees it.
class Stream {
 public:
  Stream(Generator<Message> generator, absl::Time opened)
      : checked_(opened), generator_(std::move(generator)) {}
  // Once a second, whichever way the clock goes: to ask costs a ledger elsewhere a call.
  bool CheckIsDue(absl::Time now) {
    MutexLock lock(&mutex_);
    if (absl::AbsDuration(now - checked_) < kCheckEvery) return false;
    checked_ = now;
    return true;
  }
  absl::StatusOr<std::unique_ptr<Message>> Next() {
    MutexLock lock(&mutex_);
    return generator_();
  }

 private:
  static constexpr absl::Duration kCheckEvery = absl::Seconds(1);
  Mutex mutex_;
  absl::Time checked_ ABSL_GUARDED_BY(mutex_);
  const Generator<Message> generator_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::vector<Method>> MethodsOf(const Handlers& handlers) {
  std::vector<Method> methods;
  const auto* service = handlers.service();
  for (int i = 0; i < service->method_count(); ++i) {
    const auto* described = service->method(i);
    const rules::v1::MethodRules& rules = described->options().GetExtension(rules::v1::method);
    Method method;
    method.path = StrCat("/", service->full_name(), "/", described->name());
    method.handlers = &handlers;
    method.handler = handlers.Find(described->name());
    method.permission = rules.permission();
    method.mutation = rules.mutation();
    method.watch = rules.watch();
    const auto fail = [&](std::string_view what) {
      return absl::FailedPreconditionError(StrCat(method.path, " ", what));
    };
    if (method.permission == rules::v1::PERMISSION_UNSPECIFIED) return fail("has no permission");
    if (!domain::InTable(method.permission)) return fail("has a permission that no role has");
    if (method.handler == nullptr ||
        !Fits(*method.handler, method.mutation, described->server_streaming())) {
      return fail("has no handler of its shape");
    }
    const bool brings = method.permission == rules::v1::PERMISSION_ENROLL;
    if (brings != (method.handler->brings_key != nullptr)) {
      return fail("is for newcomers without naming their key, or names it for others");
    }
    if (method.mutation && described->input_type()->FindFieldByName("request_id") == nullptr) {
      return fail("changes something and has no request_id");
    }
    methods.push_back(std::move(method));
  }
  return methods;
}

absl::StatusOr<PublicKey> Core::KeyOf(const std::string& name, uint8_t algorithm,
                                      std::string_view spki) {
  {
    MutexLock lock(&mutex_);
    const auto known = keys_.find(name);
    if (known != keys_.end()) return known->second;
  }
  ASSIGN_OR_RETURN(PublicKey key, PublicKey::Parse(algorithm, spki));
  MutexLock lock(&mutex_);
  if (keys_.size() >= kKeysMax) keys_.clear();
  keys_.emplace(name, key);
  return key;
}

absl::StatusOr<domain::Caller> Core::Authenticate(const Method& method, const Incoming& incoming,
                                                  absl::Time now, ledger::Authorship* authorship,
                                                  Signer* signer) {
  ASSIGN_OR_RETURN(*authorship, AuthorshipOf(method.path, incoming));
  const auto name = domain::KeyId::FromId(HexOf(authorship->key_id));
  ASSIGN_OR_RETURN(const auto key, store_->Find<domain::KeyState>(name.name()));
  if (key == nullptr || !key->module.empty()) return domain::Error(v1::REASON_KEY_UNKNOWN);
  authorship->algorithm = static_cast<uint8_t>(key->algorithm);
  ASSIGN_OR_RETURN(const PublicKey verifier, KeyOf(name.name(), authorship->algorithm, key->spki));
  const std::string text =
      ledger::SignedText(store_->client()->identity().origin, *authorship, incoming.body);
  if (!verifier.Verify(text, incoming.signature)) {
    return domain::Error(v1::REASON_SIGNATURE_INVALID);
  }
  *signer = name;
  // A write's time is a claim, as queues may be offline for days; its request id stops replay.
  if (!method.mutation &&
      absl::AbsDuration(FromMicros(authorship->signed_micros) - now) > kReadSignatureAge) {
    return domain::Error(key->revoked ? v1::REASON_KEY_REVOKED : v1::REASON_SIGNATURE_TIME);
  }
  return CallerOf(name, key->member, key->party, now);
}

absl::StatusOr<domain::Caller> Core::CallerOf(const domain::KeyId& key, const std::string& member,
                                              const std::string& party, absl::Time now) {
  return store_->Read({key.name(), member, party, domain::GrantStream(party)},
                      [&](domain::World& world) { return domain::FindCaller(world, key, now); });
}

absl::StatusOr<domain::Caller> Core::AuthenticateNewcomer(const Method& method,
                                                          const Incoming& incoming,
                                                          const BroughtKey& key,
                                                          ledger::Authorship* authorship) {
  ASSIGN_OR_RETURN(*authorship, AuthorshipOf(method.path, incoming));
  const absl::StatusOr<PublicKey> verifier = PublicKey::Parse(key.algorithm, key.spki);
  if (!verifier.ok()) return domain::Error(v1::REASON_KEY_MALFORMED);
  authorship->algorithm = key.algorithm;
  const std::string text =
      ledger::SignedText(store_->client()->identity().origin, *authorship, incoming.body);
  if (KeyIdOf(key.algorithm, key.spki) != authorship->key_id ||
      !verifier->Verify(text, incoming.signature)) {
    return domain::Error(v1::REASON_SIGNATURE_INVALID);
  }
  domain::Caller caller;
  caller.key = domain::KeyId::FromId(HexOf(authorship->key_id));
  caller.newcomer = true;
  return caller;
}

absl::StatusOr<std::shared_ptr<Core::Checked>> Core::Check(const Method& method,
                                                           const Incoming& incoming,
                                                           Signer* signer) {
  const bool for_modules = method.permission == rules::v1::PERMISSION_INTERNAL;
  const bool for_newcomers = method.permission == rules::v1::PERMISSION_ENROLL;
  // Between modules a request may carry a whole record.
  if (!for_modules && incoming.body.size() > kRequestMax) {
    return domain::Error(v1::REASON_TOO_LARGE);
  }
  if (incoming.until < Monotonic::now()) return domain::Error(v1::REASON_DEADLINE);
  if (for_modules && !incoming.internal) return domain::Error(v1::REASON_INTERNAL_ONLY);
  auto checked = std::make_shared<Checked>();
  checked->call.now = store_->clock()->Now();
  checked->call.method = method.path;
  checked->call.internal = incoming.internal;
  if (incoming.key_id.empty()) {
    if (!for_modules && method.permission != rules::v1::PERMISSION_PUBLIC) {
      return domain::Error(v1::REASON_SIGNATURE_MISSING);
    }
  } else if (!for_newcomers) {
    ASSIGN_OR_RETURN(checked->call.caller, Authenticate(method, incoming, checked->call.now,
                                                        &checked->authorship, signer));
    if (!for_modules) {
      RETURN_IF_ERROR(domain::CheckAllowed(*checked->call.caller, method.permission));
    }
  }
  // Only what was let in counts: nobody uses up another's calls with a stolen key id. Whatever
  // process the call came in by: modules' own calls are not signed.
  if (limit_ != nullptr && checked->call.caller.has_value() && !for_modules &&
      !limit_->Take(checked->call.caller->party.name(), checked->call.now)) {
    return domain::Error(v1::REASON_RATE_LIMITED);
  }
  checked->request.reset(method.handler->request_prototype->New());
  RETURN_IF_ERROR(ParseMessage(incoming.body, incoming.json, checked->request.get()));
  // Modules' messages carry stored bytes, whose sizes are the ledger's to bound.
  if (!for_modules) RETURN_IF_ERROR(CheckRules(*checked->request));
  if (for_newcomers) {
    ASSIGN_OR_RETURN(
        checked->call.caller,
        AuthenticateNewcomer(method, incoming, method.handler->brings_key(*checked->request),
                             &checked->authorship));
  }
  return checked;
}

namespace {

// Whether a status is the service's own trouble, which says nothing of who called.
bool OfTheMachine(v1::Reason reason) {
  switch (reason) {
    case v1::REASON_UNSPECIFIED:
    case v1::REASON_BUSY:
    case v1::REASON_QUEUE_FULL:
    case v1::REASON_CLOCKS:
    case v1::REASON_UNAVAILABLE:
    case v1::REASON_VIEW_BEHIND:
    case v1::REASON_INTERNAL:
    case v1::REASON_READ_ONLY:
    case v1::REASON_DEADLINE:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Core::Note(const Method& method, const domain::KeyId& key, const absl::Status& status,
                absl::Time now) const {
  const v1::Reason reason = domain::ReasonOf(status);
  if (!status.ok() && OfTheMachine(reason)) return;
  accesses_->Add(key, method.path, reason, now);
}

void Core::NoteAnswer(const Method& method, const Checked& checked,
                      const absl::Status& status) const {
  const std::optional<domain::Caller>& caller = checked.call.caller;
  if (accesses_ == nullptr || !caller.has_value()) return;
  if (caller->newcomer) {
    if (!status.ok()) accesses_->AddUnknown();
    return;
  }
  const bool watched =
      method.watch == rules::v1::WATCH_ALWAYS ||
      (method.watch == rules::v1::WATCH_BEYOND_OWN && domain::SeesBeyondOwn(*caller));
  if (!status.ok() || watched) Note(method, caller->key, status, checked.call.now);
}

absl::StatusOr<std::shared_ptr<Core::Checked>> Core::CheckNoted(const Method& method,
                                                                const Incoming& incoming) {
  Signer signer;
  absl::StatusOr<std::shared_ptr<Checked>> checked = Check(method, incoming, &signer);
  if (checked.ok() || accesses_ == nullptr) return checked;
  if (OfTheMachine(domain::ReasonOf(checked.status()))) return checked;
  if (signer.has_value()) {
    Note(method, *signer, checked.status(), store_->clock()->Now());
  } else {
    accesses_->AddUnknown();
  }
  return checked;
}

void Core::WhenReady(const Method& method, const Message& request,
                     std::function<void(absl::Status)> go) {
  const auto resume = [this, go](absl::Status ready) {
    if (!pool_->Run([go, ready] { go(ready); })) go(domain::Error(v1::REASON_QUEUE_FULL));
  };
  if (method.handler->ready) return method.handler->ready(request, resume);
  const int64_t sequence = MinSequenceOf(request);
  if (sequence <= 0 || method.handlers->view() == nullptr) return go(absl::OkStatus());
  method.handlers->view()(static_cast<uint64_t>(sequence) + 1, [resume](absl::Status reached) {
    resume(reached.ok() ? reached : domain::Error(v1::REASON_VIEW_BEHIND));
  });
}

void Core::Call(const Method& method, Incoming incoming, Answer answer) {
  const bool queued = pool_->Run([this, &method, incoming = std::move(incoming), answer]() mutable {
    Run(method, std::move(incoming), std::move(answer));
  });
  if (!queued) answer(domain::Error(v1::REASON_QUEUE_FULL));
}

void Core::Run(const Method& method, Incoming incoming, Answer answer) {
  absl::StatusOr<std::shared_ptr<Checked>> checked = CheckNoted(method, incoming);
  if (!checked.ok()) return answer(Shown(method, checked.status()));
  if (accesses_ != nullptr && (*checked)->call.caller.has_value()) {
    answer = [this, &method, checked = *checked,
              answer = std::move(answer)](absl::StatusOr<std::string> result) {
      NoteAnswer(method, *checked, result.status());
      answer(std::move(result));
    };
  }
  const Handlers::Handler& handler = *method.handler;
  if (handler.decide) return RunCommand(method, std::move(incoming), *checked, std::move(answer));
  if (handler.stream) return answer(domain::Error(v1::REASON_METHOD_UNKNOWN));
  WhenReady(method, *(*checked)->request,
            [&method, json = incoming.json, checked = *checked, answer](absl::Status reached) {
              if (!reached.ok()) return answer(reached);
              if (method.handler->async) {
                return method.handler->async(
                    checked->call, checked->request,
                    [&method, json, answer](absl::StatusOr<std::unique_ptr<Message>> response) {
                      if (!response.ok()) return answer(Shown(method, response.status()));
                      answer(Encoded(method, **response, json));
                    });
              }
              const std::unique_ptr<Message> response(method.handler->response_prototype->New());
              const absl::Status status =
                  method.handler->query(checked->call, *checked->request, response.get());
              if (!status.ok()) return answer(Shown(method, status));
              answer(Encoded(method, *response, json));
            });
}

void Core::RunCommand(const Method& method, Incoming incoming, std::shared_ptr<Checked> checked,
                      Answer answer) {
  std::shared_ptr<const void> facts;
  if (method.handler->gather) {
    auto gathered = method.handler->gather(checked->call, *checked->request);
    if (!gathered.ok()) return answer(Shown(method, gathered.status()));
    facts = *std::move(gathered);
  }
  store::Command command;
  command.caller = *checked->call.caller;
  command.permission = method.permission;
  command.request_id = RequestIdOf(*checked->request);
  command.authorship = checked->authorship;
  command.body = std::move(incoming.body);
  command.decide = [&method, checked, facts](domain::World& world, domain::Context& context) {
    return method.handler->decide(world, context, *checked->request, facts.get());
  };
  store_->Update(std::move(command), [this, &method, json = incoming.json, checked,
                                      answer](absl::StatusOr<store::Outcome> outcome) {
    if (!outcome.ok()) return answer(Shown(method, outcome.status()));
    if (!method.handler->then) return FinishCommand(method, json, checked, *outcome, answer);
    const bool queued = pool_->Run([this, &method, json, checked, answer, outcome = *outcome] {
      FinishCommand(method, json, checked, outcome, answer);
    });
    // It is on disk; what follows from it is done by whoever repeats the request.
    if (!queued) answer(domain::Error(v1::REASON_QUEUE_FULL));
  });
}

void Core::FinishCommand(const Method& method, bool json, std::shared_ptr<Checked> checked,
                         const store::Outcome& outcome, Answer answer) {
  const Recorded recorded{outcome.appended, outcome.events};
  if (method.handler->then) {
    const absl::Status status = method.handler->then(checked->call, *checked->request, recorded);
    if (!status.ok()) return answer(Shown(method, status));
  }
  const std::unique_ptr<Message> response(method.handler->response_prototype->New());
  method.handler->respond(*checked->request, recorded, response.get());
  if (!recorded.events.empty()) FillReceipt(recorded.appended, response.get());
  answer(Encoded(method, *response, json));
}

absl::Status Core::CheckStill(const Method& method, const Checked& checked) {
  const std::optional<domain::Caller>& caller = checked.call.caller;
  if (!caller.has_value()) return absl::OkStatus();
  const absl::StatusOr<domain::Caller> now =
      CallerOf(caller->key, caller->member.name(), caller->party.name(), store_->clock()->Now());
  absl::Status status = now.ok() ? domain::CheckAllowed(*now, method.permission) : now.status();
  if (!status.ok() && accesses_ != nullptr)
    Note(method, caller->key, status, store_->clock()->Now());
  return status;
}

void Core::Open(const Method& method, Incoming incoming, Opened opened) {
  const auto open = [this, &method, json = incoming.json,
                     opened](std::shared_ptr<Checked> checked) {
    auto generator = method.handler->stream(checked->call, *checked->request);
    NoteAnswer(method, *checked, generator.status());
    if (!generator.ok()) return opened(Shown(method, generator.status()));
    auto stream = std::make_shared<Stream>(*std::move(generator), checked->call.now);
    opened(Source([this, &method, json, checked, stream](Next next) {
      const bool queued = pool_->Run([this, &method, json, checked, stream, next] {
        if (stream->CheckIsDue(store_->clock()->Now())) {
          const absl::Status still = CheckStill(method, *checked);
          if (!still.ok()) return next(Shown(method, still));
        }
        absl::StatusOr<std::unique_ptr<Message>> message = stream->Next();
        if (!message.ok()) return next(Shown(method, message.status()));
        if (*message == nullptr) return next(std::nullopt);
        next(Encoded(method, **message, json));
      });
      if (!queued) next(domain::Error(v1::REASON_QUEUE_FULL));
    }));
  };
  const bool queued = pool_->Run([this, &method, incoming = std::move(incoming), opened, open] {
    if (!method.handler->stream) return opened(domain::Error(v1::REASON_METHOD_UNKNOWN));
    absl::StatusOr<std::shared_ptr<Checked>> checked = CheckNoted(method, incoming);
    if (!checked.ok()) return opened(Shown(method, checked.status()));
    WhenReady(method, *(*checked)->request, [opened, open, checked](absl::Status reached) {
      if (!reached.ok()) return opened(reached);
      open(*checked);
    });
  });
  if (!queued) opened(domain::Error(v1::REASON_QUEUE_FULL));
}

namespace {

class Local final : public Endpoint {
 public:
  Local(Method method, Core* core) : method_(std::move(method)), core_(core) {}
  void Call(Incoming incoming, Answer answer) override {
    core_->Call(method_, std::move(incoming), std::move(answer));
  }
  void Open(Incoming incoming, Opened opened) override {
    core_->Open(method_, std::move(incoming), std::move(opened));
  }

 private:
  const Method method_;
  Core* const core_;
};

}  // namespace

std::unique_ptr<Endpoint> LocalEndpoint(Method method, Core* core) {
  return std::make_unique<Local>(std::move(method), core);
}

}  // namespace suyuan::rpc
