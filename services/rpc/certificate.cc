#include "services/rpc/certificate.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/rpc/openssl.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr size_t kTrustDomainMax = 255, kSpiffeIdMax = 2048;  // SPIFFE ID 2.3.
constexpr size_t kHostMax = 253;
constexpr int kSerialBytes = 16;
using Asn1Time = std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>>;
constexpr absl::Duration kCrlTerm =
    absl::Hours(24 * 365);  // Others may mind; we keep what it says.
constexpr absl::Duration kClockSkew = absl::Minutes(5);
constexpr std::string_view kModulePath = "/suyuan/";

std::string PemOf(EVP_PKEY* key) {
  const Bio out(BIO_new(BIO_s_mem()));
  SUYUAN_CHECK(
      PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return TextOf(out.get());
}

std::string PemOf(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  SUYUAN_CHECK(PEM_write_bio_X509(out.get(), certificate) == 1);
  return TextOf(out.get());
}

Certificate CertificateOf(std::string_view pem) {
  std::vector<Certificate> all = CertificatesOf(pem);
  return all.empty() ? nullptr : std::move(all.front());
}

Key KeyOf(std::string_view pem) {
  // No password: a file that wants one is not asked for it on a terminal.
  char none[] = "";
  Key key(PEM_read_bio_PrivateKey(BioOf(pem).get(), nullptr, nullptr, none));
  ERR_clear_error();
  return key;
}

void SetSerial(X509* certificate) {
  uint8_t bytes[kSerialBytes];
  SUYUAN_CHECK(RAND_bytes(bytes, kSerialBytes) == 1);
  bytes[0] = (bytes[0] & 0x7f) | 0x40;  // Positive, and of full length (RFC 5280 4.1.2.2).
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_bin2bn(bytes, kSerialBytes, nullptr));
  SUYUAN_CHECK(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  SUYUAN_CHECK(extension != nullptr);
  SUYUAN_CHECK(X509_add_ext(certificate, extension.get(), -1) == 1);
}

// A certificate of `key`, not signed yet.
Certificate Begin(EVP_PKEY* key, std::string_view name, absl::Duration lifetime, absl::Time now) {
  Certificate certificate(X509_new());
  SUYUAN_CHECK(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  SetSerial(certificate.get());
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(now - kClockSkew));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(now + lifetime));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const uint8_t*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  SUYUAN_CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

bool IsAddress(const std::string& host) {
  in6_addr ignored;
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

bool IsHostName(std::string_view host) {
  return !host.empty() && host.size() <= kHostMax && host.front() != '.' && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '*';
         });
}

absl::StatusOr<std::string> NamesOf(const CertificateRequest& request) {
  std::vector<std::string> names;
  for (const std::string& host : request.hosts) {
    if (!IsAddress(host) && !IsHostName(host)) {
      return absl::InvalidArgumentError(StrCat("not a host name or an address: ", host));
    }
    names.push_back(StrCat(IsAddress(host) ? "IP:" : "DNS:", host));
  }
  if (!request.spiffe_id.empty()) {
    RETURN_IF_ERROR(ParseSpiffeId(request.spiffe_id).status());
    names.push_back(StrCat("URI:", request.spiffe_id));
  }
  if (names.empty()) return absl::InvalidArgumentError("a certificate needs a host or an id");
  return absl::StrJoin(names, ",");
}

bool IsSegment(std::string_view segment) {
  return !segment.empty() && segment != "." && segment != ".." &&
         std::all_of(segment.begin(), segment.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
         });
}

// Whether OpenSSL would serve with it: keys that are too short, signatures by SHA-1.
bool Usable(X509* certificate, EVP_PKEY* key) {
  const std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> context(SSL_CTX_new(TLS_server_method()));
  const bool usable = context != nullptr &&
                      SSL_CTX_use_certificate(context.get(), certificate) == 1 &&
                      SSL_CTX_use_PrivateKey(context.get(), key) == 1;
  ERR_clear_error();
  return usable;
}

}  // namespace

KeyAndCertificate MakeAuthority(std::string_view name, absl::Duration lifetime, absl::Time now) {
  const Key key(EVP_EC_gen("P-256"));
  SUYUAN_CHECK(key != nullptr);
  const Certificate certificate = Begin(key.get(), name, lifetime, now);
  X509* const self = certificate.get();
  SUYUAN_CHECK(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1);
  AddExtension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(self, self, NID_subject_key_identifier, "hash");
  SUYUAN_CHECK(X509_sign(self, key.get(), EVP_sha256()) > 0);
  return {PemOf(key.get()), PemOf(self)};
}

absl::StatusOr<KeyAndCertificate> IssueCertificate(const KeyAndCertificate& authority,
                                                   const CertificateRequest& request,
                                                   absl::Time now) {
  ASSIGN_OR_RETURN(const std::string names, NamesOf(request));
  const Certificate issuer = CertificateOf(authority.certificate);
  const Key issuer_key = KeyOf(authority.key);
  if (issuer == nullptr || issuer_key == nullptr ||
      X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the authority's key and certificate cannot be used");
  }
  const Key key(EVP_EC_gen("P-256"));
  SUYUAN_CHECK(key != nullptr);
  const std::string& name = request.hosts.empty() ? request.spiffe_id : request.hosts[0];
  constexpr size_t kCommonNameMax = 64;  // RFC 5280 A.1; nobody reads it.
  const Certificate certificate =
      Begin(key.get(), std::string_view(name).substr(0, kCommonNameMax), request.lifetime, now);
  X509* const subject = certificate.get();
  SUYUAN_CHECK(X509_set_issuer_name(subject, X509_get_subject_name(issuer.get())) == 1);
  // X.509-SVID 4.1, 4.3, 4.4.
  AddExtension(subject, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(subject, issuer.get(), NID_key_usage, "critical,digitalSignature");
  AddExtension(subject, issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(subject, issuer.get(), NID_authority_key_identifier, "keyid");
  AddExtension(subject, issuer.get(), NID_subject_alt_name, names);
  SUYUAN_CHECK(X509_sign(subject, issuer_key.get(), EVP_sha256()) > 0);
  return KeyAndCertificate{PemOf(key.get()), PemOf(subject)};
}

absl::StatusOr<std::string> RevokeCertificate(const KeyAndCertificate& authority,
                                              std::string_view before, std::string_view certificate,
                                              absl::Time now) {
  const Certificate issuer = CertificateOf(authority.certificate),
                    ended = CertificateOf(certificate);
  const Key issuer_key = KeyOf(authority.key);
  if (issuer == nullptr || issuer_key == nullptr || ended == nullptr ||
      X509_check_private_key(issuer.get(), issuer_key.get()) != 1 ||
      X509_verify(ended.get(), issuer_key.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("not a certificate of this authority");
  }
  std::vector<Crl> all = CrlsOf(before);
  if (!before.empty() && all.size() != 1) return absl::InvalidArgumentError("not a CRL");
  Crl crl = all.empty() ? Crl(X509_CRL_new()) : std::move(all.front());
  SUYUAN_CHECK(crl != nullptr && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1);
  SUYUAN_CHECK(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.get())) == 1);
  const Asn1Time updated(ASN1_TIME_set(nullptr, absl::ToTimeT(now)));
  const Asn1Time next(ASN1_TIME_set(nullptr, absl::ToTimeT(now + kCrlTerm)));
  SUYUAN_CHECK(X509_CRL_set1_lastUpdate(crl.get(), updated.get()) == 1);
  SUYUAN_CHECK(X509_CRL_set1_nextUpdate(crl.get(), next.get()) == 1);
  X509_REVOKED* entry = nullptr;
  if (X509_CRL_get0_by_cert(crl.get(), &entry, ended.get()) == 0) {
    entry = X509_REVOKED_new();
    SUYUAN_CHECK(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(ended.get())) == 1);
    SUYUAN_CHECK(X509_REVOKED_set_revocationDate(entry, updated.get()) == 1);
    SUYUAN_CHECK(X509_CRL_add0_revoked(crl.get(), entry) == 1);
  }
  SUYUAN_CHECK(X509_CRL_sort(crl.get()) == 1);
  SUYUAN_CHECK(X509_CRL_sign(crl.get(), issuer_key.get(), EVP_sha256()) > 0);
  const Bio out(BIO_new(BIO_s_mem()));
  SUYUAN_CHECK(PEM_write_bio_X509_CRL(out.get(), crl.get()) == 1);
  return TextOf(out.get());
}

absl::StatusOr<CertificateInfo> ReadCertificate(std::string_view pem) {
  const Certificate certificate = CertificateOf(pem);
  if (certificate == nullptr) return absl::InvalidArgumentError("not a certificate in PEM");
  CertificateInfo info;
  std::tm not_after{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &not_after) != 1) {
    return absl::InvalidArgumentError("the certificate has no end");
  }
  info.not_after = absl::FromTM(not_after, absl::UTCTimeZone());
  // Not X509_check_ca: that forgives CA:TRUE where the key's use says otherwise.
  const uint32_t flags = X509_get_extension_flags(certificate.get());
  const bool signs = (flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(certificate.get()) &
                                                      (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) != 0;
  info.authority = (flags & EXFLAG_CA) != 0 || signs;
  const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
    info.uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                           static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  return info;
}

absl::StatusOr<KeyAndCertificate> ReadTlsFolder(const std::string& dir, absl::Time now) {
  const auto fail = [&](std::string_view file, std::string_view what) {
    return absl::FailedPreconditionError(StrCat(dir, "/", file, ": ", what));
  };
  const std::optional<std::string> certificate_pem = ReadPem(StrCat(dir, "/", kCertificateFile));
  if (!certificate_pem) return fail(kCertificateFile, "cannot be read");
  const std::optional<std::string> key_pem = ReadPem(StrCat(dir, "/", kPrivateKeyFile));
  if (!key_pem) return fail(kPrivateKeyFile, "cannot be read");
  const Certificate certificate = CertificateOf(*certificate_pem);
  if (certificate == nullptr) return fail(kCertificateFile, "not a certificate in PEM");
  const Key key = KeyOf(*key_pem);
  if (key == nullptr) return fail(kPrivateKeyFile, "not a private key in PEM");
  // gRPC reads both files as one, and takes the first key that it finds.
  if (certificate_pem->find("PRIVATE KEY-----") != std::string::npos) {
    return fail(kCertificateFile, "holds a private key");
  }
  const bool one_key = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!one_key) return fail(kPrivateKeyFile, "not the key of the certificate beside it");
  if (!Usable(certificate.get(), key.get())) {
    return fail(kCertificateFile, "too weak to be used (OpenSSL's security level)");
  }
  ASSIGN_OR_RETURN(const CertificateInfo info, ReadCertificate(*certificate_pem));
  if (info.not_after <= now) {
    return fail(kCertificateFile, StrCat("expired on ", absl::FormatTime(info.not_after)));
  }
  time_t seconds = absl::ToTimeT(now);
  if (X509_cmp_time(X509_get0_notBefore(certificate.get()), &seconds) > 0) {
    return fail(kCertificateFile, "not in force yet");
  }
  return KeyAndCertificate{*key_pem, *certificate_pem};
}

absl::Status CheckTlsFolder(const std::string& dir, absl::Time now) {
  return ReadTlsFolder(dir, now).status();
}

absl::StatusOr<CertificateInfo> ReadCertificateIn(const std::string& dir) {
  return ReadCertificate(ReadPem(StrCat(dir, "/", kCertificateFile)).value_or(""));
}

absl::StatusOr<std::string> TrustDomainOf(const std::string& dir) {
  const absl::StatusOr<CertificateInfo> info = ReadCertificateIn(dir);
  if (info.ok() && info->uris.size() == 1) {
    const absl::StatusOr<SpiffeId> id = ParseSpiffeId(info->uris[0]);
    if (id.ok() && IsModule(info->uris, id->trust_domain, "")) return id->trust_domain;
  }
  return absl::FailedPreconditionError(
      StrCat(dir, "/", kCertificateFile, ": not a module's certificate"));
}

absl::StatusOr<SpiffeId> ParseSpiffeId(std::string_view text) {
  constexpr std::string_view kScheme = "spiffe://";
  const auto bad = [&] { return absl::InvalidArgumentError(StrCat("not a SPIFFE id: ", text)); };
  if (text.size() > kSpiffeIdMax || !text.starts_with(kScheme)) return bad();
  const std::string_view rest = text.substr(kScheme.size());
  const size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash > kTrustDomainMax) return bad();
  const std::string_view domain = rest.substr(0, slash), path = rest.substr(slash);
  const bool domain_fits = std::all_of(domain.begin(), domain.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '.' || c == '_';
  });
  if (!domain_fits) return bad();
  for (const absl::string_view segment : absl::StrSplit(ToAbsl(path.substr(1)), '/')) {
    if (!IsSegment(FromAbsl(segment))) return bad();
  }
  return SpiffeId{std::string(domain), std::string(path)};
}

std::string ModuleSpiffeId(std::string_view trust_domain, const std::vector<std::string>& modules) {
  return StrCat("spiffe://", trust_domain, kModulePath, absl::StrJoin(modules, "."));
}

bool IsModule(const std::vector<std::string>& uris, std::string_view trust_domain,
              std::string_view module) {
  if (uris.size() != 1) return false;  // X.509-SVID 2: exactly one.
  const absl::StatusOr<SpiffeId> id = ParseSpiffeId(uris[0]);
  if (!id.ok() || id->trust_domain != trust_domain || !id->path.starts_with(kModulePath)) {
    return false;
  }
  if (module.empty()) return true;
  const std::vector<std::string> modules = absl::StrSplit(id->path.substr(kModulePath.size()), '.');
  return std::find(modules.begin(), modules.end(), module) != modules.end();
}

}  // namespace suyuan::rpc
