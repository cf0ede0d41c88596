#include "services/portal/routes.h"

#include <utility>

#include "services/domain/error.h"
#include "services/portal/answers.h"
#include "services/portal/assets.h"
#include "services/portal/linkset.h"
#include "services/portal/negotiation.h"

namespace suyuan::portal {

Routes::Routes(const PortalOptions& options)
    : options_(options),
      connect_(options.router, options.services),
      tiles_(options.router),
      resolver_(options),
      complaints_(options) {}

void Routes::Handle(http::Request request, http::Respond respond) const {
  const std::string_view path = request.path();
  if (connect_.Serves(path)) return connect_.Handle(std::move(request), std::move(respond));
  if (request.method == "OPTIONS") return respond(PreflightAnswer());
  if (request.method == "POST" && path == kComplaintPath) {
    return complaints_.File(std::move(request), std::move(respond));
  }
  if (request.method == "POST" && (path.starts_with("/t/") || path.starts_with("/01/"))) {
    return resolver_.CheckPin(std::move(request), std::move(respond));
  }
  if (request.method != "GET" && request.method != "HEAD") {
    // Also what a client of the API meets that has the name of a method wrong.
    return respond(ErrorResponse(domain::Error(v1::REASON_METHOD_UNKNOWN)));
  }
  if (path == "/healthz") {
    return respond({200, {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}}, "ok\n"});
  }
  if (Tiles::Serves(path)) return tiles_.Handle(request, std::move(respond));
  if (ServesAsset(path)) return respond(AssetAnswer(request));
  if (path == "/.well-known/gs1resolver") {
    return respond(
        WithCors(JsonAnswer("application/json", ResolverDescription(options_.public_url))));
  }
  if (path == kComplaintPath) return respond(complaints_.Form(request));
  if (path.starts_with(kTicketPrefix)) {
    return complaints_.Follow(std::move(request), std::move(respond));
  }
  if (!QueryValue(request.target, "complain").empty()) return respond(complaints_.Begin(request));
  if (path == "/") return respond(resolver_.Welcome(request));
  if (path == "/find") return respond(resolver_.Find(request));
  resolver_.Handle(std::move(request), std::move(respond));
}

}  // namespace suyuan::portal
