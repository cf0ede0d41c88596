// One shape for every method: a module registers typed handlers by name; the rest (signature,
// permission, field rules, proto or JSON, pools, replay, status, logging) is the same for all and
// lives behind Core. Methods, permissions and rules come from the service's descriptor.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/domain/context.h"
#include "services/domain/world.h"
#include "storage/ledger/client.h"

namespace suyuan::rpc {

// What a query knows of its call. `caller` is empty for public methods called without a key.
struct Call {
  std::optional<domain::Caller> caller;
  absl::Time now;
  std::string method;
  bool internal = false;  // Came from another module, not from the public listener.
};

// A decided and durable command: enough to build its answer, now or on a replay in ten years.
struct Recorded {
  ledger::Appended appended;
  std::vector<event::v1::Event> events;
};

// Produces a stream's messages one by one; nullptr ends it. Called on the module's pool, once per
// message the client took, so a slow reader holds no thread.
template <typename Message>
using Generator = std::function<absl::StatusOr<std::unique_ptr<Message>>()>;

// A public key that a request brings with it.
struct BroughtKey {
  uint8_t algorithm = 0;
  std::string spki;
};

// The handlers of one service. Registered before the server starts, then immutable. Start refuses a
// service with a method that has no handler or no permission.
class Handlers {
 public:
  using Message = google::protobuf::Message;
  using AsyncDone = std::function<void(absl::StatusOr<std::unique_ptr<Message>>)>;
  struct Handler {
    std::unique_ptr<Message> request_prototype;
    std::unique_ptr<Message> response_prototype;
    // Exactly one of decide, query, async and stream is set.
    std::function<absl::StatusOr<domain::Decision>(domain::World&, domain::Context&, const Message&,
                                                   const void* facts)>
        decide;
    std::function<void(const Message&, const Recorded&, Message*)> respond;  // With decide.
    // With decide; may be empty. What it needs from another module, asked once before it decides.
    std::function<absl::StatusOr<std::shared_ptr<const void>>(const Call&, const Message&)> gather;
    std::function<absl::Status(const Call&, const Message&, Message*)> query;
    std::function<void(const Call&, std::shared_ptr<const Message>, AsyncDone)> async;
    std::function<absl::StatusOr<Generator<Message>>(const Call&, const Message&)> stream;
    // With query or stream; may be empty. Calls `go` once, on any thread, when the call may run:
    // what it waits for holds no thread of the pool.
    std::function<void(const Message&, std::function<void(absl::Status)> go)> ready;
    // After the append of `decide` is durable and before the answer; may be empty. On the pool.
    std::function<absl::Status(const Call&, const Message&, const Recorded&)> then;
    // Of a method for devices that are not enrolled yet: the key that signs the request.
    std::function<BroughtKey(const Message&)> brings_key;
  };

  explicit Handlers(const google::protobuf::ServiceDescriptor* service) : service_(service) {}

  // A write. `decide` is pure: it may be called several times and must not keep anything.
  // `respond(request, recorded, response)` builds the answer from the record alone; the receipt
  // field is filled by Core.
  template <typename Request, typename Response, typename Decide, typename Respond>
  Handler& Command(std::string_view method, Decide decide, Respond respond) {
    Handler& handler = Add<Request, Response>(method);
    handler.decide = [decide](domain::World& world, domain::Context& context,
                              const Message& request,
                              const void*) -> absl::StatusOr<domain::Decision> {
      return decide(world, context, static_cast<const Request&>(request));
    };
    SetRespond<Request, Response>(handler, respond);
    return handler;
  }

  // A write that needs facts from another module's view: `gather(call, request)` →
  // absl::StatusOr<Facts>, asked once; `decide(world, context, request, facts)`.
  template <typename Request, typename Response, typename Facts, typename Gather, typename Decide,
            typename Respond>
  Handler& CommandWith(std::string_view method, Gather gather, Decide decide, Respond respond) {
    Handler& handler = Add<Request, Response>(method);
    handler.gather = [gather](
                         const Call& call,
                         const Message& request) -> absl::StatusOr<std::shared_ptr<const void>> {
      absl::StatusOr<Facts> facts = gather(call, static_cast<const Request&>(request));
      if (!facts.ok()) return facts.status();
      return std::make_shared<const Facts>(*std::move(facts));
    };
    handler.decide = [decide](domain::World& world, domain::Context& context,
                              const Message& request,
                              const void* facts) -> absl::StatusOr<domain::Decision> {
      return decide(world, context, static_cast<const Request&>(request),
                    *static_cast<const Facts*>(facts));
    };
    SetRespond<Request, Response>(handler, respond);
    return handler;
  }

  // A read: `query(call, request)` → absl::StatusOr<Response>. May block on the view only.
  template <typename Request, typename Response, typename Query_>
  Handler& Query(std::string_view method, Query_ query) {
    Handler& handler = Add<Request, Response>(method);
    handler.query = [query](const Call& call, const Message& request,
                            Message* response) -> absl::Status {
      absl::StatusOr<Response> answer = query(call, static_cast<const Request&>(request));
      if (answer.ok()) *static_cast<Response*>(response) = *std::move(answer);
      return answer.status();
    };
    return handler;
  }

  // A read that answers later, on any thread: `start(call, request, done)` with `request` a
  // std::shared_ptr<const Request> and `done(absl::StatusOr<Response>)` called exactly once.
  template <typename Request, typename Response, typename Start>
  Handler& Async(std::string_view method, Start start) {
    Handler& handler = Add<Request, Response>(method);
    handler.async = [start](const Call& call, std::shared_ptr<const Message> request,
                            AsyncDone done) {
      start(call, std::static_pointer_cast<const Request>(request),
            [done = std::move(done)](absl::StatusOr<Response> answer) {
              if (!answer.ok()) return done(answer.status());
              done(std::make_unique<Response>(*std::move(answer)));
            });
    };
    return handler;
  }

  // A server stream: `open(call, request)` → absl::StatusOr<Generator<Response>>.
  template <typename Request, typename Response, typename Open>
  Handler& Stream(std::string_view method, Open open) {
    Handler& handler = Add<Request, Response>(method);
    handler.stream = [open](const Call& call,
                            const Message& request) -> absl::StatusOr<Generator<Message>> {
      absl::StatusOr<Generator<Response>> typed = open(call, static_cast<const Request&>(request));
      if (!typed.ok()) return typed.status();
      return Generator<Message>(
          [next = *std::move(typed)]() -> absl::StatusOr<std::unique_ptr<Message>> {
            return next();
          });
    };
    return handler;
  }

  // Queries and streams of this service with a `min_sequence` above the view's position wait for
  // the view first: `when_reached(size, done)`.
  using WhenReached = std::function<void(uint64_t size, std::function<void(absl::Status)> done)>;
  void set_view(WhenReached when_reached) { when_reached_ = std::move(when_reached); }

  const google::protobuf::ServiceDescriptor* service() const { return service_; }
  const Handler* Find(std::string_view method) const;
  const WhenReached& view() const { return when_reached_; }

 private:
  template <typename Request, typename Response, typename Respond>
  static void SetRespond(Handler& handler, Respond respond) {
    handler.respond = [respond](const Message& request, const Recorded& recorded,
                                Message* response) {
      respond(static_cast<const Request&>(request), recorded, static_cast<Response*>(response));
    };
  }
  template <typename Request, typename Response>
  Handler& Add(std::string_view method) {
    Handler& handler = AddNamed(method);
    handler.request_prototype = std::make_unique<Request>();
    handler.response_prototype = std::make_unique<Response>();
    return handler;
  }
  Handler& AddNamed(std::string_view method);  // Aborts on an unknown or repeated name.

  const google::protobuf::ServiceDescriptor* const service_;
  std::vector<std::pair<std::string, std::unique_ptr<Handler>>> handlers_;
  WhenReached when_reached_;
};

}  // namespace suyuan::rpc
