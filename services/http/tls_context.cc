#include "services/http/tls_context.h"

#include <algorithm>

#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr auto kLookAgain = std::chrono::seconds(2);
// TLS 1.2 with forward secrecy and authenticated encryption; 1.3's own suites are all of that kind.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

bool InForce(SSL_CTX* context) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
         X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::Open(const std::string& dir) {
  auto opened = std::unique_ptr<TlsContext>(new TlsContext(dir));
  RETURN_IF_ERROR(opened->Load());
  return opened;
}

std::filesystem::file_time_type TlsContext::Changed() const {
  std::error_code ignored;
  return std::max(std::filesystem::last_write_time(dir_ + "/tls.crt", ignored),
                  std::filesystem::last_write_time(dir_ + "/tls.key", ignored));
}

absl::Status TlsContext::Load() {
  looked_ = std::chrono::steady_clock::now();
  const auto changed = Changed();
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                           ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION |
                           SSL_OP_CIPHER_SERVER_PREFERENCE,
                       error);
  if (!error && SSL_CTX_set_cipher_list(context->native_handle(), kCiphers) != 1) {
    error = boost::asio::error::invalid_argument;
  }
  if (!error) context->use_certificate_chain_file(dir_ + "/tls.crt", error);
  if (!error) context->use_private_key_file(dir_ + "/tls.key", ssl::context::pem, error);
  if (!error && !InForce(context->native_handle())) {
    return absl::FailedPreconditionError(StrCat(dir_, ": the certificate is not in force"));
  }
  if (error) {
    return absl::FailedPreconditionError(
        StrCat(dir_, ": the certificate cannot be used: ", error.message()));
  }
  context_ = std::move(context);
  loaded_ = changed;
  return absl::OkStatus();
}

std::shared_ptr<ssl::context> TlsContext::Current() {
  if (std::chrono::steady_clock::now() - looked_ < kLookAgain) return context_;
  looked_ = std::chrono::steady_clock::now();
  const auto changed = Changed();
  if (changed == loaded_) return context_;
  // What cannot be used is tried again: its time may come. It is told of once.
  const absl::Status loaded = Load();
  if (!loaded.ok() && changed != complained_) {
    log::Warning("certificate not reloaded", {{"status", loaded.ToString()}});
    complained_ = changed;
  }
  return context_;
}

}  // namespace suyuan::http
