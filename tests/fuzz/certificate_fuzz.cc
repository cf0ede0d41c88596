// What a peer shows of itself: ids are read to the letter or not at all, and whatever stands in a
// certificate makes nobody a module by chance. The first byte says what the rest is.
#include <cstdint>
#include <string>

#include "services/rpc/certificate.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"

namespace {

using namespace suyuan;  // NOLINT: a fuzzer's one file.

constexpr char kDomain[] = "lufeng.example";

void ReadId(const std::string& text) {
  const auto id = rpc::ParseSpiffeId(text);
  if (id.ok()) SUYUAN_CHECK("spiffe://" + id->trust_domain + id->path == text);
  const bool module = rpc::IsModule({text}, kDomain, "ledger");
  SUYUAN_CHECK(!module || (id.ok() && id->trust_domain == kDomain));
  SUYUAN_CHECK(!rpc::IsModule({text, text}, kDomain, ""));
}

void ReadPem(const std::string& pem) {
  const auto info = rpc::ReadCertificate(pem);
  if (!info.ok()) return;
  for (const std::string& uri : info->uris) ReadId(uri);
  (void)rpc::IsModule(info->uris, kDomain, "");
}

std::string PemOf(const std::string& der) {
  const std::string base64 = Base64Of(der);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + "\n";
  return pem + "-----END CERTIFICATE-----\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      ReadId(rest);
      break;
    case 1:
      ReadPem(rest);
      break;
    default:
      ReadPem(PemOf(rest));
  }
  return 0;
}
