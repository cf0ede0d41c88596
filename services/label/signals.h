// What counts of scans say: to whoever holds the label, and to who supervises its party.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/label/scans.h"
#include "services/store/store.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {

// What the state of a label and of its batch make of its scan. Goods that are sold are scanned at
// home.
std::vector<v1::ScanSignal> SignalsOf(const v1::ResolveLabelResponse& label,
                                      const v1::Journey& journey);

// For the page of the label: days and a rough number.
v1::LabelScans ScansOf(const Scans& all, const Scanned& scanned);

// A row of Scans::Clusters(), as the caller may see it; nothing where he does not supervise the
// party, or where it is too little to be said.
absl::StatusOr<std::optional<v1::ScanSignalCluster>> ShownCluster(store::Store& store,
                                                                  const Scans& scans,
                                                                  const domain::Caller& caller,
                                                                  std::string_view key,
                                                                  std::string_view value);

}  // namespace suyuan::label
