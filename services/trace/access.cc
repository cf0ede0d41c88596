#include "services/trace/access.h"

#include "services/domain/chain_rules.h"
#include "services/trace/rows.h"
#include "storage/base/status.h"

namespace suyuan::trace {

bool SeesAll(const domain::Caller& caller) {
  return caller.Is(claim::v1::PARTY_ROLE_LAB) || caller.Is(claim::v1::PARTY_ROLE_REGULATOR) ||
         domain::Allowed(caller, rules::v1::PERMISSION_AUDIT);
}

absl::StatusOr<bool> MaySee(const View& view, const domain::Caller& caller,
                            const v1::Batch& batch) {
  if (SeesAll(caller)) return true;
  return view.Has(kBatches, SeenKey(caller.party.name(), static_cast<uint64_t>(batch.sequence()),
                                    batch.name()));
}

absl::StatusOr<v1::Batch> GetSeen(const View& view, const domain::Caller& caller,
                                  const std::string& name) {
  v1::Batch batch;
  ASSIGN_OR_RETURN(const bool found, view.Find(kBatches, name, &batch));
  if (!found) return domain::NotFound(name);
  ASSIGN_OR_RETURN(const bool seen, MaySee(view, caller, batch));
  if (!seen) return domain::NotFound(name);
  return batch;
}

}  // namespace suyuan::trace
