// What is served where: scan pages, health, the log's tiles, and the API.
#pragma once

#include "services/http/server.h"
#include "services/portal/complaints.h"
#include "services/portal/connect.h"
#include "services/portal/portal.h"
#include "services/portal/resolver.h"
#include "services/portal/tiles.h"

namespace suyuan::portal {

// Thread-safe.
class Routes {
 public:
  explicit Routes(const PortalOptions& options);
  void Handle(http::Request request, http::Respond respond) const;

 private:
  const PortalOptions options_;
  const Connect connect_;
  const Tiles tiles_;
  const Resolver resolver_;
  const Complaints complaints_;
};

}  // namespace suyuan::portal
