// A stream between modules ends when its reader's certificate is revoked, on the connection that
// stands.
#include <filesystem>
#include <fstream>
#include <future>

#include "services/rpc/certificate.h"
#include "services/rpc/channel.h"
#include "services/rpc/server.h"
#include "storage/base/clock.h"
#include "storage/base/text.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

constexpr char kMethod[] = "/suyuan.v1.TraceService/StreamScope";
constexpr std::chrono::seconds kInForce{5};  // Of a revocation.

// Says the same for ever, and so much that little of it is on its way at a time.
class Endless final : public Endpoint {
 public:
  void Call(Incoming, Answer answer) override { answer(absl::UnimplementedError("a stream")); }
  void Open(Incoming, Opened opened) override {
    opened(Source([](const Next& next) { next(std::string(256 << 10, 'x')); }));
  }
};

class RevokedStreamTest : public testing::Test {
 protected:
  // A module's folder.
  Tls FolderOf(const std::string& module) {
    CertificateRequest request;
    request.spiffe_id = ModuleSpiffeId("lufeng.example", {module});
    const auto issued = IssueCertificate(authority_, request, now_);
    EXPECT_OK(issued);
    const std::string folder = dir_ / module;
    std::filesystem::create_directories(folder);
    Write(StrCat(folder, "/", kPrivateKeyFile), issued->key);
    Write(StrCat(folder, "/", kCertificateFile), issued->certificate);
    Write(StrCat(folder, "/", kAuthoritiesFile), authority_.certificate);
    certificate_ = issued->certificate;
    Tls tls;
    tls.dir = folder;
    tls.trust_domain = "lufeng.example";
    return tls;
  }
  static void Write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  static absl::Status Pull(const Source& source) {
    std::promise<absl::Status> pulled;
    source([&](const auto& message) { pulled.set_value(message.status()); });
    return pulled.get_future().get();
  }

  const test::TempDir dir_;
  const absl::Time now_ = SystemClock::Get()->Now();
  const KeyAndCertificate authority_ = MakeAuthority("test", absl::Hours(24), now_);
  std::string certificate_;  // Issued last.
};

TEST_F(RevokedStreamTest, EndsOnAConnectionThatStands) {
  Router router;
  router.Add(kMethod, std::make_unique<Endless>());
  ServerOptions options;
  options.address = "127.0.0.1:0";
  options.tls = FolderOf("trace");
  options.internal = true;
  options.router = &router;
  options.services = {
      v1::StreamScopeRequest::descriptor()->file()->FindServiceByName("TraceService")};
  const auto server = Server::Start(options);
  ASSERT_OK(server);
  Tls tls = FolderOf("recall");
  tls.module = "trace";
  Channel channel(StrCat("127.0.0.1:", (*server)->port()), tls);
  Incoming incoming;
  incoming.method = kMethod;
  std::promise<Source> opened;
  channel.Open(incoming, [&](absl::StatusOr<Source> source) {
    EXPECT_OK(source);
    opened.set_value(*std::move(source));
  });
  const Source source = opened.get_future().get();
  for (int i = 0; i < 100; ++i) ASSERT_OK(Pull(source));

  const auto crl = RevokeCertificate(authority_, "", certificate_, now_);
  ASSERT_OK(crl);
  std::filesystem::create_directories(StrCat(options.tls.dir, "/", kRevokedFolder));
  Write(StrCat(options.tls.dir, "/", kRevokedFolder, "/ours.pem"), *crl);
  const auto revoked = std::chrono::steady_clock::now();
  absl::Status status;
  while (status.ok() && std::chrono::steady_clock::now() - revoked < kInForce) {
    status = Pull(source);
  }
  EXPECT_THAT(status, test::HasCode(absl::StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace suyuan::rpc
