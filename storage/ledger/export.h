// A ledger as plain files, for whoever wants to check it without this program: storage/FORMAT.md.
#pragma once

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// Writes an export record by record, from wherever they come. Thread-compatible.
class ExportWriter {
 public:
  // `dir` must not exist, or be empty: ALREADY_EXISTS otherwise.
  static absl::StatusOr<std::unique_ptr<ExportWriter>> Create(const std::string& dir);
  // The next record, as encoded. Nothing is checked: whoever reads it does.
  absl::Status Add(std::string_view leaf, std::string_view items);
  // Writes log.json with the size and root of what was added, and syncs both files.
  absl::StatusOr<TreeHead> Finish(const LogIdentity& identity);

 private:
  ExportWriter(std::string dir, std::ofstream file)
      : dir_(std::move(dir)), records_(std::move(file)) {}
  const std::string dir_;
  std::ofstream records_;
  uint64_t size_ = 0;
  std::vector<Hash> peaks_;  // Roots of the complete subtrees, largest first.
};

// What an export holds.
struct ExportParts {
  bool items = true;  // records.bin and log.json: everything, for whoever may see it.
  // For everybody: the leaves as a C2SP tlog-tiles folder under this checkpoint, a signed note of
  // the log whose size is at most the log's; the export then ends at that size. Empty: none.
  std::string checkpoint;
  std::string verifier_key;  // That signed it: log.vkey.
};

// Writes the durable records of `log` to `dir`, which must not exist, or be empty: ALREADY_EXISTS
// otherwise. The bytes depend on nothing but the records and `parts`. INVALID_ARGUMENT: the
// checkpoint is none of this log, or is past it. DATA_LOSS: the records do not hash to the root.
// Synced when it returns.
absl::Status ExportLedger(Client& log, const std::string& dir, const ExportParts& parts = {});

// What log.json states.
struct ExportStatement {
  LogIdentity identity;
  TreeHead head;
};
// NOT_FOUND: there is no log.json. INVALID_ARGUMENT: it is not as an export writes it.
absl::StatusOr<ExportStatement> ReadStatement(const std::string& dir);

// Files of an export.
inline constexpr char kRecordsFile[] = "records.bin";
inline constexpr char kLogJsonFile[] = "log.json";
inline constexpr char kCheckpointFile[] = "checkpoint";
inline constexpr char kVerifierKeyFile[] = "log.vkey";

// Reads an exported records.bin from its beginning. Thread-compatible.
class ExportReader {
 public:
  static absl::StatusOr<std::unique_ptr<ExportReader>> Open(const std::string& dir);
  // The next record, its content checked against its leaf; nothing at the end. DATA_LOSS: damaged.
  absl::StatusOr<std::optional<Record>> Next();

 private:
  explicit ExportReader(std::ifstream file) : file_(std::move(file)) {}
  std::ifstream file_;
  uint64_t next_ = 0;
};

}  // namespace suyuan::ledger
