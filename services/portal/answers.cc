#include "services/portal/answers.h"

#include <utility>

#include "services/portal/negotiation.h"
#include "services/portal/scan_page.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

const http::Headers& PageHeaders() {
  static const auto* headers = new http::Headers{
      {"Content-Security-Policy", StrCat("default-src 'none'; style-src ", StyleSource(),
                                         "; script-src 'self'; connect-src 'self'; base-uri "
                                         "'none'; form-action 'self'; frame-ancestors 'none'")},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
      {"Cache-Control", "private, no-store"},
      {"Vary", "Accept, Accept-Language, Accept-Encoding"},
  };
  return *headers;
}

// Compressed once.
const http::GzipPrefix& BeginningFor(text::Language language, bool large) {
  using text::Language;
  static const auto* chinese = new http::GzipPrefix(PageBeginning(Language::kChinese, false));
  static const auto* chinese_large = new http::GzipPrefix(PageBeginning(Language::kChinese, true));
  static const auto* english = new http::GzipPrefix(PageBeginning(Language::kEnglish, false));
  static const auto* english_large = new http::GzipPrefix(PageBeginning(Language::kEnglish, true));
  if (language == Language::kChinese) return large ? *chinese_large : *chinese;
  return large ? *english_large : *english;
}

}  // namespace

PageFacts FactsFor(const PortalOptions& options, const http::Request& request) {
  PageFacts facts;
  facts.public_url = options.public_url;
  facts.utc_offset_minutes = options.utc_offset_minutes;
  facts.now = options.clock->Now();
  facts.large = LargeFor(request);
  facts.places = options.places != nullptr;
  facts.covers_zh = options.covers_zh;
  facts.covers_en = options.covers_en;
  return facts;
}

http::Response PageAnswer(const http::Request& request, int status,
                          const http::GzipPrefix& beginning, std::string_view end) {
  http::Response response{status, PageHeaders(), ""};
  response.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  const bool chinese = LanguageFor(request) == text::Language::kChinese;
  response.headers.emplace_back("Content-Language", chinese ? "zh-CN" : "en");
  if (http::TakesGzip(request)) {
    response.body = beginning.With(end);
    response.headers.emplace_back("Content-Encoding", "gzip");
  } else {
    response.body = StrCat(beginning.text(), end);
  }
  return response;
}

http::Response PageAnswer(const http::Request& request, int status, std::string html) {
  const http::GzipPrefix& beginning = BeginningFor(LanguageFor(request), LargeFor(request));
  SUYUAN_CHECK(html.starts_with(beginning.text()));
  return PageAnswer(request, status, beginning,
                    std::string_view(html).substr(beginning.text().size()));
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
                    {"Cache-Control", "private, max-age=86400"},
                    {"Referrer-Policy", "no-referrer"}},
                   ""});
}

http::Response AboveAnswer(std::string location) {
  return WithCors({307,
                   {{"Location", std::move(location)},
                    {"Cache-Control", "no-store"},
                    {"Referrer-Policy", "no-referrer"}},
                   ""});
}

}  // namespace suyuan::portal
