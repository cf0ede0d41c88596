// An HTTP(S) client for few, small, bounded exchanges. The only place, with its source, that knows
// libcurl.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/http/server.h"

namespace suyuan::http {

struct Outgoing {
  std::string method = "POST";  // Or "GET".
  std::string url;              // http or https.
  std::string body;
};

struct ClientLimits {
  absl::Duration timeout = absl::Seconds(1);  // For a whole exchange.
  size_t body_bytes_max = 64 << 10;           // Of an answer.
};

// Sends all of them at once and waits for all: at most `timeout`. In order: the answer, whatever
// its status; UNAVAILABLE: none came in time, or not whole; RESOURCE_EXHAUSTED: it is too long.
// Follows no redirect and uses no proxy. Thread-safe.
std::vector<absl::StatusOr<Response>> SendAll(const std::vector<Outgoing>& requests,
                                              const ClientLimits& limits);

}  // namespace suyuan::http
