// The operator's own listener: is it alive, is it ready, what does it do. Nothing of the service is
// reached through it, and it is never the public one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/http/server.h"
#include "services/metrics/metrics.h"

namespace suyuan::app {

struct AdminOptions {
  std::string address;                        // Of this machine; plain HTTP.
  const metrics::Metrics* metrics = nullptr;  // Outlives the server.
  std::function<absl::Status()> ready;        // OK: calls can be served now.
};

// GET /healthz: 200 while the process lives. GET /readyz: 200, or 503 with the reason. GET
// /metrics: Prometheus' text. INVALID_ARGUMENT: not an address of this machine. UNAVAILABLE: it is
// taken.
absl::StatusOr<std::unique_ptr<http::Server>> StartAdmin(const AdminOptions& options);

// What gauges read. NaN: not known.
double ResidentBytes();
double SecondsLeft(const std::string& tls_dir, absl::Time now);

}  // namespace suyuan::app
