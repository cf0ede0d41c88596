// The tree of RFC 6962: hashes, roots and proofs over any source of nodes, and their verification
// as RFC 9162 2.1.3.2 and 2.1.4.2 give it. Pure; no disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/hash.h"

namespace suyuan::ledger {

Hash LeafHash(std::string_view leaf);                     // SHA-256(0x00 ‖ leaf).
Hash NodeHash(const Hash& left, const Hash& right);       // SHA-256(0x01 ‖ left ‖ right).
Hash EmptyRoot();                                         // SHA-256 of nothing.
Hash RootOfHashes(const std::vector<Hash>& leaf_hashes);  // Over hashes already taken.

// Complete subtrees of a tree: the node at `height` (0: leaves) covers the 2^height leaves from
// index · 2^height on.
class NodeSource {
 public:
  virtual ~NodeSource() = default;
  virtual absl::StatusOr<Hash> Node(int height, uint64_t index) const = 0;
};

// Over the first `size` leaves of `nodes`, which must have that many.
absl::StatusOr<Hash> RootOf(uint64_t size, const NodeSource& nodes);
// OUT_OF_RANGE: `index` ≥ `size`.
absl::StatusOr<std::vector<Hash>> ProveInclusion(uint64_t index, uint64_t size,
                                                 const NodeSource& nodes);
// OUT_OF_RANGE: `old_size` is 0 or past `new_size`.
absl::StatusOr<std::vector<Hash>> ProveConsistency(uint64_t old_size, uint64_t new_size,
                                                   const NodeSource& nodes);

// Bytes from elsewhere: a hash that is not 32 bytes long is refused as any wrong proof is, with
// INVALID_ARGUMENT.
absl::Status VerifyInclusion(uint64_t index, uint64_t size, std::string_view leaf_hash,
                             const std::vector<std::string>& proof, std::string_view root);
absl::Status VerifyConsistency(uint64_t old_size, uint64_t new_size, std::string_view old_root,
                               std::string_view new_root, const std::vector<std::string>& proof);

}  // namespace suyuan::ledger
