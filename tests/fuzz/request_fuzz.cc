// A request's bytes as a stranger sends them: parsed and judged by the field rules, or refused with
// a reason. The first byte says which encoding.
#include <cstdint>
#include <string_view>

#include "services/domain/error.h"
#include "services/rpc/encoding.h"
#include "services/rpc/rules.h"
#include "storage/base/status.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/origin.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  if (size == 0) return 0;
  const bool json = (data[0] & 1) != 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  v1::RegisterHarvestsRequest harvests;
  v1::RecordResultRequest result;
  google::protobuf::Message* message = &harvests;
  if ((data[0] & 2) != 0) message = &result;
  absl::Status status = rpc::ParseMessage(body, json, message);
  if (status.ok()) status = rpc::CheckRules(*message);
  SUYUAN_CHECK(status.ok() || domain::ReasonOf(status) != v1::REASON_UNSPECIFIED);
  if (status.ok()) (void)rpc::EncodeMessage(*message, true);
  return 0;
}
