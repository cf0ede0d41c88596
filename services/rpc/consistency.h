// That a log only grew, as the API shows it.
#pragma once

#include "absl/status/statusor.h"
#include "storage/ledger/client.h"
#include "suyuan/v1/audit.pb.h"

namespace suyuan::rpc {

// REASON_FIELD_OUT_OF_RANGE: a size that the log has not, or the old one is the larger.
absl::StatusOr<v1::GetConsistencyProofResponse> ConsistencyOf(
    ledger::Client& log, const v1::GetConsistencyProofRequest& request);

}  // namespace suyuan::rpc
