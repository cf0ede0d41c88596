// The log's tiles for the portal, wherever it runs: GetTile and GetEntryBundle of LedgerService.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "services/rpc/service.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// Registers the two. `log` outlives the handlers. `published_size` is of the newest published
// checkpoint: what is not under it is answered with REASON_NOT_FOUND, partial tiles included.
void AddTiles(rpc::Handlers& handlers, Client* log,
              std::function<absl::StatusOr<uint64_t>()> published_size);

}  // namespace suyuan::ledger
