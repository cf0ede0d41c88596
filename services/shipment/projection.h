// Folds the log into lists of shipments, newest first: of all, and of each party that sends, gets
// or carries them; all, and those on their way.
#pragma once

#include <string_view>
#include <vector>

#include "storage/index/projection.h"

namespace suyuan::shipment {

// Lists of all, and (rpc::ListOf) of each party's own.
inline constexpr std::string_view kAll = "all";
inline constexpr std::string_view kOpen = "open";

// Thread-compatible: the runner's thread only.
class ShipmentProjection final : public index::Projection {
 public:
  int version() const override { return 1; }
  std::vector<kv::Family> families() const override;
  absl::Status Apply(const ledger::Record& record, index::Rows& rows) override;
};

}  // namespace suyuan::shipment
