#include "storage/ledger/receipt.h"

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {

std::string ReceiptText(std::string_view origin, uint64_t first, uint64_t count, const Hash& root) {
  return StrCat("suyuan-receipt-v1\n", origin, "\n", first, "\n", count, "\n",
                Base64Of(AsBytes(root)), "\n");
}

absl::StatusOr<std::string> ReceiptTextOf(const Receipt& receipt, std::string_view origin,
                                          uint64_t sequence, const Hash& leaf_hash) {
  if (receipt.count == 0 || receipt.count > kReceiptGroupMax || sequence < receipt.first ||
      sequence - receipt.first >= receipt.count) {
    return absl::InvalidArgumentError("the record is not in the receipt's group");
  }
  // Up the tree, as RFC 6962 2.1.1 takes a node without a sibling up unchanged.
  uint64_t index = sequence - receipt.first;
  Hash node = leaf_hash;
  size_t used = 0;
  for (uint64_t width = receipt.count; width > 1; width = (width + 1) / 2, index /= 2) {
    const bool left = index % 2 == 0;
    if (left && index + 1 == width) continue;
    if (used == receipt.path.size()) return absl::InvalidArgumentError("the path is too short");
    const Hash& sibling = receipt.path[used++];
    node = left ? NodeHash(node, sibling) : NodeHash(sibling, node);
  }
  if (used != receipt.path.size()) return absl::InvalidArgumentError("the path is too long");
  return ReceiptText(origin, receipt.first, receipt.count, node);
}

GroupTree MakeGroupTree(const std::vector<Hash>& leaf_hashes) {
  SUYUAN_CHECK(!leaf_hashes.empty());
  GroupTree tree;
  tree.paths.resize(leaf_hashes.size());
  std::vector<Hash> row = leaf_hashes;
  for (int height = 0; row.size() > 1; ++height) {
    for (size_t leaf = 0; leaf < leaf_hashes.size(); ++leaf) {
      const size_t sibling = (leaf >> height) ^ 1;
      if (sibling < row.size()) tree.paths[leaf].push_back(row[sibling]);
    }
    size_t out = 0;
    for (size_t i = 0; i < row.size(); i += 2) {
      row[out++] = i + 1 < row.size() ? NodeHash(row[i], row[i + 1]) : row[i];
    }
    row.resize(out);
  }
  tree.root = row[0];
  return tree;
}

}  // namespace suyuan::ledger
