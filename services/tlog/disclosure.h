// A value out of the vault, shown with what proves that a record committed to it: checked offline,
// with the log's key alone. Pure. The formats are storage/FORMAT.md 12 and c2sp.org/tlog-proof@v1.
#pragma once

#include "absl/status/status.h"
#include "services/tlog/note.h"
#include "suyuan/v1/identity.pb.h"

namespace suyuan::tlog {

// That the value is one of those under the root shown. INVALID_ARGUMENT: it is not complete;
// DATA_LOSS: it is not.
absl::Status CheckDisclosedValue(const v1::DiscloseResponse& shown);

// That the root is in the record shown, and the record in the log of `key`. The errors of
// ParseProof and VerifyProof; DATA_LOSS: it is of another record, or not under it.
absl::Status CheckDisclosedRecord(const v1::DiscloseResponse& shown, const VerifierKey& key);

}  // namespace suyuan::tlog
