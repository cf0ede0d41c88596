// 检测与冻结: samplings, results, holds and releases. Owns nothing.
#pragma once

#include <memory>

#include "services/rpc/host.h"

namespace suyuan::inspection {

// InspectionService. Thread-safe. It needs nothing of the process: Core appends what it decides.
std::unique_ptr<rpc::Module> MakeInspection(const rpc::Host& host);

}  // namespace suyuan::inspection
