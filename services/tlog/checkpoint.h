// The log's tree head for strangers: a note of three lines. Pure.
// Source: c2sp.org/tlog-checkpoint@v1.0.0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/rpc/keys.h"
#include "services/tlog/note.h"
#include "storage/ledger/client.h"

namespace suyuan::tlog {

struct Checkpoint {
  std::string origin;
  ledger::TreeHead head;                // At most 2^63 - 1 records.
  std::vector<std::string> extensions;  // Further lines, opaque; ours have none.
};

// "{origin}\n{size}\n{base64 root}\n": what is signed and cosigned.
std::string CheckpointText(std::string_view origin, const ledger::TreeHead& head);
// The text of a note. INVALID_ARGUMENT: no checkpoint, byte for byte.
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text);

// The text, signed by the log's key under the log's name.
std::string SignCheckpoint(std::string_view origin, const ledger::TreeHead& head,
                           const rpc::SigningKey& key);

// Reads a checkpoint and checks its signature by the pinned verifier key, whose name is the log's
// origin. DATA_LOSS: it is no checkpoint of that log, or not signed by that key. INVALID_ARGUMENT:
// the key is none of type kEd25519.
absl::StatusOr<ledger::TreeHead> OpenCheckpoint(std::string_view note,
                                                std::string_view verifier_key);

}  // namespace suyuan::tlog
