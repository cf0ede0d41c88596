// Checkpoints from elsewhere: nothing opens that the log's key did not sign.
#include <cstdint>
#include <string>

#include "services/ledger/checkpoint.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  static const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEd25519);
  static const std::string verifier = ledger::VerifierKeyOf("log", key);
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  SUYUAN_CHECK(!ledger::OpenCheckpoint(bytes, verifier).ok());
  (void)ledger::OpenCheckpoint(bytes, bytes);
  return 0;
}
