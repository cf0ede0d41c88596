// Whom a verifier trusts: logs, witnesses, and how many of which witnesses have to have cosigned a
// checkpoint. Pure.
// Source: c2sp.org/tlog-policy, with Ed25519 keys: logs of type 0x01, witnesses of type 0x04.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/tlog/checkpoint.h"
#include "services/tlog/note.h"

namespace suyuan::tlog {

constexpr size_t kPolicyBytesMax = 64 << 10;
constexpr size_t kPolicyItemsMax = 64;  // Of logs, of witnesses, and of groups.

struct PolicyLog {
  VerifierKey key;  // Its name is the log's origin.
  std::string url;  // May be empty.
};
struct PolicyWitness {
  std::string name;  // Within the policy.
  VerifierKey key;
  std::string url;  // Where it takes checkpoints; may be empty.
};

// A checkpoint that a policy holds for valid, and which of its witnesses say so.
struct Trusted {
  struct Cosigned {
    std::string witness;  // Its name within the policy.
    int64_t seconds = 0;  // Since 1970; by the witness's clock.
  };
  Checkpoint checkpoint;
  std::vector<Cosigned> cosigned;
};

// Thread-compatible; a value.
class Policy {
 public:
  // INVALID_ARGUMENT, with the line's number: not the format, a name that is not defined above or
  // used twice, a key given twice, no quorum, or more than the limits.
  static absl::StatusOr<Policy> Parse(std::string_view text);
  // The policy of who knows a log's key and no witness: that log, quorum none.
  static Policy OfLog(const VerifierKey& key);

  // For a policy that leaves the log to its user.
  void AddLog(const VerifierKey& key) { logs_.push_back({key, ""}); }
  const std::vector<PolicyLog>& logs() const { return logs_; }
  const std::vector<PolicyWitness>& witnesses() const { return witnesses_; }

  // Whether it is enough that the witnesses of these names, and no others, cosigned.
  bool QuorumOf(const std::vector<std::string>& witnesses) const;

  // INVALID_ARGUMENT: no checkpoint. NOT_FOUND: of a log that is not listed. DATA_LOSS: not signed
  // by the listed log, or a signature of a listed key is wrong. FAILED_PRECONDITION: too few
  // witnesses cosigned.
  absl::StatusOr<Trusted> Open(std::string_view note) const;

 private:
  friend class PolicyParser;
  // A name a quorum may be made of: a witness, or a group if it has members.
  struct Item {
    std::string name;
    size_t threshold = 0;         // Of a group.
    std::vector<size_t> members;  // Indexes of items before this one.
  };
  std::vector<PolicyLog> logs_;
  std::vector<PolicyWitness> witnesses_;
  std::vector<Item> items_;
  int quorum_ = -1;  // Index of an item; -1: none.
};

}  // namespace suyuan::tlog
