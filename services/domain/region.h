// 行政区划: codes of GB/T 2260 (province, prefecture, county) and GB/T 10114 (township), with NBS
// villages: 2, 4, 6, 9 or 12 digits. A code is a fact with a date: divisions are renamed, and their
// successors answer for what was recorded under the old code.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace suyuan::domain {

// Whether a jurisdiction takes in a place. An empty jurisdiction is the whole ledger; an empty
// place is one nobody told, and so everybody's. Only whole levels count: 53 takes in 5323, 1
// nothing.
bool Covers(std::string_view jurisdiction, std::string_view place);

// REASON_GRANT: a code that is no jurisdiction at `now` (its year in UTC+08:00): of no province, a
// collective code (xx90 under a province, 01 and 02 under a municipality: no prefecture is behind
// it), a ministry's own (71 to 80 in the place of a prefecture), one that another has replaced by
// then, or one that does not exist yet. Each line of the table judges from its edition on, so that
// what was granted before is decided again as it was.
absl::Status CheckJurisdiction(std::string_view code, absl::Time now);

}  // namespace suyuan::domain
