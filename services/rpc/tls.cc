#include "services/rpc/tls.h"

#include <utility>
#include <vector>

#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "services/rpc/certificate.h"
#include "services/rpc/tls_stage.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

namespace tls_api = grpc::experimental;

constexpr unsigned kReloadSeconds = 1;  // Of ours, and then of gRPC's.

// Whether the other end is a module of ours.
class ModuleVerifier final : public tls_api::ExternalCertificateVerifier {
 public:
  ModuleVerifier(std::string trust_domain, std::string module,
                 std::shared_ptr<Revocations> revocations)
      : trust_domain_(std::move(trust_domain)),
        module_(std::move(module)),
        revocations_(std::move(revocations)) {}

  bool Verify(tls_api::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* status) override {
    std::vector<std::string> uris;
    for (const grpc::string_ref& uri : request->uri_names()) {
      uris.emplace_back(uri.data(), uri.size());
    }
    const std::string pem(request->peer_cert().data(), request->peer_cert().size());
    const absl::StatusOr<CertificateInfo> peer = ReadCertificate(pem);
    // An authority's is nobody's own (SPIFFE X509-SVID, 3.2).
    if (!peer.ok() || peer->authority || !IsModule(uris, trust_domain_, module_)) {
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                             StrCat("the peer is not the module ", module_, " of ", trust_domain_));
    } else if (revocations_->Names(pem)) {
      *status =
          grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the peer's certificate is revoked");
    }
    return true;  // Decided at once.
  }
  void Cancel(tls_api::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string trust_domain_, module_;
  const std::shared_ptr<Revocations> revocations_;
};

// What both ends of a connection between modules have in common.
void SetMutual(const Tls& tls, tls_api::TlsCredentialsOptions* options) {
  options->watch_root_certs();
  options->watch_identity_key_cert_pairs();
  options->set_certificate_verifier(tls_api::ExternalCertificateVerifier::Create<ModuleVerifier>(
      tls.trust_domain, tls.module, RevocationsOf(tls)));
  options->set_check_call_host(false);  // The id says who it is, wherever it runs.
}

std::shared_ptr<tls_api::CertificateProviderInterface> Watch(const TlsStage& stage) {
  return std::make_shared<tls_api::FileWatcherCertificateProvider>(
      stage.identity_path(), stage.identity_path(), stage.authorities_path(), kReloadSeconds);
}

// The credentials, and what their files come from.
template <typename Credentials>
std::shared_ptr<Credentials> Keeping(std::shared_ptr<TlsStage> stage,
                                     std::shared_ptr<Credentials> credentials) {
  Credentials* const made = credentials.get();
  return {std::make_shared<std::pair<std::shared_ptr<TlsStage>, std::shared_ptr<Credentials>>>(
              std::move(stage), std::move(credentials)),
          made};
}

}  // namespace

bool IsLocalAddress(std::string_view address) {
  const std::string_view host = address.substr(0, address.rfind(':'));
  // "127.example.com" is a name, and anybody's.
  const bool loopback =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return loopback || host == "[::1]" || host == "localhost" || address.starts_with("unix:");
}

// Not gRPC's own: that reads a CRL once, and never one that takes its place.
std::shared_ptr<Revocations> RevocationsOf(const Tls& tls) {
  if (tls.trust_domain.empty()) return nullptr;
  return std::make_shared<Revocations>(StrCat(tls.dir, "/", kRevokedFolder),
                                       StrCat(tls.dir, "/", kAuthoritiesFile));
}

std::shared_ptr<grpc::ServerCredentials> ServerCredentialsOf(const Tls& tls) {
  if (!tls.on()) return grpc::InsecureServerCredentials();
  const bool mutual = !tls.trust_domain.empty();
  const auto stage = std::make_shared<TlsStage>(tls.dir, mutual, absl::Seconds(kReloadSeconds));
  tls_api::TlsServerCredentialsOptions options(Watch(*stage));
  if (mutual) {
    SetMutual(tls, &options);
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  } else {
    options.watch_identity_key_cert_pairs();
  }
  return Keeping(stage, tls_api::TlsServerCredentials(options));
}

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentialsOf(const Tls& tls) {
  if (!tls.on()) return grpc::InsecureChannelCredentials();
  tls_api::TlsChannelCredentialsOptions options;
  if (!tls.trust_domain.empty()) {
    const auto stage = std::make_shared<TlsStage>(tls.dir, true, absl::Seconds(kReloadSeconds));
    options.set_certificate_provider(Watch(*stage));
    SetMutual(tls, &options);
    return Keeping(stage, tls_api::TlsCredentials(options));
  } else if (tls.authorities != kSystemAuthorities) {
    options.set_certificate_provider(
        std::make_shared<tls_api::FileWatcherCertificateProvider>(tls.authorities, kReloadSeconds));
    options.watch_root_certs();
  }
  return tls_api::TlsCredentials(options);
}

}  // namespace suyuan::rpc
