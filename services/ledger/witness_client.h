// The log's side of C2SP tlog-witness: asks the witnesses of a policy to cosign its checkpoints.
#pragma once

#include <memory>

#include "services/ledger/publisher.h"
#include "services/tlog/policy.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

struct WitnessClientOptions {
  Client* log = nullptr;     // For consistency proofs; must outlive the client.
  tlog::Policy policy;       // Its witnesses with an address are asked; its quorum decides.
  std::string verifier_key;  // The log's own.
  absl::Duration timeout = absl::Seconds(1);
  size_t answer_bytes_max = 64 << 10;
};

// Asks all witnesses at the same time, again where one has another size, and takes only
// cosignatures that verify: what stalls, lies or is too long is logged and counts for nothing. A
// witness's word alone stops nothing, as one liar could then stop the log: a refusal (409 with a
// greater size, 422) is looked into, and signing stops when the witness shows a checkpoint, signed
// by the log's own key, that is not in the log's tree.
std::unique_ptr<Witnesses> MakeWitnessClient(WitnessClientOptions options);

}  // namespace suyuan::ledger
