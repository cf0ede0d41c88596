// What a witness says of a checkpoint: that, at this time, it was the largest it has seen of the
// log, and continues all it had seen before. Pure.
// Source: c2sp.org/tlog-cosignature@v1.0.1, the Ed25519 type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/rpc/keys.h"
#include "services/tlog/note.h"

namespace suyuan::tlog {

// "cosignature/v1\ntime {seconds}\n{text}": the message a witness signs.
std::string CosignedText(std::string_view text, int64_t seconds);

// The witness's signature under a checkpoint's text: `seconds` since 1970 (8 bytes, big-endian),
// then Ed25519's 64. Aborts for another kind of key or a negative time. A key is one witness's
// alone: what it signs does not hold the witness's name.
Signature Cosign(std::string_view text, std::string_view name, const rpc::SigningKey& key,
                 int64_t seconds);

// When that witness cosigned the note, in seconds since 1970: of several lines the newest. `key` is
// of type kCosignature. NOT_FOUND: it did not. DATA_LOSS: a line that claims to be its does not
// verify, so that the whole note is refused.
absl::StatusOr<int64_t> CosignedAt(const Note& note, const VerifierKey& key);

}  // namespace suyuan::tlog
