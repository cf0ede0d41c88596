#include "services/portal/assets.h"

#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

constexpr std::string_view kPrefix = "/s/";

struct Asset {
  std::string path, gzip;
  std::string_view body;
};

Asset AssetOf(std::string_view name, std::string_view body) {
  constexpr size_t kDigits = 16;
  const std::string hash = HexOf(AsBytes(Sha256(body))).substr(0, kDigits);
  return {StrCat(kPrefix, name, "-", hash, ".js"), http::Gzip(body), body};
}

const Asset& Verify() {
  static const auto* asset = new Asset(AssetOf("verify", scripts::verify));
  return *asset;
}

const Asset& Fallback() {
  static const auto* asset = new Asset(AssetOf("ed25519", scripts::fallback));
  return *asset;
}

}  // namespace

const std::string& VerifyScriptPath() { return Verify().path; }
const std::string& FallbackScriptPath() { return Fallback().path; }

bool ServesAsset(std::string_view path) { return path.starts_with(kPrefix); }

http::Response AssetAnswer(const http::Request& request) {
  for (const Asset* asset : {&Verify(), &Fallback()}) {
    if (request.path() != asset->path) continue;
    http::Response response{200,
                            {{"Content-Type", "text/javascript; charset=utf-8"},
                             {"Cache-Control", "public, max-age=31536000, immutable"},
                             {"X-Content-Type-Options", "nosniff"},
                             {"Vary", "Accept-Encoding"}},
                            ""};
    const bool gzip = http::TakesGzip(request);
    if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = gzip ? asset->gzip : std::string(asset->body);
    return response;
  }
  return {404, {{"Cache-Control", "no-store"}}, ""};
}

}  // namespace suyuan::portal
