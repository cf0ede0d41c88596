// The ledger as a module: LedgerService over the log on disk, for modules in other processes.
#pragma once

#include <memory>
#include <string>

#include "services/ledger/audit_handlers.h"
#include "services/ledger/checkpoints.h"
#include "services/ledger/following.h"
#include "services/rpc/host.h"
#include "storage/ledger/ledger.h"

namespace suyuan::ledger {

struct LedgerModuleOptions {
  std::string verifier_key;  // The log's own, as fixed at genesis.
  std::string public_url;    // As fixed at genesis.
  Ledger* log = nullptr;     // `host.log` itself.
  std::unique_ptr<Checkpoints> checkpoints;
  const Following* following = nullptr;  // Of a copy: is `checkpoints`.
  Ledger* audit_log = nullptr;           // Null: of a copy, which has none.
  std::unique_ptr<AuditHandlers> audit;  // Over audit_log.
};

// An append that came from another process is verified again: its author's signature, and that it
// says what he signed and may do (services/store/act_check.h).
std::unique_ptr<rpc::Module> MakeLedgerModule(const rpc::Host& host, LedgerModuleOptions options);

}  // namespace suyuan::ledger
