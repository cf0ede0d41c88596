// Codes of invitations, and what proves that a key was let in by who might: docs/security.md.
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/rpc/keys.h"

namespace suyuan::rpc {

// A fresh code of 80 random bits: "ABCD-EFGH-JKMN-PQRS", Crockford base32.
std::string NewCode();

// The Ed25519 key of a code in the ledger of this origin, from
// SHA-256("suyuan-invitation-v1\n{origin}\n{16 characters}\n"). INVALID_ARGUMENT: not a code;
// blanks and dashes do not count, nor does case, and O, I and L are read as the digits they look
// like.
absl::StatusOr<SigningKey> KeyOfCode(std::string_view origin, std::string_view code);

// "invitations/{32 hex digits}" and "keys/{32 hex digits}" of a public key; and whether a name is
// one of that collection.
std::string NameOfKey(std::string_view collection, uint8_t algorithm, std::string_view spki);
bool IsKeyName(std::string_view collection, std::string_view name);

// What the code's key signs to let in a key, and the new key to take the old one's place. Names are
// as in "keys/{32 hex digits}".
std::string EnrollmentText(std::string_view origin, std::string_view key);
std::string RotationText(std::string_view origin, std::string_view old_key,
                         std::string_view new_key);

// False where a key is none or did not sign the text.
bool SignedBy(uint8_t algorithm, std::string_view spki, std::string_view text,
              std::string_view signature);

}  // namespace suyuan::rpc
