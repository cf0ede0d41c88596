// The services over the registry's view.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/domain/chain_rules.h"
#include "services/registry/vault.h"
#include "services/rpc/host.h"
#include "services/rpc/keys.h"
#include "services/rpc/listing.h"
#include "storage/index/projection.h"
#include "suyuan/v1/complaint.pb.h"

namespace suyuan::registry {

// `runner` outlives them. Thread-safe.
std::unique_ptr<rpc::Handlers> RegistryHandlers(index::Runner* runner);
std::unique_ptr<rpc::Handlers> IdentityHandlers(const rpc::Host& host, index::Runner* runner);

// ComplaintService (complaint.cc). `key`: what complaints are filed with; none: nothing is filed.
// `runner` and `vault` outlive them. Thread-safe.
std::unique_ptr<rpc::Handlers> ComplaintHandlers(const rpc::Host& host, index::Runner* runner,
                                                 Vault* vault, std::optional<rpc::SigningKey> key);
// The complaint whose content is of this person of the vault. NOT_FOUND: the caller may not see it.
absl::StatusOr<v1::Complaint> FindComplaintOf(store::Store& store, const domain::Caller& caller,
                                              const std::string& person);

// The root of commitments to a set's values, 32 bytes.
std::string RootOf(const v1::PrivateSet& set);
// Whatever their salts are.
bool SameValues(const v1::PrivateSet& a, const v1::PrivateSet& b);

// StorePrivate, Disclose, EraseMember (private.cc); `vault` outlives the handlers.
void AddPrivate(const rpc::Host& host, Vault* vault, rpc::Handlers& handlers);
// Erases whom the log says to be erased and the vault still has: after a crash between notice and
// erasure, or where an older vault was put back. To be done before the vault is asked for anything.
absl::Status EraseAgain(ledger::Client& log, Vault& vault);

// A thing of the view. NOT_FOUND.
template <typename Message>
absl::StatusOr<Message> GetThing(const index::Runner& runner, const std::string& name) {
  Message message;
  absl::StatusOr<bool> found = rpc::FindThing(runner.db(), name, &message);
  if (!found.ok()) return found.status();
  if (!*found) return domain::NotFound(name);
  return message;
}

}  // namespace suyuan::registry
