// A photo that a stranger sends: refused, or a JPEG of ours within its limits, which we take again.
#include <cstdint>
#include <string>

#include "services/document/orientation.h"
#include "services/document/photo.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  const std::string file(reinterpret_cast<const char*>(data), size);
  document::OrientationOf(file);
  const auto kept = document::RedrawPhoto(file);
  if (!kept.ok()) return 0;
  SUYUAN_CHECK(kept->size() <= document::kPhotoBytesMax && kept->starts_with("\xff\xd8"));
  SUYUAN_CHECK(document::RedrawPhoto(*kept).ok());
  return 0;
}
