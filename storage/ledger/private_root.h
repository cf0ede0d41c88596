// Commitments to private data, as storage/FORMAT.md 12 gives them: what a record holds of a value
// that stays in the vault. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/base/hash.h"

namespace suyuan::ledger {

constexpr size_t kPrivateSaltSize = 32;

// SHA-256(0x00 ‖ "suyuan-private-v1\n" ‖ salt ‖ field ‖ length ‖ value): says nothing of the value
// to whoever lacks the salt. `field`: a number of suyuan.v1.PrivateField. Aborts unless the salt is
// 32 bytes long.
Hash CommitmentOf(std::string_view salt, uint32_t field, std::string_view value);

// RFC 6962 audit path (2.1.1) from the `index`-th of `hashes` to RootOfHashes of them all. Aborts
// unless there is such a one.
std::vector<Hash> PathOf(const std::vector<Hash>& hashes, size_t index);

}  // namespace suyuan::ledger
