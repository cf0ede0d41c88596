// What the data keys of people are wrapped by: a key in a file, or one in a token (a hardware
// security module) that nobody can copy, whatever he reads of this machine's disk.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace suyuan::registry {

// AES-256-GCM in the form of storage/base/aead.h, whoever does it. Thread-safe.
class WrappingKey {
 public:
  virtual ~WrappingKey() = default;
  // UNAVAILABLE: the token does not answer.
  virtual absl::StatusOr<std::string> Wrap(std::string_view bound, std::string_view key) = 0;
  // DATA_LOSS: it was not wrapped so by this key. UNAVAILABLE as above.
  virtual absl::StatusOr<std::string> Unwrap(std::string_view bound, std::string_view wrapped) = 0;
};

// 64 hex digits. NOT_FOUND: no such file. FAILED_PRECONDITION: they are not.
absl::StatusOr<std::unique_ptr<WrappingKey>> OpenFileKey(const std::string& path);

// The file holds a PKCS #11 URI (RFC 7512) with `token` or `serial`, `object`, `module-path` and
// `pin-source` (a file). It is looked for at once; each use logs in anew, so that a token may be
// away for a while. NOT_FOUND: no such file. FAILED_PRECONDITION: no such URI, token, key or PIN.
absl::StatusOr<std::unique_ptr<WrappingKey>> OpenTokenKey(const std::string& path);

}  // namespace suyuan::registry
