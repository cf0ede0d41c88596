// The log for strangers, as files: /checkpoint, /tile/{level}/{index} and /tile/entries/{index}.
// Source: c2sp.org/tlog-tiles@v0.1.0.
#pragma once

#include <string_view>

#include "services/http/server.h"
#include "services/rpc/router.h"

namespace suyuan::portal {

// Thread-safe. `router` outlives it.
class Tiles {
 public:
  explicit Tiles(const rpc::Router* router) : router_(router) {}
  static bool Serves(std::string_view path);
  // 400 with REASON_FIELD_MALFORMED: no tile has that path. 404 with REASON_NOT_FOUND: the
  // published checkpoint's tree has no such tile. What is served under a tile's path never changes.
  void Handle(const http::Request& request, http::Respond respond) const;

 private:
  void Checkpoint(http::Respond respond) const;
  const rpc::Router* const router_;
};

}  // namespace suyuan::portal
