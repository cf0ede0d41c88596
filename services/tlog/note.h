// Signed notes: a text, and under it a line for each key that signed it. Pure; no disk, no clock.
// Source: c2sp.org/signed-note@v1.0.0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/rpc/keys.h"

namespace suyuan::tlog {

constexpr size_t kNoteBytesMax = 256 << 10;
constexpr size_t kSignaturesMax = 64;  // A verifier has to take at least 16.
constexpr size_t kKeyIdSize = 4;

// The two of the assigned signature types that this project makes and checks.
enum class KeyType : uint8_t {
  kEd25519 = 0x01,      // Over the note's text.
  kCosignature = 0x04,  // With the time it was made at: cosignature.h.
};

// One signature line.
struct Signature {
  std::string name;    // Of the key.
  std::string key_id;  // 4 bytes.
  std::string bytes;   // As the key's type has it.
  bool operator==(const Signature&) const = default;
};

struct Note {
  std::string text;  // With its last newline.
  std::vector<Signature> signatures;
};

// A key as whoever trusts it keeps it ("vkey"): "{name}+{8 hex digits of id}+{base64 of type ‖ 32
// bytes}". Thread-safe; cheap to copy.
class VerifierKey {
 public:
  // INVALID_ARGUMENT: not that form, an id that is not of this name and key, a type not above, or
  // an Ed25519 point that would sign anything.
  static absl::StatusOr<VerifierKey> Parse(std::string_view text);

  const std::string& name() const { return name_; }
  const std::string& id() const { return id_; }
  KeyType type() const { return type_; }
  const std::string& bytes() const { return bytes_; }  // The 32 bytes of the public key.
  std::string ToString() const;
  // The same public key under another name, and so with another id.
  VerifierKey Named(std::string_view name) const;
  // Whether this is an Ed25519 signature (64 bytes) of this key over exactly that message.
  bool Signed(std::string_view message, std::string_view signature) const;

 private:
  VerifierKey(std::string name, KeyType type, std::string bytes, rpc::PublicKey key);
  std::string name_;
  std::string id_;
  KeyType type_;
  std::string bytes_;
  rpc::PublicKey key_;
};

// Not empty, UTF-8, no space of any kind, no plus sign, no control character.
bool ValidKeyName(std::string_view name);

// The verifier key of one's own key. Aborts for a key that is not Ed25519.
std::string VerifierKeyOf(std::string_view name, const rpc::SigningKey& key,
                          KeyType type = KeyType::kEd25519);
// First 4 bytes of SHA-256(name ‖ "\n" ‖ type ‖ key). Aborts for a key that is not Ed25519.
std::string KeyIdOf(std::string_view name, const rpc::SigningKey& key, KeyType type);

// INVALID_ARGUMENT: not a note, byte for byte; too long; too many signatures. Says nothing of who
// signed it: see VerifyNote.
absl::StatusOr<Note> ParseNote(std::string_view bytes);
std::string FormatNote(const Note& note);

// Signature lines alone, as a witness answers them. INVALID_ARGUMENT as above; none is none.
absl::StatusOr<std::vector<Signature>> ParseSignatures(std::string_view lines);
// "— {name} {base64 of id ‖ bytes}\n".
std::string FormatSignature(const Signature& signature);

// A signature of type kEd25519. Aborts for another kind of key.
Signature SignNote(std::string_view text, std::string_view name, const rpc::SigningKey& key);
// The note's signatures with the key's name and id; all others are somebody else's business.
std::vector<const Signature*> SignaturesBy(const Note& note, const VerifierKey& key);
// For a key of type kEd25519. NOT_FOUND: it did not sign the note. DATA_LOSS: a signature that
// claims to be its does not verify, so that the whole note is refused.
absl::Status VerifyNote(const Note& note, const VerifierKey& key);

}  // namespace suyuan::tlog
