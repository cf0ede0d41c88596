// Whether what a record says happened is what its author signed and might do: checked where an
// append crosses a process, and again by whoever verifies a log.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/domain/context.h"
#include "storage/ledger/record.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::store {

// A record as far as it is its author's.
struct Act {
  ledger::RecordKind kind = ledger::RecordKind::kCommand;
  std::string_view method;
  bool json = false;
  std::string_view request_key;
  std::string_view body;
  std::vector<event::v1::Event> events;
};

// The party of a member ("members/{id}"); nothing where there is no such member.
using PartyOfMember = std::function<std::optional<std::string>(const std::string& member)>;

// PERMISSION_DENIED says what does not fit. `author`: who he was at the record's position; `system`
// for a module's key.
// - A member's command: its method changes something and is allowed to him; its request key is his
//   party's and the request's own id, so that what was signed once happens once; each claim of the
//   request is in one event, and no event says what no claim says. Without a claim of its own there
//   is only the hold that a bad result of the same record places. Keys are enrolled under their own
//   names, for members of parties the author manages.
// - A system act restricts: it holds, or adds to a recall. Its request id comes of its body.
// What rules derive beyond that (amounts of parts, scopes) is not computed again.
absl::Status CheckAct(const domain::Caller& author, const Act& act,
                      const PartyOfMember& party_of_member);

}  // namespace suyuan::store
