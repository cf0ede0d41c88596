// Certificates whose use ended before they expire: those that the CRLs in a folder name (RFC 5280
// 5).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "storage/base/mutex.h"

namespace suyuan::rpc {

// How long a CRL that is put into the folder may go unnoticed.
inline constexpr std::chrono::seconds kRevocationDelay{2};

// Thread-safe. A CRL counts if one of the authorities signed it, for as long as it lies there,
// however old: revoked stays revoked. A file that is none of theirs is logged, and takes nothing
// back.
class Revocations {
 public:
  // `dir`: any number of files, PEM; it need not be there yet. `authorities`: a PEM file.
  Revocations(std::string dir, std::string authorities,
              std::chrono::steady_clock::duration delay = kRevocationDelay);

  // Whether a CRL names the certificate (PEM), or it cannot be read.
  bool Names(std::string_view certificate);

 private:
  using Clock = std::chrono::steady_clock;
  void LookAgain(Clock::time_point now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string dir_, authorities_;
  const Clock::duration delay_;
  Mutex mutex_;
  std::optional<Clock::time_point> looked_ ABSL_GUARDED_BY(mutex_);
  // Names, sizes and times of the files, as they were read whole, and as they were read last.
  std::string seen_ ABSL_GUARDED_BY(mutex_), tried_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::string> revoked_ ABSL_GUARDED_BY(mutex_);  // Issuer and serial, DER.
  absl::flat_hash_map<std::string, bool> answers_ ABSL_GUARDED_BY(mutex_);  // By certificate.
};

}  // namespace suyuan::rpc
