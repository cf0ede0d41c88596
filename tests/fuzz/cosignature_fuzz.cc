// Cosignature lines from elsewhere: none holds that the witness did not make.
#include <cstdint>
#include <string>

#include "services/tlog/cosignature.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  static const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEd25519);
  static const auto verifier =
      tlog::VerifierKey::Parse(tlog::VerifierKeyOf("w", key, tlog::KeyType::kCosignature));
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  tlog::Note note{"log\n1\nroot\n", {}};
  if (auto lines = tlog::ParseSignatures(bytes); lines.ok()) {
    note.signatures = *std::move(lines);
    SUYUAN_CHECK(!tlog::CosignedAt(note, *verifier).ok());
  }
  // The input as what the witness's own line holds.
  note.signatures = {{"w", verifier->id(), bytes}};
  SUYUAN_CHECK(absl::IsDataLoss(tlog::CosignedAt(note, *verifier).status()));
  return 0;
}
