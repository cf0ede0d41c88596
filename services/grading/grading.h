// 分级: one batch into graded batches and a loss. Owns nothing.
#pragma once

#include <memory>

#include "services/rpc/host.h"

namespace suyuan::grading {

// GradingService. Thread-safe. It needs nothing of the process: Core appends what it decides.
std::unique_ptr<rpc::Module> MakeGrading(const rpc::Host& host);

}  // namespace suyuan::grading
