// 登记: parties, members, keys, sites, plots, products, certifications, and complaints. Owns a view
// of them, which a replay rebuilds, and the vault.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/rpc/host.h"
#include "services/rpc/keys.h"

namespace suyuan::registry {

struct RegistrySettings {
  std::string vault_dir;  // See vault.h.
  std::string keys_dir;
  // What complaints are filed with; none: nothing is filed.
  std::optional<rpc::SigningKey> complaint_key;
};

// RegistryService, IdentityService and ComplaintService. Thread-safe. The view stands in host.dir +
// "/view". UNAVAILABLE: another process has the view. The errors of Vault::Open.
absl::StatusOr<std::unique_ptr<rpc::Module>> MakeRegistry(const rpc::Host& host,
                                                          RegistrySettings settings);

}  // namespace suyuan::registry
