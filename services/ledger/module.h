// The ledger as a module: LedgerService over the log on disk, for modules in other processes.
#pragma once

#include <memory>
#include <string>

#include "services/rpc/host.h"
#include "services/rpc/keys.h"

namespace suyuan::ledger {

struct LedgerModuleOptions {
  rpc::SigningKey log_key;  // Ed25519: signs checkpoints.
  std::string public_url;   // As fixed at genesis.
};

// `host.log` is the ledger itself. An append that came from another process is verified again: its
// author's signature, and that it says what he signed and may do (services/store/act_check.h).
std::unique_ptr<rpc::Module> MakeLedgerModule(const rpc::Host& host, LedgerModuleOptions options);

}  // namespace suyuan::ledger
