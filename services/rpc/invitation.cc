#include "services/rpc/invitation.h"

#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCodeSize = 16;
constexpr size_t kGroup = 4;
constexpr size_t kIdSize = 16;  // Bytes of a key's id.

// As people read and type it, to as it was made. Empty: not a code.
std::string Canonical(std::string_view code) {
  std::string out;
  for (char c : code) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (kCrockford.find(c) == std::string_view::npos) return "";
    out.push_back(c);
  }
  return out.size() == kCodeSize ? out : "";
}

std::string_view BareId(std::string_view name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

std::string NewCode() {
  std::string code;
  for (const char c : RandomBytes(kCodeSize)) {
    if (code.size() % (kGroup + 1) == kGroup) code.push_back('-');
    code.push_back(kCrockford[static_cast<uint8_t>(c) % kCrockford.size()]);
  }
  return code;
}

absl::StatusOr<SigningKey> KeyOfCode(std::string_view origin, std::string_view code) {
  const std::string canonical = Canonical(code);
  if (canonical.empty()) return absl::InvalidArgumentError("not the code of an invitation");
  const Hash seed = Sha256(StrCat("suyuan-invitation-v1\n", origin, "\n", canonical, "\n"));
  return SigningKey::FromSeed(AsBytes(seed));
}

std::string NameOfKey(std::string_view collection, uint8_t algorithm, std::string_view spki) {
  return StrCat(collection, "/", HexOf(KeyIdOf(algorithm, spki)));
}

bool IsKeyName(std::string_view collection, std::string_view name) {
  std::string id;
  return name.starts_with(collection) && name.size() > collection.size() &&
         ParseHex(name.substr(collection.size() + 1), &id) && id.size() == kIdSize &&
         name == StrCat(collection, "/", HexOf(id));
}

std::string EnrollmentText(std::string_view origin, std::string_view key) {
  return StrCat("suyuan-enrollment-v1\n", origin, "\n", BareId(key), "\n");
}

std::string RotationText(std::string_view origin, std::string_view old_key,
                         std::string_view new_key) {
  return StrCat("suyuan-rotation-v1\n", origin, "\n", BareId(old_key), "\n", BareId(new_key), "\n");
}

bool SignedBy(uint8_t algorithm, std::string_view spki, std::string_view text,
              std::string_view signature) {
  const absl::StatusOr<PublicKey> key = PublicKey::Parse(algorithm, spki);
  return key.ok() && key->Verify(text, signature);
}

}  // namespace suyuan::rpc
