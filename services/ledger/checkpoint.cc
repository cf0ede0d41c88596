#include "services/ledger/checkpoint.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::ledger {
namespace {

constexpr char kEd25519Type = '\x01';
constexpr size_t kEd25519Size = 32;
constexpr size_t kKeyHashSize = 4;
// SubjectPublicKeyInfo of an Ed25519 key: this, then the 32 bytes (RFC 8410 4).
constexpr std::string_view kSpkiPrefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // An em dash and a blank.

// First 4 bytes of SHA-256(name ‖ "\n" ‖ type ‖ key).
std::string KeyHash(std::string_view name, std::string_view typed_key) {
  return std::string(AsBytes(Sha256(name, "\n", typed_key)).substr(0, kKeyHashSize));
}

std::string TypedKey(const rpc::SigningKey& key) {
  SUYUAN_CHECK(key.algorithm() == rpc::kEd25519);
  return kEd25519Type + key.Spki().substr(kSpkiPrefix.size());
}

absl::Status Bad(std::string_view what) {
  return absl::DataLossError(StrCat("checkpoint: ", what));
}

// The signature over the note's text by the key of that name and hash.
absl::StatusOr<std::string> FindSignature(std::string_view signatures, std::string_view name,
                                          std::string_view key_hash) {
  for (const absl::string_view line : absl::StrSplit(ToAbsl(signatures), '\n')) {
    const std::string start = StrCat(kDash, name, " ");
    if (!absl::StartsWith(line, start)) continue;
    std::string bytes;
    if (!ParseBase64(FromAbsl(line.substr(start.size())), &bytes)) return Bad("not base64");
    if (bytes.starts_with(key_hash)) return bytes.substr(kKeyHashSize);
  }
  return Bad("not signed by the log's key");
}

}  // namespace

std::string VerifierKeyOf(std::string_view name, const rpc::SigningKey& key) {
  const std::string typed = TypedKey(key);
  return StrCat(name, "+", HexOf(KeyHash(name, typed)), "+", Base64Of(typed));
}

std::string SignCheckpoint(std::string_view origin, const TreeHead& head,
                           const rpc::SigningKey& key) {
  const std::string text =
      StrCat(origin, "\n", head.size, "\n", Base64Of(AsBytes(head.root)), "\n");
  const std::string signature = KeyHash(origin, TypedKey(key)) + key.Sign(text);
  return StrCat(text, "\n", kDash, origin, " ", Base64Of(signature), "\n");
}

absl::StatusOr<TreeHead> OpenCheckpoint(std::string_view note, std::string_view verifier_key) {
  const std::vector<std::string> parts =
      absl::StrSplit(ToAbsl(verifier_key), absl::MaxSplits('+', 2));
  std::string typed;
  if (parts.size() != 3 || !ParseBase64(parts[2], &typed) || typed.size() != 1 + kEd25519Size ||
      typed[0] != kEd25519Type) {
    return absl::InvalidArgumentError("not an Ed25519 verifier key");
  }
  const size_t end = note.find("\n\n");
  if (end == std::string_view::npos) return Bad("no signatures");
  const std::string_view text = note.substr(0, end + 1);
  ASSIGN_OR_RETURN(const std::string signature,
                   FindSignature(note.substr(end + 2), parts[0], KeyHash(parts[0], typed)));
  ASSIGN_OR_RETURN(const rpc::PublicKey key,
                   rpc::PublicKey::Parse(rpc::kEd25519, StrCat(kSpkiPrefix, typed.substr(1))));
  if (!key.Verify(text, signature)) return Bad("the signature is wrong");
  const std::vector<std::string> lines = absl::StrSplit(ToAbsl(text), '\n');
  TreeHead head;
  std::string root;
  // The size in plain decimal: no sign, no zeros in front.
  if (lines.size() < 4 || lines[0] != parts[0] || !absl::SimpleAtoi(lines[1], &head.size) ||
      lines[1] != StrCat(head.size) || !ParseBase64(lines[2], &root) || root.size() != kHashSize) {
    return Bad("malformed");
  }
  head.root = HashFromBytes(root);
  return head;
}

}  // namespace suyuan::ledger
