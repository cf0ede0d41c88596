#include "services/rpc/certificate.h"

#include <filesystem>
#include <fstream>

#include "services/rpc/revocation.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

using test::HasCode;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(SpiffeIdTest, TakesWhatTheSpecificationHas) {
  const absl::StatusOr<SpiffeId> id = ParseSpiffeId("spiffe://lufeng.example/suyuan/ledger");
  ASSERT_OK(id);
  EXPECT_EQ(id->trust_domain, "lufeng.example");
  EXPECT_EQ(id->path, "/suyuan/ledger");
  EXPECT_OK(ParseSpiffeId("spiffe://a_b-9/A.b_c-9"));
}

TEST(SpiffeIdTest, RefusesEverythingElse) {
  for (const std::string& text :
       {std::string(), std::string("http://a/b"), std::string("SPIFFE://a/b"),
        std::string("spiffe://a"), std::string("spiffe:///b"), std::string("spiffe://a/"),
        std::string("spiffe://a/b/"), std::string("spiffe://a//b"), std::string("spiffe://a/./b"),
        std::string("spiffe://a/../b"), std::string("spiffe://A/b"), std::string("spiffe://a:1/b"),
        std::string("spiffe://u@a/b"), std::string("spiffe://a/b?c"), std::string("spiffe://a/b#c"),
        std::string("spiffe://a/%41"), std::string("spiffe://a/批"),
        "spiffe://" + std::string(256, 'a') + "/b", "spiffe://a/" + std::string(2048, 'b')}) {
    EXPECT_THAT(ParseSpiffeId(text), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(SpiffeIdTest, AModuleIsKnownByDomainAndName) {
  const std::string id = ModuleSpiffeId("lufeng.example", {"ledger", "trace"});
  EXPECT_EQ(id, "spiffe://lufeng.example/suyuan/ledger.trace");
  EXPECT_TRUE(IsModule({id}, "lufeng.example", "ledger"));
  EXPECT_TRUE(IsModule({id}, "lufeng.example", "trace"));
  EXPECT_TRUE(IsModule({id}, "lufeng.example", ""));
  EXPECT_FALSE(IsModule({id}, "lufeng.example", "label"));
  EXPECT_FALSE(IsModule({id}, "lufeng.example", "led"));
  EXPECT_FALSE(IsModule({id}, "other.example", "ledger"));
  EXPECT_FALSE(IsModule({}, "lufeng.example", ""));
  EXPECT_FALSE(IsModule({id, id}, "lufeng.example", ""));  // More than one is none.
  EXPECT_FALSE(IsModule({"spiffe://lufeng.example/other/ledger"}, "lufeng.example", ""));
}

TEST(CertificateTest, SaysWhatWasAskedFor) {
  const KeyAndCertificate authority = MakeAuthority("test", absl::Hours(24), kNow);
  CertificateRequest request;
  request.hosts = {"trace.example.cn", "127.0.0.1", "::1"};
  request.spiffe_id = "spiffe://lufeng.example/suyuan/portal";
  request.lifetime = absl::Hours(2);
  const absl::StatusOr<KeyAndCertificate> issued = IssueCertificate(authority, request, kNow);
  ASSERT_OK(issued);
  const absl::StatusOr<CertificateInfo> info = ReadCertificate(issued->certificate);
  ASSERT_OK(info);
  EXPECT_THAT(info->uris, ElementsAre(request.spiffe_id));
  EXPECT_EQ(info->not_after, kNow + absl::Hours(2));
  EXPECT_NE(IssueCertificate(authority, request, kNow)->key, issued->key);
}

TEST(CertificateTest, RefusesHostsAndIdsThatAreNone) {
  const KeyAndCertificate authority = MakeAuthority("test", absl::Hours(24), kNow);
  // What would add names of its own to the list that OpenSSL is given.
  for (const char* host : {"", "a,DNS:b", "a b", "a\nb", ".a", "-a", "a/b", "URI:x"}) {
    CertificateRequest request;
    request.hosts = {host};
    EXPECT_THAT(IssueCertificate(authority, request, kNow),
                HasCode(absl::StatusCode::kInvalidArgument))
        << host;
  }
  CertificateRequest request;
  EXPECT_THAT(IssueCertificate(authority, request, kNow),
              HasCode(absl::StatusCode::kInvalidArgument));
  request.spiffe_id = "spiffe://a/b,DNS:c";
  EXPECT_THAT(IssueCertificate(authority, request, kNow),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(CertificateTest, AnAuthorityOfAnotherKeyIssuesNothing) {
  const KeyAndCertificate one = MakeAuthority("one", absl::Hours(24), kNow);
  const KeyAndCertificate two = MakeAuthority("two", absl::Hours(24), kNow);
  CertificateRequest request;
  request.hosts = {"localhost"};
  EXPECT_THAT(IssueCertificate({one.key, two.certificate}, request, kNow),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(IssueCertificate({"", one.certificate}, request, kNow),
              HasCode(absl::StatusCode::kInvalidArgument));
}

class TlsFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    CertificateRequest request;
    request.hosts = {"localhost"};
    request.lifetime = absl::Hours(1);
    issued_ = *IssueCertificate(MakeAuthority("test", absl::Hours(24), kNow), request, kNow);
    Write(dir_ / kCertificateFile, issued_.certificate);
    Write(dir_ / kPrivateKeyFile, issued_.key);
  }
  std::string Refusal(absl::Time now = kNow) {
    const absl::Status status = CheckTlsFolder(dir_.path(), now);
    EXPECT_THAT(status, HasCode(absl::StatusCode::kFailedPrecondition));
    return std::string(status.message());
  }
  TempDir dir_;
  KeyAndCertificate issued_;
};

TEST_F(TlsFolderTest, TakesAKeyAndItsCertificateInForce) {
  EXPECT_OK(CheckTlsFolder(dir_.path(), kNow));
}

TEST_F(TlsFolderTest, NamesWhatIsWrong) {
  EXPECT_THAT(Refusal(kNow + absl::Hours(2)), HasSubstr("tls.crt: expired on"));
  EXPECT_THAT(Refusal(kNow - absl::Hours(48)), HasSubstr("tls.crt: not in force yet"));
  Write(dir_ / kPrivateKeyFile, MakeAuthority("other", absl::Hours(1), kNow).key);
  EXPECT_THAT(Refusal(), HasSubstr("tls.key: not the key of the certificate"));
  Write(dir_ / kPrivateKeyFile, "nonsense");
  EXPECT_THAT(Refusal(), HasSubstr("tls.key: not a private key"));
  Write(dir_ / kCertificateFile, issued_.key);
  EXPECT_THAT(Refusal(), HasSubstr("tls.crt: not a certificate"));
  std::filesystem::remove(dir_ / kCertificateFile);
  EXPECT_THAT(Refusal(), HasSubstr("tls.crt: cannot be read"));
}

TEST_F(TlsFolderTest, AModulesTrustDomainComesFromItsCertificate) {
  EXPECT_THAT(TrustDomainOf(dir_.path()), HasCode(absl::StatusCode::kFailedPrecondition));
  CertificateRequest request;
  request.spiffe_id = ModuleSpiffeId("lufeng.example", {"ledger"});
  Write(dir_ / kCertificateFile,
        IssueCertificate(MakeAuthority("test", absl::Hours(24), kNow), request, kNow)->certificate);
  EXPECT_EQ(*TrustDomainOf(dir_.path()), "lufeng.example");
}

// A folder that CRLs are put into, and an authority with two modules.
class RevocationTest : public testing::Test {
 protected:
  RevocationTest() { Write(dir_ / "ca.crt", authority_.certificate); }
  std::string Issue() const {
    CertificateRequest request;
    request.spiffe_id = ModuleSpiffeId("lufeng.example", {"ledger"});
    return IssueCertificate(authority_, request, kNow)->certificate;
  }
  void Put(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(dir_ / "crl");
    Write(std::string(dir_ / "crl") + "/" + name, bytes);
  }

  const TempDir dir_;
  const KeyAndCertificate authority_ = MakeAuthority("test", absl::Hours(24), kNow);
  const std::string first_ = Issue(), second_ = Issue();
  // Looks at every question.
  Revocations revocations_{dir_ / "crl", dir_ / "ca.crt", std::chrono::seconds(0)};
};

TEST_F(RevocationTest, NamesWhatACrlNamesFromWhenItIsThere) {
  EXPECT_FALSE(revocations_.Names(first_)) << "there is no folder yet";
  const auto one = RevokeCertificate(authority_, "", first_, kNow);
  ASSERT_OK(one);
  Put("any-name.pem", *one);
  EXPECT_TRUE(revocations_.Names(first_));
  EXPECT_FALSE(revocations_.Names(second_));
  // A longer list under the same name.
  const auto both = RevokeCertificate(authority_, *one, second_, kNow);
  ASSERT_OK(both);
  Put("any-name.pem", *both);
  EXPECT_TRUE(revocations_.Names(first_));
  EXPECT_TRUE(revocations_.Names(second_));
  // However old it is: revoked stays revoked.
  const auto old = RevokeCertificate(authority_, "", first_, kNow - absl::Hours(24 * 3650));
  ASSERT_OK(old);
  Put("any-name.pem", *old);
  EXPECT_TRUE(revocations_.Names(first_));
  EXPECT_FALSE(revocations_.Names(second_));
}

// Neither a stranger's list nor a broken file revokes anything, or takes anything back.
TEST_F(RevocationTest, BelievesItsAuthoritiesAlone) {
  const auto one = RevokeCertificate(authority_, "", first_, kNow);
  ASSERT_OK(one);
  Put("ours.pem", *one);
  ASSERT_TRUE(revocations_.Names(first_));
  const KeyAndCertificate other = MakeAuthority("test", absl::Hours(24), kNow);
  EXPECT_THAT(RevokeCertificate(other, "", second_, kNow),
              HasCode(absl::StatusCode::kInvalidArgument));
  // Of the same name, with another key.
  CertificateRequest request;
  request.hosts = {"a.example"};
  const auto theirs =
      RevokeCertificate(other, "", IssueCertificate(other, request, kNow)->certificate, kNow);
  ASSERT_OK(theirs);
  Put("ours.pem", *theirs);
  EXPECT_TRUE(revocations_.Names(first_));
  EXPECT_FALSE(revocations_.Names(second_));
  Put("ours.pem", "no CRL");
  EXPECT_TRUE(revocations_.Names(first_));
  Put("ours.pem", "");
  EXPECT_TRUE(revocations_.Names(first_));
  EXPECT_TRUE(revocations_.Names("no certificate"));
}

}  // namespace
}  // namespace suyuan::rpc
