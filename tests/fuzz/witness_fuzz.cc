// What a log sends to a witness: what is read is written again byte for byte.
#include <cstdint>
#include <string>

#include "services/tlog/witness.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto request = tlog::ParseAddCheckpoint(bytes);
  if (request.ok()) SUYUAN_CHECK(tlog::FormatAddCheckpoint(*request) == bytes);
  const auto answer = tlog::ParseSize(bytes);
  if (answer.ok()) SUYUAN_CHECK(tlog::FormatSize(*answer) == bytes);
  return 0;
}
