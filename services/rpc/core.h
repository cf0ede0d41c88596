// What happens to every call, whatever it came in by: size, signature, permission, field rules, the
// handler, the answer. Knows no transport.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/rpc/access.h"
#include "services/rpc/incoming.h"
#include "services/rpc/keys.h"
#include "services/rpc/pool.h"
#include "services/rpc/rate_limit.h"
#include "services/rpc/router.h"
#include "services/rpc/service.h"
#include "services/store/store.h"
#include "storage/base/mutex.h"
#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::rpc {

constexpr size_t kRequestMax = 256 << 10;
constexpr absl::Duration kReadSignatureAge = absl::Minutes(5);

// The rules of one method, read from its descriptor when the process starts.
struct Method {
  const Handlers* handlers = nullptr;
  const Handlers::Handler* handler = nullptr;
  std::string path;
  rules::v1::Permission permission = rules::v1::PERMISSION_UNSPECIFIED;
  bool mutation = false;
  rules::v1::Watch watch = rules::v1::WATCH_UNSPECIFIED;
};

// All methods of a service. FAILED_PRECONDITION names the first without a handler of its shape or a
// permission, or a mutation without request_id: the process does not start.
absl::StatusOr<std::vector<Method>> MethodsOf(const Handlers& handlers);

// Thread-safe. One a module; what it is given must outlive it. Handlers run on the pool.
class Core {
 public:
  // `limit`: of calls by party; null: as many as they like. `accesses`: takes what members are
  // refused and see by privilege; null: nobody asks.
  Core(store::Store* store, Pool* pool, RateLimit* limit = nullptr, AccessSums* accesses = nullptr)
      : store_(store), pool_(pool), limit_(limit), accesses_(accesses) {}

  // Answers exactly once, on any thread. REASON_QUEUE_FULL: the pool is.
  void Call(const Method& method, Incoming incoming, Answer answer);
  void Open(const Method& method, Incoming incoming, Opened opened);

 private:
  struct Checked {
    std::shared_ptr<google::protobuf::Message> request;
    rpc::Call call;
    ledger::Authorship authorship;
  };
  // `signer` is told as soon as it is known, whatever is found wrong after that.
  absl::StatusOr<std::shared_ptr<Checked>> Check(const Method& method, const Incoming& incoming,
                                                 Signer* signer);
  // As Check; a refusal is noted.
  absl::StatusOr<std::shared_ptr<Checked>> CheckNoted(const Method& method,
                                                      const Incoming& incoming);
  // Whose signature it is: of a member who may call the method, or of a newcomer.
  absl::StatusOr<domain::Caller> Authenticate(const Method& method, const Incoming& incoming,
                                              absl::Time now, ledger::Authorship* authorship,
                                              Signer* signer);
  // The member with that key, and what he may do as of now.
  absl::StatusOr<domain::Caller> CallerOf(const domain::KeyId& key, const std::string& member,
                                          const std::string& party, absl::Time now);
  // That whoever opened a stream may still read it: a key is revoked, a right ends while it runs.
  absl::Status CheckStill(const Method& method, const Checked& checked);
  absl::StatusOr<domain::Caller> AuthenticateNewcomer(const Method& method,
                                                      const Incoming& incoming,
                                                      const BroughtKey& key,
                                                      ledger::Authorship* authorship);
  absl::StatusOr<PublicKey> KeyOf(const std::string& name, uint8_t algorithm,
                                  std::string_view spki);
  void Note(const Method& method, const domain::KeyId& key, const absl::Status& status,
            absl::Time now) const;
  // What came of a call that was let in.
  void NoteAnswer(const Method& method, const Checked& checked, const absl::Status& status) const;
  void Run(const Method& method, Incoming incoming, Answer answer);
  void RunCommand(const Method& method, Incoming incoming, std::shared_ptr<Checked> checked,
                  Answer answer);
  void FinishCommand(const Method& method, bool json, std::shared_ptr<Checked> checked,
                     const store::Outcome& outcome, Answer answer);
  // Calls `go` on the pool once the view has what the request's min_sequence asks for, and what
  // the handler itself waits for is there.
  void WhenReady(const Method& method, const google::protobuf::Message& request,
                 std::function<void(absl::Status)> go);

  store::Store* const store_;
  Pool* const pool_;
  RateLimit* const limit_;
  AccessSums* const accesses_;
  Mutex mutex_;
  // Parsed keys by name: an id is a hash of its key, so an entry is right for ever.
  absl::flat_hash_map<std::string, PublicKey> keys_ ABSL_GUARDED_BY(mutex_);
};

// A method of a module of this process. `core` must outlive it.
std::unique_ptr<Endpoint> LocalEndpoint(Method method, Core* core);

}  // namespace suyuan::rpc
