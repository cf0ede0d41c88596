// TraceService over the trace view, and AuditService over the log.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/rpc/host.h"

namespace suyuan::trace {

// The module; it has a view in `host.dir`. UNAVAILABLE: another process has the view.
absl::StatusOr<std::unique_ptr<rpc::Module>> MakeTrace(const rpc::Host& host);

}  // namespace suyuan::trace
