#include "services/tlog/audit_origin.h"

#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::tlog {
namespace {

constexpr std::string_view kAudit = "/audit/";

}  // namespace

std::string AuditOrigin(std::string_view log_origin, std::string_view drawn) {
  return StrCat(log_origin, kAudit, HexOf(drawn));
}

bool IsAuditOrigin(std::string_view origin, std::string_view log_origin) {
  std::string drawn;
  return origin.starts_with(StrCat(log_origin, kAudit)) &&
         ParseHex(origin.substr(log_origin.size() + kAudit.size()), &drawn) &&
         drawn.size() == kAuditDrawnSize && origin == AuditOrigin(log_origin, drawn);
}

absl::StatusOr<VerifierKey> AuditKeyFor(const VerifierKey& log_key, std::string_view note) {
  const std::string_view origin = note.substr(0, note.find('\n'));
  if (IsAuditOrigin(origin, log_key.name())) return log_key.Named(origin);
  return absl::NotFoundError("the note is not of that log's audit log");
}

}  // namespace suyuan::tlog
