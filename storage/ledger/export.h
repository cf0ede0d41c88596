// A ledger as plain files, for whoever wants to check it without this program: storage/FORMAT.md.
#pragma once

#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

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
