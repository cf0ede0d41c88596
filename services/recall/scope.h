// Asks the trace module for all that was made of some batches.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/rpc/router.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::recall {

inline constexpr char kStreamScope[] = "/suyuan.v1.TraceService/StreamScope";

// `min_sequence`: the answer sees the record of this sequence at least.
template <typename Roots>
v1::StreamScopeRequest ScopeRequest(const Roots& roots, uint64_t min_sequence) {
  v1::StreamScopeRequest request;
  request.mutable_batches()->Assign(roots.begin(), roots.end());
  request.set_min_sequence(static_cast<int64_t>(min_sequence));
  return request;
}

// Busy, away or cut off: nothing is wrong, and it may be tried again.
bool Passing(const absl::Status& status);

struct Scope {
  std::vector<std::string> batches;  // Roots first.
  uint64_t as_of_size = 0;           // The log's size it speaks of.
};

// Those of the scope that `wanted` picks, at most `count_max`. NOT_FOUND: a root is no batch.
// UNAVAILABLE: the trace module, or its view, has not come that far. CANCELLED: it stopped midway.
absl::StatusOr<Scope> LoadScope(const rpc::Router& router, const v1::StreamScopeRequest& request,
                                size_t count_max,
                                const std::function<bool(const std::string& batch)>& wanted);

}  // namespace suyuan::recall
