// States of verifications and checkpoints' texts: what is read says itself again in the same bytes.
#include <cstdint>
#include <string_view>

#include "storage/base/status.h"
#include "storage/ledger/checkpoint_text.h"
#include "storage/ledger/verify_state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan::ledger;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto state = VerifyState::Decode(bytes); state.ok()) {
    SUYUAN_CHECK(state->Encode() == bytes);
  }
  const std::string_view origin = bytes.substr(0, bytes.find('\n'));
  if (const auto head = ReadCheckpointText(bytes, origin); head.ok()) {
    SUYUAN_CHECK(bytes.starts_with(origin));
  }
  return 0;
}
