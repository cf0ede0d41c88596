// What a consumer may see of a batch, gathered from the trace view.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/trace/walk.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::trace {

constexpr int kOriginsMax = 50;
constexpr int kTestsMax = 50;
constexpr int kCertificationsMax = 20;
constexpr int kStepsMax = 200;
constexpr size_t kAncestorsRead = 1000;  // Whose steps and tests are looked at, nearest first.

// Of an ancestor only what happened until the last of it that this batch is made of left it: what
// became of the rest is another batch's journey. Where there are more steps than kStepsMax, the
// latest are kept, and the origins tell of the beginning. NOT_FOUND: no such batch.
absl::StatusOr<v1::Journey> JourneyOf(const View& view, const std::string& batch);

}  // namespace suyuan::trace
