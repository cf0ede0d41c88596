#include "storage/ledger/private_root.h"

#include <bit>
#include <string>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {

Hash CommitmentOf(std::string_view salt, uint32_t field, std::string_view value) {
  SUYUAN_CHECK(salt.size() == kPrivateSaltSize);
  std::string leaf = "suyuan-private-v1\n";
  leaf.append(salt);
  PutU32(leaf, field);
  PutU32(leaf, static_cast<uint32_t>(value.size()));
  leaf.append(value);
  return LeafHash(leaf);
}

std::vector<Hash> PathOf(const std::vector<Hash>& hashes, size_t index) {
  SUYUAN_CHECK(index < hashes.size());
  if (hashes.size() == 1) return {};
  const size_t split = std::bit_floor(hashes.size() - 1);
  const std::vector<Hash> left(hashes.begin(), hashes.begin() + static_cast<ptrdiff_t>(split));
  const std::vector<Hash> right(hashes.begin() + static_cast<ptrdiff_t>(split), hashes.end());
  const bool in_left = index < split;
  std::vector<Hash> path = in_left ? PathOf(left, index) : PathOf(right, index - split);
  path.push_back(RootOfHashes(in_left ? right : left));
  return path;
}

}  // namespace suyuan::ledger
