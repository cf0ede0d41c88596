#include "services/rpc/view.h"

#include <utility>

#include "storage/base/text.h"

namespace suyuan::rpc {

absl::StatusOr<std::unique_ptr<index::Runner>> StartView(const Host& host,
                                                         index::Projection* projection,
                                                         std::string_view name) {
  index::RunnerOptions options;
  options.dir = StrCat(host.dir, "/", name);
  options.source = host.log;
  options.projection = projection;
  options.memory = host.memory;
  return index::Runner::Start(options);
}

void WaitForView(index::Runner* runner, Handlers* handlers) {
  handlers->set_view([runner](uint64_t size, std::function<void(absl::Status)> done) {
    runner->WhenReached(size, kViewWait, std::move(done));
  });
}

}  // namespace suyuan::rpc
