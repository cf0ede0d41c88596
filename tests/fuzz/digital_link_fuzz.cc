// Addresses anybody may send: what is read has one canonical form, which reads as the same.
#include <cstdint>
#include <string>

#include "services/gs1/digital_link.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const auto& link : {gs1::ParseLinkTarget(bytes), gs1::ParseDigitalLink(bytes)}) {
    if (!link.ok()) continue;
    const std::string canonical = gs1::CanonicalPath(*link) + gs1::CanonicalQuery(*link);
    const auto again = gs1::ParseLinkTarget(canonical);
    if (canonical.size() > gs1::kLinkBytesMax) continue;  // Escaping may make it longer.
    SUYUAN_CHECK(again.ok());
    SUYUAN_CHECK(again->key == link->key && again->attributes == link->attributes);
    SUYUAN_CHECK(gs1::CanonicalPath(*again) + gs1::CanonicalQuery(*again) == canonical);
    SUYUAN_CHECK(gs1::ElementString(*again) == gs1::ElementString(*link));
  }
  return 0;
}
