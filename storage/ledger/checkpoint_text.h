// What a checkpoint says, whoever signed it: c2sp.org/tlog-checkpoint. Pure.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// The size and root that a note states for the log of that origin; signatures are not looked at.
// DATA_LOSS: it is no checkpoint, or another log's.
absl::StatusOr<TreeHead> ReadCheckpointText(std::string_view note, std::string_view origin);

}  // namespace suyuan::ledger
