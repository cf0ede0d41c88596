// 流向: shipments and the change of custody. Owns lists of them, which a replay rebuilds.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/rpc/host.h"

namespace suyuan::shipment {

// ShipmentService. Thread-safe. The view stands in host.dir + "/view".
// UNAVAILABLE: another process has the view.
absl::StatusOr<std::unique_ptr<rpc::Module>> MakeShipment(const rpc::Host& host);

}  // namespace suyuan::shipment
