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

// Writes `{dir}/records.bin` and `{dir}/log.json` with all durable records of `log`. `dir` must not
// exist, or be empty. ALREADY_EXISTS otherwise. Synced when it returns.
absl::Status ExportLedger(Client& log, const std::string& dir);

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
