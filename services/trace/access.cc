#include "services/trace/access.h"

#include "services/domain/chain_rules.h"
#include "services/trace/rows.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::trace {

bool SeesAll(const domain::Caller& caller) {
  return caller.Is(claim::v1::PARTY_ROLE_LAB) || domain::SeesLedger(caller);
}

absl::StatusOr<bool> Supervises(const View& view, const domain::Caller& caller,
                                const std::string& party) {
  if (!caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) return false;
  event::v1::PartyRegistered registered;
  RETURN_IF_ERROR(view.Find(kThings, party, &registered).status());
  return domain::Supervises(caller, registered.claim().region_code());
}

namespace {

// A case of the caller's own that is open, and the batch is in its scope.
absl::StatusOr<bool> InOpenCase(const View& view, const domain::Caller& caller,
                                const v1::Batch& batch) {
  if (!caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) return false;
  for (const std::string& name : batch.recalls()) {
    v1::OpenRecall recall;  // Its row names the authority by its resource name.
    ASSIGN_OR_RETURN(const bool found, view.Find(kThings, name, &recall));
    ASSIGN_OR_RETURN(const bool over, view.Closed(name));
    if (found && !over && recall.party_name() == caller.party.name()) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<bool> MaySee(const View& view, const domain::Caller& caller,
                            const v1::Batch& batch) {
  if (SeesAll(caller)) return true;
  ASSIGN_OR_RETURN(const bool supervised, Supervises(view, caller, batch.party()));
  if (supervised) return true;
  ASSIGN_OR_RETURN(const bool in_case, InOpenCase(view, caller, batch));
  if (in_case) return true;
  return view.Has(kBatches, SeenKey(caller.party.name(), static_cast<uint64_t>(batch.sequence()),
                                    batch.name()));
}

absl::StatusOr<v1::Batch> GetSeen(const View& view, const domain::Caller& caller,
                                  const std::string& name) {
  v1::Batch batch;
  ASSIGN_OR_RETURN(const bool found, view.FindBatch(name, &batch));
  if (!found) return domain::NotFound(name);
  ASSIGN_OR_RETURN(const bool seen, MaySee(view, caller, batch));
  if (!seen) return domain::NotFound(name);
  return batch;
}

}  // namespace suyuan::trace
