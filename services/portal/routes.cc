#include "services/portal/routes.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "services/domain/error.h"
#include "services/portal/scan_page.h"
#include "storage/base/log.h"
#include "storage/base/text.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::portal {
namespace {

constexpr char kHtml[] = "text/html; charset=utf-8";
constexpr char kResolve[] = "/suyuan.v1.LabelService/ResolveLabel";

// Nothing is loaded from anywhere, nothing runs, nobody frames the page, no address is passed on.
const http::Headers& PageHeaders() {
  static const auto* headers = new http::Headers{
      {"Content-Security-Policy",
       StrCat("default-src 'none'; style-src ", StyleSource(),
              "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"Cache-Control", "no-store"},
      {"Vary", "Accept-Language, Accept-Encoding"},
  };
  return *headers;
}

// Whether the address asks for this, as in "?lang=en&big=1".
bool Asks(const http::Request& request, std::string_view what) {
  const std::string_view target = request.target;
  const size_t query = target.find('?');
  if (query == std::string_view::npos) return false;
  const std::string all = StrCat("&", target.substr(query + 1), "&");
  return all.find(StrCat("&", what, "&")) != std::string::npos;
}

// The address's own wish, else the browser's.
text::Language LanguageFor(const http::Request& request) {
  if (Asks(request, "lang=en")) return text::Language::kEnglish;
  if (Asks(request, "lang=zh")) return text::Language::kChinese;
  return LanguageOf(request.Header("accept-language"));
}

bool LargeFor(const http::Request& request) { return Asks(request, "big=1"); }

http::Response Page(const http::Request& request, text::Language language, int status,
                    std::string html) {
  http::Response response{status, PageHeaders(), std::move(html)};
  response.headers.emplace_back("Content-Type", kHtml);
  response.headers.emplace_back("Content-Language",
                                language == text::Language::kChinese ? "zh-CN" : "en");
  if (http::TakesGzip(request)) {
    response.body = http::Gzip(response.body);
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

// "/{a}/{b}/…" without empty parts; at most five.
std::vector<std::string_view> PartsOf(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty() && path.front() == '/' && parts.size() < 5) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

}  // namespace

bool ParseLabelAddress(std::string_view path, LabelAddress* address) {
  const std::vector<std::string_view> parts = PartsOf(path);
  if (parts.size() == 2 && parts[0] == "t") {
    *address = {"", std::string(parts[1])};
    return true;
  }
  if (parts.size() == 4 && parts[0] == "01" && parts[2] == "21") {
    *address = {std::string(parts[1]), std::string(parts[3])};
    return true;
  }
  return false;
}

text::Language LanguageOf(std::string_view accept_language) {
  double best = 0;
  text::Language language = text::Language::kChinese;
  while (!accept_language.empty()) {
    const size_t end = std::min(accept_language.find(','), accept_language.size());
    std::string range = absl::AsciiStrToLower(std::string(accept_language.substr(0, end)));
    accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
    absl::StripAsciiWhitespace(&range);
    double weight = 1;
    const size_t q = range.find(";q=");
    if (q != std::string::npos) weight = std::atof(range.c_str() + q + 3);
    const bool chinese = range.starts_with("zh");
    if ((!chinese && !range.starts_with("en")) || weight <= best) continue;
    best = weight;
    language = chinese ? text::Language::kChinese : text::Language::kEnglish;
  }
  return language;
}

Routes::Routes(const PortalOptions& options)
    : options_(options), connect_(options.router, options.services), tiles_(options.router) {}

void Routes::Handle(http::Request request, http::Respond respond) const {
  const std::string_view path = request.path();
  if (connect_.Serves(path)) return connect_.Handle(std::move(request), std::move(respond));
  const text::Language language = LanguageFor(request);
  const bool large = LargeFor(request);
  const bool reading = request.method == "GET" || request.method == "HEAD";
  LabelAddress address;
  if (!reading) {
    // Also what a client of the API meets that has the name of a method wrong.
    return respond(ErrorResponse(domain::Error(v1::REASON_METHOD_UNKNOWN)));
  }
  if (path == "/healthz") {
    return respond({200, {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}}, "ok\n"});
  }
  if (Tiles::Serves(path)) return tiles_.Handle(request, std::move(respond));
  if (ParseLabelAddress(path, &address)) return ScanLabel(request, address, std::move(respond));
  if (path == "/") return respond(Page(request, language, 200, WelcomePage(language, large)));
  respond(Page(request, language, 404, NotFoundPage(language, large)));
}

void Routes::ScanLabel(const http::Request& request, const LabelAddress& address,
                       http::Respond respond) const {
  v1::ResolveLabelRequest resolve;
  resolve.set_code(absl::AsciiStrToUpper(address.code));
  resolve.set_gtin(address.gtin);
  rpc::Incoming incoming;
  incoming.method = kResolve;
  incoming.body = resolve.SerializeAsString();
  options_.router->Call(std::move(incoming), [this, request, respond = std::move(respond)](
                                                 absl::StatusOr<std::string> answer) {
    const text::Language language = LanguageFor(request);
    const bool large = LargeFor(request);
    v1::ResolveLabelResponse label;
    if (answer.ok() && label.ParseFromString(*answer)) {
      PageFacts facts;
      facts.public_url = options_.public_url;
      facts.utc_offset_minutes = options_.utc_offset_minutes;
      facts.now = options_.clock->Now();
      facts.large = large;
      return respond(Page(request, language, 200, ScanPage(label, language, facts)));
    }
    // A code that is malformed and one that is nobody's look the same.
    const bool unknown =
        absl::IsNotFound(answer.status()) || absl::IsInvalidArgument(answer.status());
    if (!unknown) {
      log::Error("scan failed", {{"status", answer.status().ToString()}});
      return respond(Page(request, language, 503, UnavailablePage(language, large)));
    }
    respond(Page(request, language, 404, NotFoundPage(language, large)));
  });
}

}  // namespace suyuan::portal
