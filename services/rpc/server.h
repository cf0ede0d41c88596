// A gRPC listener: takes calls of described services as raw bytes and hands them to a router.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "services/rpc/router.h"
#include "services/rpc/tls.h"

namespace suyuan::rpc {

struct ServerOptions {
  std::string address;  // "127.0.0.1:0" (a free port) or "unix:/path".
  Tls tls;
  // A listener for modules: its calls are internal, and internal methods are served. Its socket
  // must stand in a directory only this installation can enter, or `tls` be mutual.
  bool internal = false;
  const Router* router = nullptr;  // Must outlive the server.
  std::vector<const google::protobuf::ServiceDescriptor*> services;
};

// Thread-safe. Serves from Start until Stop or destruction.
class Server {
 public:
  // UNAVAILABLE: the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options);
  ~Server();
  int port() const;  // 0 for a unix socket.
  // Takes no new calls; those under way get `grace` to end.
  void Stop(absl::Duration grace);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::rpc
