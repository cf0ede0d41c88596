#include "storage/ledger/merkle.h"

#include <bit>

#include "storage/base/status.h"

namespace suyuan::ledger {
namespace {

// The largest power of two below `size`, which is at least 2.
uint64_t SplitOf(uint64_t size) { return std::bit_floor(size - 1); }

// MTH over the leaves [begin, begin + count): a range the recursion of RFC 6962 2.1 meets.
absl::StatusOr<Hash> RangeHash(uint64_t begin, uint64_t count, const NodeSource& nodes) {
  if (std::has_single_bit(count)) {
    const int height = std::countr_zero(count);
    return nodes.Node(height, begin >> height);
  }
  const uint64_t split = SplitOf(count);
  ASSIGN_OR_RETURN(const Hash left, RangeHash(begin, split, nodes));
  ASSIGN_OR_RETURN(const Hash right, RangeHash(begin + split, count - split, nodes));
  return NodeHash(left, right);
}

absl::Status Refused(const char* why) { return absl::InvalidArgumentError(why); }

// All as 32-byte hashes, or the refusal of the first that is not.
absl::StatusOr<std::vector<Hash>> ParseHashes(const std::vector<std::string>& proof) {
  std::vector<Hash> hashes;
  hashes.reserve(proof.size());
  for (const std::string& bytes : proof) {
    if (bytes.size() != kHashSize) return Refused("a hash of the proof is not 32 bytes long");
    hashes.push_back(HashFromBytes(bytes));
  }
  return hashes;
}

}  // namespace

Hash LeafHash(std::string_view leaf) { return Sha256(std::string_view("\0", 1), leaf); }

Hash NodeHash(const Hash& left, const Hash& right) {
  return Sha256(std::string_view("\x01", 1), AsBytes(left), AsBytes(right));
}

Hash EmptyRoot() { return Sha256({}); }

Hash RootOfHashes(const std::vector<Hash>& leaf_hashes) {
  if (leaf_hashes.empty()) return EmptyRoot();
  std::vector<Hash> row = leaf_hashes;
  while (row.size() > 1) {
    size_t out = 0;
    for (size_t i = 0; i < row.size(); i += 2) {
      row[out++] = i + 1 < row.size() ? NodeHash(row[i], row[i + 1]) : row[i];
    }
    row.resize(out);
  }
  return row[0];
}

absl::StatusOr<Hash> RootOf(uint64_t size, const NodeSource& nodes) {
  if (size == 0) return EmptyRoot();
  return RangeHash(0, size, nodes);
}

absl::StatusOr<std::vector<Hash>> ProveInclusion(uint64_t index, uint64_t size,
                                                 const NodeSource& nodes) {
  if (index >= size) return absl::OutOfRangeError("the index is not in a tree of that size");
  // From the root down; the proof is listed from the leaf up.
  std::vector<Hash> proof;
  uint64_t begin = 0, count = size;
  while (count > 1) {
    const uint64_t split = SplitOf(count);
    const bool goes_left = index - begin < split;
    const uint64_t other = goes_left ? begin + split : begin;
    ASSIGN_OR_RETURN(const Hash sibling,
                     RangeHash(other, goes_left ? count - split : split, nodes));
    proof.push_back(sibling);
    if (!goes_left) begin += split;
    count = goes_left ? split : count - split;
  }
  return std::vector<Hash>(proof.rbegin(), proof.rend());
}

absl::StatusOr<std::vector<Hash>> ProveConsistency(uint64_t old_size, uint64_t new_size,
                                                   const NodeSource& nodes) {
  if (old_size == 0 || old_size > new_size) {
    return absl::OutOfRangeError("the old size is 0 or past the new one");
  }
  if (old_size == new_size) return std::vector<Hash>();
  // SUBPROOF of RFC 6962 2.1.2, from the root down.
  std::vector<Hash> proof;
  uint64_t begin = 0, count = new_size, old = old_size;
  bool known = true;  // The old root is the caller's: its subtree need not be shown.
  while (old != count) {
    const uint64_t split = SplitOf(count);
    const bool goes_left = old <= split;
    const uint64_t other = goes_left ? begin + split : begin;
    ASSIGN_OR_RETURN(const Hash sibling,
                     RangeHash(other, goes_left ? count - split : split, nodes));
    proof.push_back(sibling);
    if (!goes_left) {
      begin += split;
      old -= split;
      known = false;
    }
    count = goes_left ? split : count - split;
  }
  if (!known) {
    ASSIGN_OR_RETURN(const Hash shared, RangeHash(begin, count, nodes));
    proof.push_back(shared);
  }
  return std::vector<Hash>(proof.rbegin(), proof.rend());
}

absl::Status VerifyInclusion(uint64_t index, uint64_t size, std::string_view leaf_hash,
                             const std::vector<std::string>& proof, std::string_view root) {
  if (leaf_hash.size() != kHashSize) return Refused("the leaf hash is not 32 bytes long");
  if (root.size() != kHashSize) return Refused("the root is not 32 bytes long");
  if (index >= size) return Refused("the index is not in a tree of that size");
  ASSIGN_OR_RETURN(const std::vector<Hash> path, ParseHashes(proof));
  uint64_t fn = index, sn = size - 1;
  Hash hash = HashFromBytes(leaf_hash);
  for (const Hash& sibling : path) {
    if (sn == 0) return Refused("the proof is too long");
    if ((fn & 1) != 0 || fn == sn) {
      hash = NodeHash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return Refused("the proof is too short");
  if (AsBytes(hash) != root) return Refused("the proof does not lead to the root");
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t old_size, uint64_t new_size, std::string_view old_root,
                               std::string_view new_root, const std::vector<std::string>& proof) {
  if (old_size == 0) return Refused("nothing can be said of an empty tree");
  if (old_size > new_size) return Refused("the old size is past the new one");
  ASSIGN_OR_RETURN(std::vector<Hash> path, ParseHashes(proof));
  if (old_size == new_size) {
    if (!path.empty()) return Refused("the proof is too long");
    return old_root == new_root ? absl::OkStatus() : Refused("the roots differ");
  }
  if (old_root.size() != kHashSize || new_root.size() != kHashSize) {
    return Refused("a root is not 32 bytes long");
  }
  if (path.empty()) return Refused("the proof is too short");
  if (std::has_single_bit(old_size)) path.insert(path.begin(), HashFromBytes(old_root));
  uint64_t fn = old_size - 1, sn = new_size - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  Hash fr = path[0], sr = path[0];
  for (size_t i = 1; i < path.size(); ++i) {
    if (sn == 0) return Refused("the proof is too long");
    if ((fn & 1) != 0 || fn == sn) {
      fr = NodeHash(path[i], fr);
      sr = NodeHash(path[i], sr);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = NodeHash(sr, path[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return Refused("the proof is too short");
  if (AsBytes(fr) != old_root) return Refused("the proof does not lead to the old root");
  if (AsBytes(sr) != new_root) return Refused("the proof does not lead to the new root");
  return absl::OkStatus();
}

}  // namespace suyuan::ledger
