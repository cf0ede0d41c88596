#include "services/portal/answers.h"

#include <utility>

#include "services/portal/negotiation.h"
#include "services/portal/scan_page.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

const http::Headers& PageHeaders() {
  static const auto* headers = new http::Headers{
      {"Content-Security-Policy",
       StrCat("default-src 'none'; style-src ", StyleSource(),
              "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
      {"Cache-Control", "private, no-store"},
      {"Vary", "Accept, Accept-Language, Accept-Encoding"},
  };
  return *headers;
}

}  // namespace

http::Response PageAnswer(const http::Request& request, int status, std::string html) {
  http::Response response{status, PageHeaders(), std::move(html)};
  response.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  const bool chinese = LanguageFor(request) == text::Language::kChinese;
  response.headers.emplace_back("Content-Language", chinese ? "zh-CN" : "en");
  if (http::TakesGzip(request)) {
    response.body = http::Gzip(response.body);
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

http::Response JsonAnswer(const char* media_type, std::string body) {
  return {200,
          {{"Content-Type", media_type},
           {"Cache-Control", "private, no-store"},
           {"X-Content-Type-Options", "nosniff"},
           {"Vary", "Accept, Accept-Language, Accept-Encoding"}},
          std::move(body)};
}

http::Response WithCors(http::Response response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  response.headers.emplace_back("Access-Control-Expose-Headers", "Link, Location");
  return response;
}

http::Response PreflightAnswer() {
  return WithCors({204,
                   {{"Allow", "GET, HEAD, OPTIONS"},
                    {"Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"},
                    {"Access-Control-Allow-Headers", "Accept, Accept-Language"},
                    {"Access-Control-Max-Age", "86400"}},
                   ""});
}

http::Response MovedAnswer(std::string location) {
  return WithCors({301,
                   {{"Location", std::move(location)},
                    {"Cache-Control", "public, max-age=86400"},
                    {"Referrer-Policy", "no-referrer"}},
                   ""});
}

}  // namespace suyuan::portal
