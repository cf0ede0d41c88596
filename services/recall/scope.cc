#include "services/recall/scope.h"

namespace suyuan::recall {

bool Passing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsAborted(status) || absl::IsCancelled(status) || absl::IsDeadlineExceeded(status);
}

absl::StatusOr<Scope> LoadScope(const rpc::Router& router, const v1::StreamScopeRequest& request,
                                size_t count_max,
                                const std::function<bool(const std::string& batch)>& wanted) {
  Scope scope;
  bool enough = false;
  const absl::Status status = router.AskStream<v1::TraceNode>(
      kStreamScope, request, [&](const v1::TraceNode& node) -> absl::Status {
        scope.as_of_size = static_cast<uint64_t>(node.as_of_size());
        enough = scope.batches.size() == count_max;
        if (enough) return absl::CancelledError("enough");
        if (wanted(node.batch().name())) scope.batches.push_back(node.batch().name());
        return absl::OkStatus();
      });
  // A stream that somebody else cut off is not the whole scope.
  if (!status.ok() && !enough) return status;
  return scope;
}

}  // namespace suyuan::recall
