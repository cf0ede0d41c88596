// Stored bytes: what decodes encodes to the same bytes again; nothing else may happen.
#include <cstdint>
#include <string_view>

#include "storage/base/status.h"
#include "storage/ledger/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan::ledger;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto leaf = Leaf::Decode(bytes); leaf.ok()) SUYUAN_CHECK(leaf->Encode() == bytes);
  if (const auto terms = Terms::Decode(bytes); terms.ok()) SUYUAN_CHECK(terms->Encode() == bytes);
  if (const auto author = Authorship::Decode(bytes); author.ok()) {
    SUYUAN_CHECK(author->Encode() == bytes);
  }
  if (const auto items = DecodeItems(bytes); items.ok()) {
    SUYUAN_CHECK(EncodeItems(*items) == bytes);
    (void)CheckItems(*items);
    (void)ContentRoot(*items);
  }
  return 0;
}
