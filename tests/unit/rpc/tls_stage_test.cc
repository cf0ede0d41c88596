// S1: what gRPC finds of a TLS folder is the last pair that could be used, whole, whatever is put
// there.
#include "services/rpc/tls_stage.h"

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "services/rpc/certificate.h"
#include "services/rpc/openssl.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

class TlsStageTest : public testing::Test {
 protected:
  TlsStageTest() { Put(kAuthoritiesFile, authority_.certificate); }
  KeyAndCertificate Issue(absl::Duration lifetime = absl::Hours(1),
                          absl::Duration ago = absl::ZeroDuration()) {
    CertificateRequest request;
    request.hosts = {"localhost"};
    request.lifetime = lifetime;
    return *IssueCertificate(authority_, request, SystemClock::Get()->Now() - ago);
  }
  void Put(const char* file, const std::string& bytes) {
    std::ofstream(dir_ / file, std::ios::binary | std::ios::trunc) << bytes;
  }
  void Put(const KeyAndCertificate& pair) {
    Put(kPrivateKeyFile, pair.key);
    Put(kCertificateFile, pair.certificate);
  }
  static std::string Staged(const KeyAndCertificate& pair) {
    return StrCat(pair.certificate, "\n", pair.key);
  }
  test::TempDir dir_;
  const KeyAndCertificate authority_ =
      MakeAuthority("A", absl::Hours(2), SystemClock::Get()->Now());
};

TEST_F(TlsStageTest, S1_KeepsTheLastThatCanBeUsedAndTakesTheNext) {
  const KeyAndCertificate first = Issue(), second = Issue();
  Put(first);
  TlsStage stage(dir_.path(), /*authorities=*/true, absl::Hours(1));
  const std::string path = stage.identity_path();
  EXPECT_EQ(ReadPem(path), Staged(first));
  EXPECT_EQ(ReadPem(stage.authorities_path()), authority_.certificate);
  const KeyAndCertificate expired = Issue(absl::Minutes(1), absl::Minutes(2));
  const KeyAndCertificate later = Issue(absl::Hours(1), -absl::Minutes(30));
  const std::vector<std::pair<std::string, std::string>> bad = {
      {second.key, first.certificate},
      {first.key, second.certificate},
      {expired.key, expired.certificate},
      {later.key, later.certificate},
      {"", second.certificate},
      {second.key, ""},
      {second.key, "-----BEGIN CERTIFICATE-----\n"},
      {second.key.substr(0, 50), second.certificate}};
  for (const auto& [key, certificate] : bad) {
    Put({key, certificate});
    Put(kAuthoritiesFile, "nothing");
    stage.Look();
    EXPECT_EQ(ReadPem(path), Staged(first));
    EXPECT_EQ(ReadPem(stage.authorities_path()), authority_.certificate);
  }
  std::filesystem::remove(dir_ / kPrivateKeyFile);
  stage.Look();
  EXPECT_EQ(ReadPem(path), Staged(first));
  Put(second);
  stage.Look();
  EXPECT_EQ(ReadPem(path), Staged(second));
  EXPECT_EQ(stage.identity_path(), path);
}

// Whoever reads while it changes finds one pair or the other, never of both.
TEST_F(TlsStageTest, S1_IsNeverFoundHalfChanged) {
  const KeyAndCertificate pairs[] = {Issue(), Issue()};
  Put(pairs[0]);
  TlsStage stage(dir_.path(), /*authorities=*/false, absl::Milliseconds(1));
  EXPECT_EQ(stage.authorities_path(), "");
  std::atomic<bool> over = false;
  std::set<std::string> seen;
  std::thread reader([&] {
    while (!over) seen.insert(ReadPem(stage.identity_path()).value_or("unreadable"));
  });
  for (int i = 0; i < 200; ++i) {
    Put(pairs[i % 2]);
    stage.Look();
  }
  over = true;
  reader.join();
  EXPECT_EQ(seen, (std::set<std::string>{Staged(pairs[0]), Staged(pairs[1])}));
}

}  // namespace
}  // namespace suyuan::rpc
