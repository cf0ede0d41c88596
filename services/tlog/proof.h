// A proof in a file: that a log holds a record, checked with a policy alone, offline. Pure.
// Source: c2sp.org/tlog-proof@v1. Files end in ".tlog-proof".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/tlog/policy.h"
#include "storage/base/hash.h"

namespace suyuan::tlog {

constexpr size_t kProofHashesMax = 63;
constexpr size_t kProofExtraMax = 64 << 10;

struct Proof {
  // Whatever its writer adds. Nothing vouches for it: in ours it is the leaf, which has to hash to
  // what is proven.
  std::optional<std::string> extra;
  uint64_t index = 0;        // Of the record; at most 2^63 - 1.
  std::vector<Hash> hashes;  // RFC 6962 2.1.1, from the leaf's sibling up.
  std::string checkpoint;    // The signed note, as it came.
};

std::string FormatProof(const Proof& proof);
// INVALID_ARGUMENT: not the format, byte for byte, or longer than the limits. The checkpoint is not
// looked into.
absl::StatusOr<Proof> ParseProof(std::string_view text);

// That the record of that leaf hash is in the log, as the policy wants it proven. The errors of
// Policy::Open, and OUT_OF_RANGE: the checkpoint's tree does not reach to the record; DATA_LOSS:
// the hashes do not lead from the leaf to the checkpoint's root.
absl::StatusOr<Trusted> VerifyProof(const Proof& proof, const Hash& leaf_hash,
                                    const Policy& policy);

}  // namespace suyuan::tlog
