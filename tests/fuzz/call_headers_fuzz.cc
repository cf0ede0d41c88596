// The headers that sign a call over HTTP, as anybody sends them: refused with a reason, or exactly
// what they say. The first byte says which encoding; lines are the id, the time, the signature and
// the timeout, and the rest is the body.
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "services/domain/error.h"
#include "services/portal/connect.h"
#include "services/rpc/authorship.h"
#include "services/rpc/keys.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"

namespace {

using namespace suyuan;  // NOLINT: a fuzzer's one file.

constexpr char kOrigin[] = "lufeng/00112233445566778899aabbccddeeff";

std::string TakeLine(std::string* rest) {
  const size_t end = std::min(rest->find('\n'), rest->size());
  const std::string line = rest->substr(0, end);
  rest->erase(0, end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool json = (data[0] & 1) != 0;
  std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  http::Request request;
  request.method = "POST";
  request.target = "/suyuan.v1.RegistryService/RegisterPlot?x";
  request.headers = {
      {"content-type", json ? "application/json; charset=utf-8" : "application/proto"}};
  for (const char* name :
       {"suyuan-key-id", "suyuan-time", "suyuan-signature-bin", "connect-timeout-ms"}) {
    request.headers.emplace_back(name, TakeLine(&rest));
  }
  request.body = rest;
  const rpc::Incoming incoming = portal::IncomingOf(request);
  SUYUAN_CHECK(incoming.json == json && incoming.body == rest && !incoming.internal);
  SUYUAN_CHECK(incoming.until <= rpc::Monotonic::now() + rpc::kPatience);
  const auto authorship = rpc::AuthorshipOf(incoming.method, incoming);
  if (!authorship.ok()) {
    SUYUAN_CHECK(domain::ReasonOf(authorship.status()) == v1::REASON_SIGNATURE_INVALID);
    return 0;
  }
  SUYUAN_CHECK(HexOf(authorship->key_id) == absl::AsciiStrToLower(incoming.key_id));
  SUYUAN_CHECK(authorship->signature.size() == rpc::kSignatureSize);
  SUYUAN_CHECK(authorship->method == "/suyuan.v1.RegistryService/RegisterPlot");
  SUYUAN_CHECK(ledger::SignedText(kOrigin, *authorship, incoming.body).size() > 0);
  return 0;
}
