// What the headers of a signed call say of its signature. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/rpc/incoming.h"
#include "storage/ledger/record.h"

namespace suyuan::rpc {

// All but the algorithm, which is the key's. REASON_SIGNATURE_INVALID: the headers are none: an id
// that is not 16 bytes in hex, a time that is no number or that no calendar has, a signature of
// another length.
absl::StatusOr<ledger::Authorship> AuthorshipOf(const std::string& method,
                                                const Incoming& incoming);

}  // namespace suyuan::rpc
