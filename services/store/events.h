// The events of a record, as folds take them.
#pragma once

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "services/domain/world.h"
#include "storage/ledger/record.h"

namespace suyuan::store {

// All of them, parsed. DATA_LOSS: one cannot be read.
absl::StatusOr<std::vector<event::v1::Event>> ParseEvents(const ledger::Record& record);

// What an AccessReport says its record's events are.
Hash HashOfEvents(const std::vector<event::v1::Event>& events);

// The root of private data that a claim of the events carries; nothing: none does.
std::optional<Hash> PrivateRootOf(const std::vector<event::v1::Event>& events);

// Calls `fold` with each in order, until it fails. DATA_LOSS: one cannot be read.
absl::Status ForEachEvent(const ledger::Record& record,
                          absl::FunctionRef<absl::Status(const domain::EventAt&)> fold);

}  // namespace suyuan::store
