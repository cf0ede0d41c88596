// Answers what the audit log holds: sums by party, key and all, newest first, each with its proof.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/ledger/checkpoints.h"
#include "services/rpc/service.h"
#include "storage/index/projection.h"
#include "storage/ledger/ledger.h"
#include "suyuan/v1/audit.pb.h"

namespace suyuan::ledger {

// Folds the audit log into lists of sums. Thread-compatible: the runner's thread only.
class AccessProjection final : public index::Projection {
 public:
  int version() const override { return 1; }
  std::vector<kv::Family> families() const override;
  absl::Status Apply(const Record& record, index::Rows& rows) override;
};

// One page over such a view. REASON_PAGE_TOKEN_INVALID.
absl::StatusOr<suyuan::v1::ListAccessResponse> ListAccess(
    const kv::Db& view, const rpc::Call& call, const suyuan::v1::ListAccessRequest& request);

// Place of a sum in the audit log, from its name "{sequence}.{index}".
struct AccessName {
  uint64_t sequence = 0;
  size_t index = 0;  // Among the record's events.
};
// REASON_NOT_FOUND: not such a name.
absl::StatusOr<AccessName> ParseAccessName(const std::string& name);

// The sum with its record's proof in a checkpoint of the audit log. NOT_FOUND: the audit log, as
// far as that checkpoint goes, has none of that name.
absl::StatusOr<suyuan::v1::GetAccessProofResponse> ProveAccess(Ledger& audit_log,
                                                               const std::string& name,
                                                               const Published& published);

}  // namespace suyuan::ledger
