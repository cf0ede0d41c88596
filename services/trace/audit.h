// AuditService: proofs for strangers, records for auditors.
#pragma once

#include "services/rpc/host.h"
#include "services/rpc/service.h"

namespace suyuan::trace {

// `handlers` is AuditService's; `host` outlives it.
void RegisterAudit(const rpc::Host& host, rpc::Handlers& handlers);

}  // namespace suyuan::trace
