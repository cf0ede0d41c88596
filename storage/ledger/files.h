// Whole files in and out, for exports and backups.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace suyuan::ledger {

// NOT_FOUND: no such file, or it cannot be opened.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);
// Replaces what is there; not synced. INTERNAL: it cannot be written.
absl::Status WriteWholeFile(const std::string& path, std::string_view bytes);
// Makes every file of the file system that holds `dir`, and the entry of `dir`, survive power loss:
// one call for many small files.
absl::Status SyncFilesUnder(const std::string& dir);

}  // namespace suyuan::ledger
