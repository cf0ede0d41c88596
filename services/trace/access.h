// Who may see a batch:
// - laboratories, whoever may audit, and regulators of all of the ledger: every batch;
// - other regulators: those of parties in their jurisdiction, and those in scope of a recall, not a
//   drill, that they have opened and not closed;
// - anybody else: the batches of his own party's harvests and merges, and those that his party
//   holds, ever held, carried or was sent.
// Who may see a batch may see its whole genealogy, with the holders: what it was made of and what
// was made of it. Everybody else is answered as if there were no such batch.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/trace/walk.h"
#include "suyuan/v1/origin.pb.h"

namespace suyuan::trace {

bool SeesAll(const domain::Caller& caller);
// Whether he supervises a party, as it is seated.
absl::StatusOr<bool> Supervises(const View& view, const domain::Caller& caller,
                                const std::string& party);

absl::StatusOr<bool> MaySee(const View& view, const domain::Caller& caller, const v1::Batch& batch);

// NOT_FOUND: there is no such batch, or the caller may not see it.
absl::StatusOr<v1::Batch> GetSeen(const View& view, const domain::Caller& caller,
                                  const std::string& batch);

}  // namespace suyuan::trace
