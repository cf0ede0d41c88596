// The log's tree head for strangers: a C2SP tlog-checkpoint in a signed note, byte for byte.
// Sources: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/rpc/keys.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// "{name}+{8 hex digits of key id}+{base64 of 0x01 ‖ Ed25519 public key}": what clients pin.
// `name`: the log's origin. Aborts for a key of another algorithm.
std::string VerifierKeyOf(std::string_view name, const rpc::SigningKey& key);

// "{origin}\n{size}\n{base64 root}\n\n— {origin} {base64 of key id ‖ signature}\n".
std::string SignCheckpoint(std::string_view origin, const TreeHead& head,
                           const rpc::SigningKey& key);

// Reads a checkpoint and checks its signature by the pinned verifier key. DATA_LOSS: it is no
// checkpoint of that log, or not signed by that key.
absl::StatusOr<TreeHead> OpenCheckpoint(std::string_view note, std::string_view verifier_key);

}  // namespace suyuan::ledger
