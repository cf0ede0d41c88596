// The Connect protocol's unary form: POST /{package.Service}/{Method}, bodies forwarded verbatim.
// Source: connectrpc.com/docs/protocol.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "services/http/server.h"
#include "services/rpc/incoming.h"
#include "services/rpc/router.h"

namespace suyuan::portal {

// Thread-safe.
class Connect {
 public:
  // `router` outlives this. Streaming and internal methods are not served.
  Connect(const rpc::Router* router,
          const std::vector<const google::protobuf::ServiceDescriptor*>& services);

  // Whether the path is a method's.
  bool Serves(std::string_view path) const;
  // 415 for a type other than application/json and application/proto, 405 for another verb.
  void Handle(http::Request request, http::Respond respond) const;

 private:
  const rpc::Router* const router_;
  std::set<std::string, std::less<>> methods_;
};

// The call that a request is: its method, headers and body, as far as they can be read.
rpc::Incoming IncomingOf(http::Request request);

// The HTTP status and Connect error body of a refusal. The only translation to HTTP's statuses.
http::Response ErrorResponse(const absl::Status& status);
int HttpStatusOf(absl::StatusCode code);

}  // namespace suyuan::portal
