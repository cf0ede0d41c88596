// A request of any method as a stranger sends it: parsed and judged by the field rules, or refused
// with a reason; what is accepted says the same when it is written and read again. The first byte
// says which encoding, the second which method.
#include <cstdint>
#include <memory>
#include <string_view>

#include "services/domain/error.h"
#include "services/rpc/encoding.h"
#include "services/rpc/rules.h"
#include "storage/base/status.h"
#include "tests/support/methods.h"

namespace {

using namespace suyuan;  // NOLINT: a fuzzer's one file.

absl::Status Read(std::string_view body, bool json, google::protobuf::Message* request) {
  absl::Status status = rpc::ParseMessage(body, json, request);
  if (status.ok()) status = rpc::CheckRules(*request);
  return status;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  static const auto* methods = new auto(test::Methods());
  static const bool quiet = google::protobuf::SetLogHandler(nullptr) != nullptr;
  (void)quiet;
  const auto* type = (*methods)[data[1] % methods->size()]->input_type();
  const std::unique_ptr<google::protobuf::Message> request = test::New(type);
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const absl::Status status = Read(body, (data[0] & 1) != 0, request.get());
  if (!status.ok()) {
    SUYUAN_CHECK(domain::ReasonOf(status) != v1::REASON_UNSPECIFIED);
    SUYUAN_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  for (const bool json : {false, true}) {
    const absl::StatusOr<std::string> written = rpc::EncodeMessage(*request, json);
    SUYUAN_CHECK(written.ok());
    const std::unique_ptr<google::protobuf::Message> again = test::New(type);
    SUYUAN_CHECK(Read(*written, json, again.get()).ok());
    SUYUAN_CHECK(again->SerializeAsString() == request->SerializeAsString());
  }
  return 0;
}
