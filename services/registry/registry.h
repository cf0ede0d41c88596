// 登记: parties, members, keys, sites, plots, products. Owns a view of them, which a replay
// rebuilds.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/rpc/host.h"

namespace suyuan::registry {

// RegistryService and IdentityService. Thread-safe. The view stands in host.dir + "/view".
// UNAVAILABLE: another process has the view.
absl::StatusOr<std::unique_ptr<rpc::Module>> MakeRegistry(const rpc::Host& host);

}  // namespace suyuan::registry
