// The public's door: scan pages, and the whole public API as JSON or protobuf over HTTP.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "services/rpc/router.h"
#include "storage/base/clock.h"

namespace suyuan::portal {

class Places;

struct PortalOptions {
  std::string address;               // "127.0.0.1:7180"; port 0: a free one.
  std::string tls;                   // Folder of its certificate; empty: plain HTTP.
  std::string public_url;            // Where the labels say that this is.
  std::string covers_zh, covers_en;  // Whose labels these are, "禄丰市的农产品"; empty: not told.
  int utc_offset_minutes = 480;
  std::string log_key;                  // The log's verifier key, by which pages check themselves.
  const rpc::Router* router = nullptr;  // Outlives the portal.
  const Clock* clock = nullptr;         // Outlives the portal.
  const Places* places = nullptr;       // Likewise; null: where scans come from is not known.
  // Whose unary methods are served by POST; internal methods never are.
  std::vector<const google::protobuf::ServiceDescriptor*> services;
};

// Thread-safe. Serves from Start until Stop or destruction.
class Portal {
 public:
  // UNAVAILABLE: the address cannot be listened on. INVALID_ARGUMENT: it is none.
  static absl::StatusOr<std::unique_ptr<Portal>> Start(const PortalOptions& options);
  ~Portal();
  int port() const;
  void Stop();

 private:
  class Impl;
  explicit Portal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::portal
