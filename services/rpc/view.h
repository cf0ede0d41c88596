// A module's view: where it stands, and how calls wait for it.
#pragma once

#include <memory>
#include <string_view>

#include "services/rpc/host.h"
#include "storage/index/projection.h"

namespace suyuan::rpc {

constexpr absl::Duration kViewWait = absl::Seconds(5);

// Follows the log into host.dir + "/" + name. UNAVAILABLE: another process has the view.
absl::StatusOr<std::unique_ptr<index::Runner>> StartView(const Host& host,
                                                         index::Projection* projection,
                                                         std::string_view name = "view");

// Calls of `handlers` with a min_sequence wait for `runner`, at most kViewWait. It outlives them.
void WaitForView(index::Runner* runner, Handlers* handlers);

}  // namespace suyuan::rpc
