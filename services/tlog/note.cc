#include "services/tlog/note.h"

#include <utility>

#include "absl/strings/str_split.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"

namespace suyuan::tlog {
namespace {

constexpr size_t kPublicKeySize = 32;
// SubjectPublicKeyInfo of an Ed25519 key: this, then the 32 bytes (RFC 8410 4).
constexpr std::string_view kSpkiPrefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // An em dash and a blank.

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(StrCat("note: ", what));
}

// White_Space of Unicode.
bool Space(int32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Whether it is UTF-8 without control characters but newlines.
bool PlainText(std::string_view text) {
  while (!text.empty()) {
    const int32_t c = NextCharacter(text);
    if (c < 0 || (c < 0x20 && c != '\n')) return false;
  }
  return true;
}

std::string TypedKey(KeyType type, std::string_view bytes) {
  return StrCat(std::string(1, static_cast<char>(type)), bytes);
}

std::string HashedId(std::string_view name, KeyType type, std::string_view bytes) {
  const Hash hash = Sha256(name, "\n", TypedKey(type, bytes));
  return std::string(AsBytes(hash).substr(0, kKeyIdSize));
}

std::string PublicBytes(const rpc::SigningKey& key) {
  SUYUAN_CHECK(key.algorithm() == rpc::kEd25519);
  return key.Spki().substr(kSpkiPrefix.size());
}

std::string FormatKey(std::string_view name, KeyType type, std::string_view bytes) {
  return StrCat(name, "+", HexOf(HashedId(name, type, bytes)), "+",
                Base64Of(TypedKey(type, bytes)));
}

absl::StatusOr<Signature> ParseSignature(std::string_view line) {
  if (!line.starts_with(kDash)) return Malformed("a signature line does not begin with a dash");
  line.remove_prefix(kDash.size());
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return Malformed("a signature line has no signature");
  Signature signature;
  signature.name = line.substr(0, blank);
  if (!ValidKeyName(signature.name)) return Malformed("a signer's name is none");
  std::string bytes;
  if (!ParseBase64(line.substr(blank + 1), &bytes)) return Malformed("a signature is not base64");
  if (bytes.size() <= kKeyIdSize) return Malformed("a signature is too short");
  signature.key_id = bytes.substr(0, kKeyIdSize);
  signature.bytes = bytes.substr(kKeyIdSize);
  return signature;
}

}  // namespace

VerifierKey::VerifierKey(std::string name, KeyType type, std::string bytes, rpc::PublicKey key)
    : name_(std::move(name)),
      id_(HashedId(name_, type, bytes)),
      type_(type),
      bytes_(std::move(bytes)),
      key_(std::move(key)) {}

absl::StatusOr<VerifierKey> VerifierKey::Parse(std::string_view text) {
  const auto wrong = [](std::string_view why) {
    return absl::InvalidArgumentError(StrCat("verifier key: ", why));
  };
  if (text.size() > kNoteBytesMax) return wrong("too long");
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(text), absl::MaxSplits('+', 2));
  std::string typed;
  if (parts.size() != 3 || !ValidKeyName(parts[0]) || !ParseBase64(parts[2], &typed)) {
    return wrong("not {name}+{id}+{key}");
  }
  if (typed.size() != 1 + kPublicKeySize ||
      (typed[0] != static_cast<char>(KeyType::kEd25519) &&
       typed[0] != static_cast<char>(KeyType::kCosignature))) {
    return wrong("of a type that is not known");
  }
  const auto type = static_cast<KeyType>(typed[0]);
  typed.erase(0, 1);
  if (parts[1] != HexOf(HashedId(parts[0], type, typed))) return wrong("the id is another key's");
  ASSIGN_OR_RETURN(rpc::PublicKey key,
                   rpc::PublicKey::Parse(rpc::kEd25519, StrCat(kSpkiPrefix, typed)));
  return VerifierKey(parts[0], type, std::move(typed), std::move(key));
}

VerifierKey VerifierKey::Named(std::string_view name) const {
  return VerifierKey(std::string(name), type_, bytes_, key_);
}

std::string VerifierKey::ToString() const { return FormatKey(name_, type_, bytes_); }

bool VerifierKey::Signed(std::string_view message, std::string_view signature) const {
  return key_.Verify(message, signature);
}

bool ValidKeyName(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const int32_t c = NextCharacter(name);
    if (c < 0x20 || c == '+' || Space(c)) return false;
  }
  return true;
}

std::string VerifierKeyOf(std::string_view name, const rpc::SigningKey& key, KeyType type) {
  return FormatKey(name, type, PublicBytes(key));
}

std::string KeyIdOf(std::string_view name, const rpc::SigningKey& key, KeyType type) {
  return HashedId(name, type, PublicBytes(key));
}

absl::StatusOr<Note> ParseNote(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return Malformed("too long");
  if (!PlainText(bytes)) return Malformed("not plain UTF-8 text");
  const size_t end = bytes.rfind("\n\n");  // The text may hold empty lines of its own.
  if (end == std::string_view::npos) return Malformed("no empty line before the signatures");
  Note note;
  note.text = bytes.substr(0, end + 1);
  ASSIGN_OR_RETURN(note.signatures, ParseSignatures(bytes.substr(end + 2)));
  if (note.signatures.empty()) return Malformed("no signatures");
  return note;
}

std::string FormatNote(const Note& note) {
  std::string bytes = StrCat(note.text, "\n");
  for (const Signature& signature : note.signatures) bytes += FormatSignature(signature);
  return bytes;
}

absl::StatusOr<std::vector<Signature>> ParseSignatures(std::string_view lines) {
  if (lines.size() > kNoteBytesMax) return Malformed("too long");
  std::vector<Signature> signatures;
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    if (end == std::string_view::npos) return Malformed("the last line does not end");
    if (signatures.size() == kSignaturesMax) return Malformed("too many signatures");
    ASSIGN_OR_RETURN(signatures.emplace_back(), ParseSignature(lines.substr(0, end)));
    lines.remove_prefix(end + 1);
  }
  return signatures;
}

std::string FormatSignature(const Signature& signature) {
  return StrCat(kDash, signature.name, " ", Base64Of(signature.key_id + signature.bytes), "\n");
}

Signature SignNote(std::string_view text, std::string_view name, const rpc::SigningKey& key) {
  return {std::string(name), KeyIdOf(name, key, KeyType::kEd25519), key.Sign(text)};
}

std::vector<const Signature*> SignaturesBy(const Note& note, const VerifierKey& key) {
  std::vector<const Signature*> found;
  for (const Signature& signature : note.signatures) {
    if (signature.name == key.name() && signature.key_id == key.id()) found.push_back(&signature);
  }
  return found;
}

absl::Status VerifyNote(const Note& note, const VerifierKey& key) {
  SUYUAN_CHECK(key.type() == KeyType::kEd25519);
  const std::vector<const Signature*> signatures = SignaturesBy(note, key);
  if (signatures.empty()) return absl::NotFoundError(StrCat("not signed by ", key.name()));
  for (const Signature* signature : signatures) {
    if (!key.Signed(note.text, signature->bytes)) {
      return absl::DataLossError(StrCat("the signature of ", key.name(), " is wrong"));
    }
  }
  return absl::OkStatus();
}

}  // namespace suyuan::tlog
