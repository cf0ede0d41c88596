// Proofs from elsewhere: what is read is written again to the byte, and none holds for a log that
// signed nothing.
#include <cstdint>
#include <string>

#include "services/tlog/proof.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  static const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEd25519);
  static const tlog::Policy policy =
      tlog::Policy::OfLog(*tlog::VerifierKey::Parse(tlog::VerifierKeyOf("example.com/log", key)));
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto proof = tlog::ParseProof(bytes);
  if (!proof.ok()) return 0;
  SUYUAN_CHECK(tlog::FormatProof(*proof) == bytes);
  SUYUAN_CHECK(!tlog::VerifyProof(*proof, Hash{}, policy).ok());
  return 0;
}
