// Notes and keys from elsewhere: what is read is written again to the byte, and nothing is signed
// by a key that did not sign it.
#include <cstdint>
#include <string>

#include "services/tlog/note.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  static const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEd25519);
  static const auto verifier = tlog::VerifierKey::Parse(tlog::VerifierKeyOf("n", key));
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto note = tlog::ParseNote(bytes);
  if (note.ok()) {
    SUYUAN_CHECK(tlog::FormatNote(*note) == bytes);
    SUYUAN_CHECK(!tlog::VerifyNote(*note, *verifier).ok());
  }
  if (const auto parsed = tlog::VerifierKey::Parse(bytes); parsed.ok()) {
    SUYUAN_CHECK(parsed->ToString() == bytes);
  }
  return 0;
}
