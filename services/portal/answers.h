// How pages and refusals leave: their headers and their encoding. Pure; thread-safe.
#pragma once

#include <string>

#include "services/http/server.h"
#include "services/portal/portal.h"
#include "services/portal/scan_page.h"

namespace suyuan::portal {

// What every page of this portal is told; not how it checks itself.
PageFacts FactsFor(const PortalOptions& options, const http::Request& request);

// A page in the language and encoding the request asks for. Nothing is loaded from anywhere but
// this place, nobody frames the page, no address is passed on, nothing of it is kept.
http::Response PageAnswer(const http::Request& request, int status, std::string html);

// The same of a page whose beginning is compressed already.
http::Response PageAnswer(const http::Request& request, int status,
                          const http::GzipPrefix& beginning, std::string_view end);

// The same for programs.
http::Response JsonAnswer(const char* media_type, std::string body);

// Any origin may read what anybody may read.
http::Response WithCors(http::Response response);
// To a preflight request.
http::Response PreflightAnswer();

// 301 to a path of this place: `location` begins with one slash.
http::Response MovedAnswer(std::string location);
// 307 likewise, to what stands above a thing that is not known, and may be tomorrow.
http::Response AboveAnswer(std::string location);

}  // namespace suyuan::portal
