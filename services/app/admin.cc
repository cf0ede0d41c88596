#include "services/app/admin.h"

#include <unistd.h>

#include <cmath>
#include <fstream>
#include <utility>

#include "services/rpc/certificate.h"
#include "services/rpc/tls.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::app {
namespace {

http::Response Text(int status, std::string body) {
  return {
      status,
      {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Cache-Control", "no-store"}},
      std::move(body)};
}

http::Response Answer(const AdminOptions& options, const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return Text(405, "");
  if (request.path() == "/healthz") return Text(200, "ok\n");
  if (request.path() == "/metrics") return Text(200, options.metrics->Text());
  if (request.path() != "/readyz") return Text(404, "");
  const absl::Status ready = options.ready();
  return ready.ok() ? Text(200, "ok\n") : Text(503, StrCat(ready.message(), "\n"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<http::Server>> StartAdmin(const AdminOptions& options) {
  if (!rpc::IsLocalAddress(options.address)) {
    return absl::InvalidArgumentError(
        StrCat(options.address, ": the operator's listener is of this machine only"));
  }
  http::ServerOptions server;
  server.address = options.address;
  server.threads = 1;
  server.connections_max = 16;
  server.handler = [options](http::Request request, const http::Respond& respond) {
    respond(Answer(options, request));
  };
  return http::Server::Start(std::move(server));
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double whole = 0, resident = 0;
  if (!(statm >> whole >> resident)) return std::nan("");
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double SecondsLeft(const std::string& tls_dir, absl::Time now) {
  // What cannot be used is not what is served: an older one is, of which this would not tell.
  if (!rpc::CheckTlsFolder(tls_dir, now).ok()) return std::nan("");
  const absl::StatusOr<rpc::CertificateInfo> info = rpc::ReadCertificateIn(tls_dir);
  return info.ok() ? absl::ToDoubleSeconds(info->not_after - now) : std::nan("");
}

}  // namespace suyuan::app
