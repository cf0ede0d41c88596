#include "storage/ledger/item_proof.h"

#include "storage/ledger/merkle.h"

namespace suyuan::ledger {
namespace {

// The items of one record as the leaves of its content tree.
class ItemHashes final : public NodeSource {
 public:
  explicit ItemHashes(const std::vector<Item>& items) {
    for (const Item& item : items) hashes_.push_back(ItemHash(item));
  }
  absl::StatusOr<Hash> Node(int height, uint64_t index) const override {
    const auto first = hashes_.begin() + static_cast<ptrdiff_t>(index << height);
    return RootOfHashes({first, first + (ptrdiff_t{1} << height)});
  }

 private:
  std::vector<Hash> hashes_;
};

}  // namespace

absl::StatusOr<std::vector<Hash>> ProveItem(const Record& record, size_t index) {
  return ProveInclusion(index, record.items.size(), ItemHashes(record.items));
}

}  // namespace suyuan::ledger
