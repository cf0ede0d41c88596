// A recall as the API shows it, but for what the signature that closed it is worth.
#pragma once

#include "services/domain/states.h"
#include "services/domain/time.h"
#include "suyuan/v1/recall.pb.h"

namespace suyuan::recall {

inline v1::Recall MessageOf(const domain::RecallState& state) {
  v1::Recall recall;
  recall.set_name(state.stream());
  *recall.mutable_claim() = state.claim;
  recall.set_kind(state.claim.drill() ? v1::RECALL_KIND_DRILL : v1::RECALL_KIND_REAL);
  recall.set_party(state.party);
  *recall.mutable_record_time() = domain::StampOf(state.record_time);
  recall.set_as_of_size(state.as_of_size);
  recall.set_scope_count(static_cast<int32_t>(state.scope.size()));
  recall.set_complete(state.complete);
  if (!state.closed) return recall;
  recall.set_closed(true);
  recall.set_outcome(state.outcome);
  recall.set_close_key(state.close_key);
  *recall.mutable_close_time() = domain::StampOf(state.close_time);
  return recall;
}

}  // namespace suyuan::recall
