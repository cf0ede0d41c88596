// What a write leaves in its author's hands, checked with the log's verifier key alone, offline.
// Pure. storage/FORMAT.md 9.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "services/tlog/note.h"
#include "storage/ledger/receipt.h"

namespace suyuan::tlog {

// The log of `key`, whose name is its origin, has signed that it holds the record `sequence` of
// that leaf hash. INVALID_ARGUMENT: the receipt is none of that record. DATA_LOSS: its signature is
// not the key's.
absl::Status CheckReceipt(const ledger::Receipt& receipt, uint64_t sequence, const Hash& leaf_hash,
                          const VerifierKey& key);

}  // namespace suyuan::tlog
