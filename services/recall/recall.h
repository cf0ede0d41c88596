// 召回: opening, completing and closing. Owns lists of recalls, which a replay rebuilds.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/rpc/host.h"
#include "services/rpc/keys.h"

namespace suyuan::recall {

// RecallService. Thread-safe. Its views stand in host.dir. OpenRecall answers when the scope is
// complete, or REASON_BUSY after kCompleteWait: the recall stands, goes on becoming complete, and a
// repeated request waits again. While the trace module is away, a recall opens with its roots alone
// (as_of_size 0), and is completed when that is back. `system_key` is the module's, enrolled at
// genesis. UNAVAILABLE: another process has the views.
constexpr absl::Duration kCompleteWait = absl::Seconds(20);
absl::StatusOr<std::unique_ptr<rpc::Module>> MakeRecall(const rpc::Host& host,
                                                        rpc::SigningKey system_key);

}  // namespace suyuan::recall
