#include "services/rpc/grpc_locks.h"

#include "absl/synchronization/mutex.h"

namespace suyuan::rpc {

void SkipLockGraph() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

}  // namespace suyuan::rpc
