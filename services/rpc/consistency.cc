#include "services/rpc/consistency.h"

#include "services/domain/error.h"
#include "services/rpc/hashes.h"
#include "storage/base/status.h"

namespace suyuan::rpc {

absl::StatusOr<v1::GetConsistencyProofResponse> ConsistencyOf(
    ledger::Client& log, const v1::GetConsistencyProofRequest& request) {
  ASSIGN_OR_RETURN(const ledger::TreeHead head, log.GetTreeHead());
  const auto old_size = static_cast<uint64_t>(request.old_size());
  const auto new_size = static_cast<uint64_t>(request.new_size());
  const char* wrong = new_size == 0 || new_size > head.size  ? "new_size"
                      : old_size == 0 || old_size > new_size ? "old_size"
                                                             : nullptr;
  if (wrong != nullptr) return domain::Error(v1::REASON_FIELD_OUT_OF_RANGE, {{"field", wrong}});
  ASSIGN_OR_RETURN(const std::vector<Hash> hashes, log.ConsistencyProof(old_size, new_size));
  ASSIGN_OR_RETURN(const Hash old_root, log.RootAt(old_size));
  ASSIGN_OR_RETURN(const Hash new_root, log.RootAt(new_size));
  v1::GetConsistencyProofResponse response;
  AddHashes(hashes, response.mutable_hashes());
  response.set_old_root(std::string(AsBytes(old_root)));
  response.set_new_root(std::string(AsBytes(new_root)));
  return response;
}

}  // namespace suyuan::rpc
