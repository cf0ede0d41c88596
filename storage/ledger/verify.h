// Recomputes everything a ledger holds from its items up, and names what does not fit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// Which promise a finding breaks.
enum class Finding {
  kRecord,   // A row is missing, or does not decode.
  kContent,  // The items do not hash to the leaf's content root.
  kChain,    // A leaf does not follow the one before it, or time does not rise.
  kTile,     // A stored tile is missing, surplus, or not what the leaves hash to.
  kStream,   // A read, a link, a tag or a stream row is not what the records say.
  kRequest,  // A request row is missing, surplus or names another record.
  kAuthor,   // The caller's check of the author refused the record.
};
std::string_view FindingName(Finding finding);

struct VerifyError {
  Finding finding = Finding::kRecord;
  uint64_t sequence = kAbsent;  // kAbsent: of no one record.
  std::string text;
};

struct VerifyOptions {
  int threads = 2;
  size_t errors_max = 100;  // Kept; all are counted.
  // Checks a record's author: its signature, and that the key was valid at its position. Called in
  // order, from one thread, with records whose content hashes right. May be empty.
  std::function<absl::Status(const Record&)> check_author;
  // Told the number of records hashed, now and then. May be empty.
  std::function<void(uint64_t done, uint64_t size)> progress;
};

struct VerifyResult {
  TreeHead head;  // Of what is stored, recomputed.
  uint64_t items = 0;
  uint64_t events = 0;
  uint64_t streams = 0;
  uint64_t bytes_hashed = 0;
  uint64_t error_count = 0;
  std::vector<VerifyError> errors;
  bool ok() const { return error_count == 0; }
};

// Verifies the rows of a ledger (Ledger::db(), or a copy opened by itself). Reads a snapshot. An
// error status means that verification could not be done; what it found is in the result.
absl::StatusOr<VerifyResult> VerifyLedger(const kv::Db& db, const VerifyOptions& options);

}  // namespace suyuan::ledger
