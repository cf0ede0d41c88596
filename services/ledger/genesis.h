// How a ledger begins: its identity, its words, and the first keys that may write to it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "storage/base/clock.h"

namespace suyuan::ledger {

struct GenesisOptions {
  std::string log_dir;   // Where the ledger is made; must not exist, or be empty.
  std::string mark_dir;  // Gets the high-water mark; empty: made when the ledger is opened.
  std::string keys_dir;  // Gets the private keys, mode 0600; those that are there are used.
  std::string name;      // First part of the origin: letters, digits, `-` and `.`, e.g. "lufeng".
  // Where scan pages stand: "https://host[:port]", lower case; the host at most 22 characters.
  std::string public_url;
  bool demo = false;
  int utc_offset_minutes = 480;
};

// Files in the keys folder.
inline constexpr char kOperatorKeyFile[] = "operator.pem";          // The operator's manager.
inline constexpr char kSecondOperatorKeyFile[] = "operator-2.pem";  // The operator's manager.
inline constexpr char kLogKeyFile[] = "log.pem";                    // Signs checkpoints (Ed25519).
inline constexpr char kRecallKeyFile[] = "system-recall.pem";       // Widens recalls, nothing else.
inline constexpr char kComplaintKeyFile[] = "system-complaint.pem";  // Files complaints.
inline constexpr char kLabelKeyFile[] = "label-1.key";               // Epoch 1: 32 bytes in hex.
inline constexpr char kVaultKeyFile[] = "vault-1.kek";               // Version 1: 32 bytes in hex.

// Makes the keys and the first record: identity, descriptor set, the operator's party, manager and
// key, and the system keys. INVALID_ARGUMENT: a malformed name or address. FAILED_PRECONDITION:
// there is a ledger already. OK: all of it is durable.
absl::Status CreateGenesis(const GenesisOptions& options, const Clock& clock);

}  // namespace suyuan::ledger
