// A run of labels for a printer, a piece at a time.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "services/label/view.h"
#include "services/rpc/service.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {

// What stands on the labels of a batch, and where its run leads.
struct PrintJob {
  v1::PrintLabelsRequest request;
  v1::Journey journey;
  Run run;
  int utc_offset_minutes = 480;  // Of the local day of harvest.
  // The code of a number; it outlives the job. A void one is left out.
  std::function<absl::StatusOr<v1::LabelCode>(int number)> code;
};

// REASON_LABEL_RANGE: not numbers of the run. REASON_FIELD_MALFORMED: no such layout.
// REASON_LABEL_LAYOUT: it has no room for a text, no such cell, or is not for such a printer.
absl::StatusOr<rpc::Generator<v1::PrintLabelsResponse>> OpenPrint(PrintJob job);

}  // namespace suyuan::label
