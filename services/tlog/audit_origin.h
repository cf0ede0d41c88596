// The name of a log's audit log, and the key that signs it: the log's own under that name, so that
// whoever has pinned the log has pinned its audit log. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/tlog/note.h"

namespace suyuan::tlog {

constexpr size_t kAuditDrawnSize = 8;

// "{log's origin}/audit/{16 hex digits}", of 8 bytes drawn when it begins: one that is begun anew
// never passes for the one before.
std::string AuditOrigin(std::string_view log_origin, std::string_view drawn);
bool IsAuditOrigin(std::string_view origin, std::string_view log_origin);

// What signs a note whose first line is such a name. NOT_FOUND: it is not of that log's audit log.
absl::StatusOr<VerifierKey> AuditKeyFor(const VerifierKey& log_key, std::string_view note);

}  // namespace suyuan::tlog
