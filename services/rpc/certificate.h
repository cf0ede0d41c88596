// X.509 certificates for TLS: an authority of one's own for development and for the modules of an
// installation, what it issues, and the folder a listener takes them from. Ids follow SPIFFE
// (SPIFFE ID and X.509-SVID specifications).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace suyuan::rpc {

// The files of a TLS folder, named as Kubernetes names them.
inline constexpr char kCertificateFile[] = "tls.crt";  // PEM: ours, then those up to the authority.
inline constexpr char kPrivateKeyFile[] = "tls.key";   // PEM, mode 0600.
inline constexpr char kAuthoritiesFile[] = "ca.crt";   // PEM: whom we believe about our peers.
inline constexpr char kRevokedFolder[] = "crl";        // CRLs, PEM, of any names; need not be.

struct KeyAndCertificate {
  std::string key;          // PKCS#8 PEM, P-256.
  std::string certificate;  // PEM.
};

struct CertificateRequest {
  std::vector<std::string> hosts;  // Host names and IP addresses; at least one, or a SPIFFE id.
  std::string spiffe_id;           // "spiffe://lufeng.example/suyuan/ledger"; empty: none.
  absl::Duration lifetime = absl::Hours(24 * 90);
};

// What a certificate says.
struct CertificateInfo {
  std::vector<std::string> uris;
  absl::Time not_after;
  bool authority = false;  // It may certify others.
};

// A self-signed authority that may certify keys, and no other authority.
KeyAndCertificate MakeAuthority(std::string_view name, absl::Duration lifetime, absl::Time now);
// A new key, certified. INVALID_ARGUMENT: a host or id that is none, or the authority cannot be
// read.
absl::StatusOr<KeyAndCertificate> IssueCertificate(const KeyAndCertificate& authority,
                                                   const CertificateRequest& request,
                                                   absl::Time now);

// The authority's CRL, PEM: `before` (empty: none yet) and this certificate of its own.
// INVALID_ARGUMENT: it is not, or `before` is no CRL.
absl::StatusOr<std::string> RevokeCertificate(const KeyAndCertificate& authority,
                                              std::string_view before, std::string_view certificate,
                                              absl::Time now);

// The first certificate of a PEM file. INVALID_ARGUMENT: there is none.
absl::StatusOr<CertificateInfo> ReadCertificate(std::string_view pem);
// That of such a folder. INVALID_ARGUMENT: there is none.
absl::StatusOr<CertificateInfo> ReadCertificateIn(const std::string& dir);
// What a listener can be opened with: there, readable, of one key, in force. FAILED_PRECONDITION,
// with the file and what is wrong with it.
absl::StatusOr<KeyAndCertificate> ReadTlsFolder(const std::string& dir, absl::Time now);
absl::Status CheckTlsFolder(const std::string& dir, absl::Time now);

// The trust domain of a module's certificate in such a folder. FAILED_PRECONDITION: its id is no
// module's.
absl::StatusOr<std::string> TrustDomainOf(const std::string& dir);

// "spiffe://{trust domain}/{path}" in its two parts. INVALID_ARGUMENT: anything else, as the SPIFFE
// ID specification has it (2.1, 2.2, 2.3).
struct SpiffeId {
  std::string trust_domain;
  std::string path;  // With its slash.
};
absl::StatusOr<SpiffeId> ParseSpiffeId(std::string_view text);

// Modules of an installation know one another by such ids: "/suyuan/{module}.{module}…", the
// modules that the process has.
std::string ModuleSpiffeId(std::string_view trust_domain, const std::vector<std::string>& modules);
// Whether a peer of these URIs is a process of `trust_domain` that has `module`; empty: any.
bool IsModule(const std::vector<std::string>& uris, std::string_view trust_domain,
              std::string_view module);

}  // namespace suyuan::rpc
