// What a stranger may ask the portal for: a redirect goes to this place, to an address that is its
// own canonical form.
#include <cstdint>
#include <string>

#include "services/portal/address.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  const std::string target(reinterpret_cast<const char*>(data), size);
  const auto address = portal::ParseAddress(target);
  if (!address.ok() || address->canonical.empty()) return 0;
  const std::string& canonical = address->canonical;
  SUYUAN_CHECK(canonical[0] == '/' && canonical[1] != '/' && canonical[1] != '\\');
  const auto again = portal::ParseAddress(canonical);
  if (canonical.size() > 200) return 0;  // Escaping may make it longer.
  SUYUAN_CHECK(again.ok() && again->canonical.empty());
  SUYUAN_CHECK(again->code == address->code && again->batch == address->batch);
  return 0;
}
