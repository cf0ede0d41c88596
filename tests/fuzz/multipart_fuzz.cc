// A form that a stranger posts: the first line is its Content-Type. What is read lies within the
// body, part after part, and none has the delimiter in it.
#include <cstdint>
#include <string_view>

#include "services/portal/multipart.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\n'), input.size());
  const std::string_view body = input.substr(std::min(end + 1, input.size()));
  const auto parts = portal::ParseForm(input.substr(0, end), body);
  if (!parts.ok()) return 0;
  SUYUAN_CHECK(parts->size() <= portal::kPartsMax);
  const char* after = body.data();
  for (const portal::FormPart& part : *parts) {
    SUYUAN_CHECK(!part.name.empty() && part.data.data() >= after);
    after = part.data.data() + part.data.size();
    SUYUAN_CHECK(after <= body.data() + body.size());
  }
  return 0;
}
