// The ledger as a module: LedgerService over the log on disk, for modules in other processes.
#pragma once

#include <memory>
#include <string>

#include "services/ledger/publisher.h"
#include "services/rpc/host.h"
#include "services/rpc/keys.h"
#include "storage/ledger/ledger.h"

namespace suyuan::ledger {

struct LedgerModuleOptions {
  rpc::SigningKey log_key;               // Ed25519: signs checkpoints.
  std::string public_url;                // As fixed at genesis.
  Ledger* log = nullptr;                 // `host.log` itself.
  std::unique_ptr<Witnesses> witnesses;  // Asked to cosign; null: nobody.
};

// Publishes checkpoints of `options.log` (publisher.h) from when it is made. An append that came
// from another process is verified again: its author's signature, and that it says what he signed
// and may do (services/store/act_check.h). DATA_LOSS: the newest stored checkpoint is not of this
// log.
absl::StatusOr<std::unique_ptr<rpc::Module>> MakeLedgerModule(const rpc::Host& host,
                                                              LedgerModuleOptions options);

}  // namespace suyuan::ledger
