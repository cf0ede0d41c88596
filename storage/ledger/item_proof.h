// That an item is one of a record's, without the others.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "storage/ledger/record.h"

namespace suyuan::ledger {

// RFC 6962 audit path from the item at `index` to the leaf's content root. OUT_OF_RANGE: it has not
// so many.
absl::StatusOr<std::vector<Hash>> ProveItem(const Record& record, size_t index);

}  // namespace suyuan::ledger
