// 登记: parties, members, keys, sites, plots, products. Owns a view of them, which a replay
// rebuilds.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/rpc/host.h"

namespace suyuan::registry {

struct RegistrySettings {
  std::string vault_dir;  // See vault.h.
  std::string keys_dir;
};

// RegistryService and IdentityService. Thread-safe. The view stands in host.dir + "/view".
// UNAVAILABLE: another process has the view. The errors of Vault::Open.
absl::StatusOr<std::unique_ptr<rpc::Module>> MakeRegistry(const rpc::Host& host,
                                                          const RegistrySettings& settings);

}  // namespace suyuan::registry
