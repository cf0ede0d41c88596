#include "services/rpc/revocation.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "services/rpc/openssl.h"
#include "storage/base/log.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr size_t kAnswersMax = 1000;  // Peers: there are as many as modules.

std::string NameOf(const X509_NAME* issuer, const ASN1_INTEGER* serial) {
  return StrCat(DerOf<i2d_X509_NAME>(issuer), DerOf<i2d_ASN1_INTEGER>(serial));
}

bool SignedByOneOf(const std::vector<Certificate>& authorities, X509_CRL* crl) {
  const bool good =
      std::any_of(authorities.begin(), authorities.end(), [&](const Certificate& authority) {
        return X509_NAME_cmp(X509_get_subject_name(authority.get()), X509_CRL_get_issuer(crl)) ==
                   0 &&
               X509_CRL_verify(crl, X509_get0_pubkey(authority.get())) == 1;
      });
  ERR_clear_error();
  return good;
}

// False: the file is no list of CRLs of these authorities, whole.
bool Read(const std::string& path, const std::vector<Certificate>& authorities,
          absl::flat_hash_set<std::string>* revoked) {
  const std::optional<std::string> pem = ReadPem(path);
  if (!pem.has_value()) return false;
  const std::vector<Crl> crls = CrlsOf(*pem);
  for (const Crl& crl : crls) {
    if (!SignedByOneOf(authorities, crl.get())) return false;
    STACK_OF(X509_REVOKED)* const list = X509_CRL_get_REVOKED(crl.get());
    for (int i = 0; list != nullptr && i < sk_X509_REVOKED_num(list); ++i) {
      revoked->insert(NameOf(X509_CRL_get_issuer(crl.get()),
                             X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(list, i))));
    }
  }
  return !crls.empty();
}

struct File {
  std::string path;
  std::string seen;  // What changes with it.
};

std::string SeenOf(const std::filesystem::path& path) {
  std::error_code ignored;
  return StrCat(path.string(), " ", std::filesystem::file_size(path, ignored), " ",
                std::filesystem::last_write_time(path, ignored).time_since_epoch().count(), "\n");
}

// Nothing: the folder cannot be read.
std::optional<std::vector<File>> FilesIn(const std::string& dir) {
  std::vector<File> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(dir, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (!at->is_regular_file(ignored)) continue;
    files.push_back({at->path().string(), SeenOf(at->path())});
  }
  if (error) return std::nullopt;
  return files;
}

}  // namespace

Revocations::Revocations(std::string dir, std::string authorities, Clock::duration delay)
    : dir_(std::move(dir)), authorities_(std::move(authorities)), delay_(delay) {}

void Revocations::LookAgain(Clock::time_point now) {
  looked_ = now;
  const std::optional<std::vector<File>> files = FilesIn(dir_);
  if (!files.has_value()) return;  // Not there yet, or not to be read: what was revoked stays so.
  std::string seen = SeenOf(authorities_);
  for (const File& file : *files) seen += file.seen;
  if (seen == seen_) return;
  answers_.clear();
  const std::vector<Certificate> authorities = CertificatesOf(ReadPem(authorities_).value_or(""));
  absl::flat_hash_set<std::string> revoked;
  bool whole = true;
  for (const File& file : *files) {
    if (Read(file.path, authorities, &revoked)) continue;
    whole = false;
    if (seen != tried_) log::Error("not a CRL of our authorities", {{"file", file.path}});
  }
  if (whole) revoked_.clear();
  if (whole) seen_ = seen;  // What could not be read is tried again.
  tried_ = std::move(seen);
  revoked_.insert(revoked.begin(), revoked.end());
}

bool Revocations::Names(std::string_view certificate) {
  MutexLock lock(&mutex_);
  const auto now = Clock::now();
  if (!looked_.has_value() || now >= *looked_ + delay_) LookAgain(now);
  if (answers_.size() >= kAnswersMax) answers_.clear();
  const auto [answer, fresh] = answers_.try_emplace(ToAbsl(certificate), true);
  if (!fresh) return answer->second;
  const std::vector<Certificate> read = CertificatesOf(certificate);
  if (read.empty()) return true;
  answer->second = revoked_.contains(
      NameOf(X509_get_issuer_name(read[0].get()), X509_get0_serialNumber(read[0].get())));
  return answer->second;
}

}  // namespace suyuan::rpc
