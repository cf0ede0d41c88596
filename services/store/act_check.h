// Whether what a record says happened is what its author signed and might do: checked where an
// append crosses a process, and again by whoever verifies a log.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "services/domain/context.h"
#include "services/domain/world.h"
#include "storage/ledger/record.h"
#include "suyuan/claim/v1/registry.pb.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::store {

// The module whose key signs the audit log, and nothing else.
inline constexpr std::string_view kAuditModule = "audit";

// A record as far as it is its author's.
struct Act {
  ledger::RecordKind kind = ledger::RecordKind::kCommand;
  std::string_view method;
  bool json = false;
  std::string_view request_key;
  std::string_view body;
  absl::Time decided;
  std::vector<event::v1::Event> events;
  std::string private_root;  // Item 5 of the record: 32 bytes; empty: it has none.
};

// The log before the record. `find`: a stream of identity (domain::IdentityStreams) as it then
// stood; null: it had no record.
struct Past {
  std::string_view origin;
  std::string ledger_id;
  std::function<std::shared_ptr<const domain::StreamState>(const std::string& stream)> find;
};

// The method of the contract that a path ("/package.Service/Method") names; null: there is none.
const google::protobuf::MethodDescriptor* FindMethod(std::string_view path);

// The holder of a key, and what he was at `now`. KEY_UNKNOWN, KEY_REVOKED.
absl::StatusOr<domain::Caller> FindAuthor(const Past& past, const domain::KeyId& key,
                                          absl::Time now);

// What a newcomer's request says of the key that signs it; nothing for any other method.
std::optional<claim::v1::Enrollment> EnrollmentIn(std::string_view method, bool json,
                                                  std::string_view body);

// PERMISSION_DENIED says what does not fit. `author`: who he was at the record's position; `system`
// for a module's key.
// - A member's command: its method changes something and is allowed to him; its request key is his
//   party's and the request's own id, so that what was signed once happens once; each claim of the
//   request is in one event, and no event says what no claim says. Without a claim of its own there
//   is only the hold that a bad result of the same record places.
// - The record's private root is the one that its events' claim carries, or neither has one:
//   else the vault could open another value against the record than its author committed to.
// - A request about identity is decided again (identity_rules.h), with just these events.
// - A system act restricts: it holds, or adds to a recall. Its request id comes of its body.
// - Of the audit log's key, it holds the sums that its body (AccessReport) commits to, only those.
// What other rules derive (amounts of parts, scopes) is not computed again.
absl::Status CheckAct(const domain::Caller& author, const Act& act, const Past& past);

}  // namespace suyuan::store
