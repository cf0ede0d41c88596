// 源头: harvests, splits, merges, losses. Owns nothing: a batch is read from its streams.
#pragma once

#include <memory>

#include "services/rpc/host.h"

namespace suyuan::origin {

// OriginService. Thread-safe.
std::unique_ptr<rpc::Module> MakeOrigin(const rpc::Host& host);

}  // namespace suyuan::origin
