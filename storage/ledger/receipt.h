// The log's signed promise that it holds a record. One signature stands for all records answered
// together: it is over the root of a small tree of their leaf hashes. storage/FORMAT.md 9. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/hash.h"

namespace suyuan::ledger {

constexpr uint64_t kReceiptGroupMax = 1 << 20;

struct Receipt {
  uint64_t first = 0;      // Sequence of the first record of its group.
  uint64_t count = 0;      // Of the group's records, which follow one another. 0: not signed.
  std::vector<Hash> path;  // RFC 6962 2.1.1, from the record's leaf to the group's root.
  std::string signature;   // Of ReceiptText, by the log's key.
};

// "suyuan-receipt-v1\n{origin}\n{first}\n{count}\n{base64 root}\n".
std::string ReceiptText(std::string_view origin, uint64_t first, uint64_t count, const Hash& root);

// The text that a receipt of the record `sequence` has to be signed under. INVALID_ARGUMENT: the
// record is not in the receipt's group, or the path is none of such a group.
absl::StatusOr<std::string> ReceiptTextOf(const Receipt& receipt, std::string_view origin,
                                          uint64_t sequence, const Hash& leaf_hash);

// The audit path of each leaf of a tree, and the tree's root. At least one leaf.
struct GroupTree {
  Hash root{};
  std::vector<std::vector<Hash>> paths;
};
GroupTree MakeGroupTree(const std::vector<Hash>& leaf_hashes);

}  // namespace suyuan::ledger
