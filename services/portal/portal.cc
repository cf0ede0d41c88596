#include "services/portal/portal.h"

#include <utility>

#include "services/portal/complaints.h"
#include "services/portal/routes.h"
#include "storage/base/status.h"

namespace suyuan::portal {

class Portal::Impl {
 public:
  explicit Impl(const PortalOptions& options) : routes(options) {}
  // What routes still do on threads of their own is answered into a server that is there.
  ~Impl() {
    if (server != nullptr) server->Stop();
  }
  std::unique_ptr<http::Server> server;
  const Routes routes;
};

absl::StatusOr<std::unique_ptr<Portal>> Portal::Start(const PortalOptions& options) {
  auto impl = std::make_unique<Impl>(options);
  http::ServerOptions server;
  server.address = options.address;
  server.tls = options.tls;
  server.form_path = kComplaintPath;
  server.handler = [routes = &impl->routes](http::Request request, http::Respond respond) {
    routes->Handle(std::move(request), std::move(respond));
  };
  ASSIGN_OR_RETURN(impl->server, http::Server::Start(std::move(server)));
  return std::unique_ptr<Portal>(new Portal(std::move(impl)));
}

Portal::Portal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Portal::~Portal() = default;
int Portal::port() const { return impl_->server->port(); }
void Portal::Stop() { impl_->server->Stop(); }

}  // namespace suyuan::portal
