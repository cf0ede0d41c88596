// What one verification leaves for the next, so that it can go on from there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// A commitment to a set of rows, in any order: the sum, lane by lane, of a keyed hash of each.
// Whoever does not know the key cannot find two sets of one sum. A value.
struct RowSum {
  std::array<uint64_t, 4> lanes{};
  void Add(const Hash& hash);
  bool operator==(const RowSum&) const = default;
};

// Whoever can change the state can hide a change of the log: keep it where the log's machine cannot
// write. It holds no secret of the log.
struct VerifyState {
  std::string origin;
  TreeHead head;
  std::string key;                 // 32 random bytes: the sums' key.
  RowSum streams, requests;        // Over (name, sequence) of each row.
  std::vector<uint64_t> teaching;  // Records that say who may sign, ascending.

  // Lines of text, the last a SHA-256 of those before it.
  std::string Encode() const;
  // INVALID_ARGUMENT unless it is what Encode wrote.
  static absl::StatusOr<VerifyState> Decode(std::string_view text);
  bool operator==(const VerifyState& other) const { return Encode() == other.Encode(); }
};

}  // namespace suyuan::ledger
