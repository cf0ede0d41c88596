// What happens to every call, whatever it came in by: size, signature, permission, field rules, the
// handler, the answer. Knows no transport.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "services/rpc/incoming.h"
#include "services/rpc/keys.h"
#include "services/rpc/service.h"
#include "services/store/store.h"
#include "storage/base/mutex.h"
#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::rpc {

constexpr size_t kRequestMax = 256 << 10;
constexpr absl::Duration kReadSignatureAge = absl::Minutes(5);
constexpr absl::Duration kViewWait = absl::Seconds(5);

// The rules of one method, read from its descriptor when the server starts.
struct Method {
  const Handlers* handlers = nullptr;
  const Handlers::Handler* handler = nullptr;
  std::string path;
  rules::v1::Permission permission = rules::v1::PERMISSION_UNSPECIFIED;
  bool mutation = false;
  bool streaming = false;
};

// All methods of a service. FAILED_PRECONDITION names the first without a handler or permission, or
// a mutation without request_id: the server does not start.
absl::StatusOr<std::vector<Method>> MethodsOf(const Handlers& handlers);

// Thread-safe. `store` must outlive the core.
class Core {
 public:
  explicit Core(store::Store* store) : store_(store) {}

  // Answers exactly once, on any thread. Runs on the caller's: a pool of the module's.
  void Handle(const Method& method, Incoming incoming, Answer answer);
  void Open(const Method& method, Incoming incoming, Opened opened);

 private:
  struct Checked {
    std::shared_ptr<google::protobuf::Message> request;
    Call call;
    ledger::Authorship authorship;
  };
  absl::StatusOr<Checked> Check(const Method& method, const Incoming& incoming);
  absl::StatusOr<domain::Caller> Authenticate(const Method& method, const Incoming& incoming,
                                              absl::Time now, ledger::Authorship* authorship);
  absl::StatusOr<PublicKey> KeyOf(const std::string& key_id, uint8_t algorithm,
                                  std::string_view spki);
  void Command(const Method& method, Incoming incoming, Checked checked, Answer answer);

  store::Store* const store_;
  Mutex mutex_;
  // Parsed keys by id: an id is a hash of its key, so an entry is right for ever.
  absl::flat_hash_map<std::string, PublicKey> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::rpc
