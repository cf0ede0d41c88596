// Refusals: an absl::Status that carries a Reason and its details to the edge.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "suyuan/v1/types.pb.h"

namespace suyuan::domain {

using Details = std::map<std::string, std::string>;  // Parameters of the reason's text.

// The status code follows from the reason by one table in error.cc.
absl::Status Error(v1::Reason reason, Details details = {});

// REASON_UNSPECIFIED where the status carries none.
v1::Reason ReasonOf(const absl::Status& status);
Details DetailsOf(const absl::Status& status);

// One refusal out of the refusals of several rows (row from 0, status not OK). The first row's
// reason is the whole's; RowErrorsOf gives them back.
struct RowError {
  int row = 0;
  absl::Status status;
};
absl::Status ErrorOfRows(const std::vector<RowError>& rows);
std::vector<RowError> RowErrorsOf(const absl::Status& status);

}  // namespace suyuan::domain
