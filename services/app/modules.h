// The modules of the service: names, APIs, and how each is made.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "services/rpc/host.h"
#include "storage/ledger/ledger.h"

namespace suyuan::app {

// What modules are configured with beside their Host.
struct Settings {
  std::string keys_dir;
  std::string public_url;               // As fixed at genesis.
  ledger::Ledger* log = nullptr;        // Where the ledger is in this process.
  ledger::Ledger* audit_log = nullptr;  // Beside it; null on a copy.
  std::string policy;                   // File of witnesses; empty: none.
  std::string audit_policy;             // Likewise, of the audit log's.
  std::string verifier_key;             // The log's own, where the ledger is in this process.
  std::string leader;                   // Whom the log follows; empty: nobody.
  std::string leader_ca;                // See ProcessOptions.
  std::string operator_key;             // File of the key that signs what a leader is asked.
  std::string vault_dir;                // Of private data.
  std::string scans_dir;                // Of counts of scans.
};

struct ModuleSpec {
  std::string_view name;
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  std::function<absl::StatusOr<std::unique_ptr<rpc::Module>>(const rpc::Host&, const Settings&)>
      make;
};

// All of them but the portal, which offers what these have to the public: each after those it
// calls, so that there are no cycles.
const std::vector<ModuleSpec>& Modules();

inline constexpr std::string_view kLedgerModule = "ledger";
inline constexpr std::string_view kPortalModule = "portal";

}  // namespace suyuan::app
