// AuditService's answers out of the audit log: who may see which of them. The ledger's module has
// them.
#pragma once

#include "services/rpc/host.h"
#include "services/rpc/service.h"

namespace suyuan::trace {

// `handlers` is AuditService's; `host` outlives it.
void RegisterAccess(const rpc::Host& host, rpc::Handlers& handlers);

}  // namespace suyuan::trace
