// Checkpoints from elsewhere: nothing opens that the log's key did not sign.
#include <cstdint>
#include <string>

#include "services/tlog/checkpoint.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  static const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEd25519);
  static const std::string verifier = tlog::VerifierKeyOf("log", key);
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  SUYUAN_CHECK(!tlog::OpenCheckpoint(bytes, verifier).ok());
  (void)tlog::OpenCheckpoint(bytes, bytes);
  if (const auto text = tlog::ParseCheckpoint(bytes); text.ok() && text->extensions.empty()) {
    SUYUAN_CHECK(tlog::CheckpointText(text->origin, text->head) == bytes);
  }
  return 0;
}
