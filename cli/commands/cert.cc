// cert: an authority of one's own, and the certificates of listeners and modules.
#include <filesystem>

#include "absl/strings/numbers.h"
#include "cli/commands/commands.h"
#include "cli/json.h"
#include "services/rpc/certificate.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kAuthorityKeyFile[] = "ca.key";
constexpr char kRevokedFile[] = "crl.pem";
constexpr int kAuthorityDays = 3650, kDays = 90;
constexpr int kSecret = 0600, kOpen = 0644;

absl::StatusOr<absl::Duration> DaysOf(const Invocation& invocation, int usual) {
  int days = usual;
  if (invocation.Has("--days") &&
      (!absl::SimpleAtoi(invocation.Text("--days"), &days) || days < 1 || days > kAuthorityDays)) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "--days 是 1 到 3650 的整数",
                         "--days is a number from 1 to 3650");
  }
  return absl::Hours(24 * days);
}

absl::Status MakeFolder(const std::string& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (!error) fs::permissions(dir, fs::perms::owner_all, error);
  if (!error) return absl::OkStatus();
  return text::Problem(absl::StatusCode::kInternal, StrCat("建不了文件夹 ", dir),
                       StrCat("cannot make the folder ", dir));
}

absl::Status MakeAuthorityIn(Invocation& invocation) {
  const std::string dir = invocation.Text("dir");
  const std::string key_file = StrCat(dir, "/", kAuthorityKeyFile);
  if (fs::exists(key_file)) {
    return text::Problem(absl::StatusCode::kAlreadyExists, StrCat(key_file, " 已经有了"),
                         StrCat(key_file, " is there already"));
  }
  ASSIGN_OR_RETURN(const absl::Duration lifetime, DaysOf(invocation, kAuthorityDays));
  const std::string name =
      invocation.Has("--name") ? invocation.Text("--name") : "suyuan development authority";
  const rpc::KeyAndCertificate made = rpc::MakeAuthority(name, lifetime, invocation.clock.Now());
  RETURN_IF_ERROR(MakeFolder(dir));
  RETURN_IF_ERROR(ReplaceFile(key_file, made.key, kSecret));
  const std::string certificate_file = StrCat(dir, "/", rpc::kAuthoritiesFile);
  RETURN_IF_ERROR(ReplaceFile(certificate_file, made.certificate, kOpen));
  invocation.Json(JsonObject().Text("certificate", certificate_file).Text("key", key_file).str());
  invocation.Line({StrCat("证书 ", certificate_file, " 可分发；密钥 ", key_file, " 不得外传"),
                   StrCat("hand out ", certificate_file, "; keep ", key_file, " to yourself")});
  return absl::OkStatus();
}

absl::StatusOr<rpc::CertificateRequest> RequestOf(const Invocation& invocation) {
  rpc::CertificateRequest request;
  request.hosts = invocation.All("--host");
  if (!invocation.All("--module").empty()) {
    if (!invocation.Has("--trust-domain")) {
      return text::Problem(absl::StatusCode::kInvalidArgument, "--module 须与 --trust-domain 同用",
                           "--module needs --trust-domain");
    }
    request.spiffe_id =
        rpc::ModuleSpiffeId(invocation.Text("--trust-domain"), invocation.All("--module"));
  }
  ASSIGN_OR_RETURN(request.lifetime, DaysOf(invocation, kDays));
  return request;
}

// A folder in place of an earlier one at once: a server that reads it meanwhile finds either.
absl::Status PutInPlace(const std::string& made, const std::string& dir) {
  std::error_code error;
  const std::string old = StrCat(dir, ".old");
  fs::remove_all(old, error);
  if (fs::exists(dir)) fs::rename(dir, old, error);
  if (!error) fs::rename(made, dir, error);
  if (error) {
    return text::Problem(absl::StatusCode::kInternal, StrCat("换不了文件夹 ", dir),
                         StrCat("cannot replace the folder ", dir));
  }
  fs::remove_all(old, error);
  return absl::OkStatus();
}

absl::StatusOr<rpc::KeyAndCertificate> AuthorityOf(const Invocation& invocation) {
  const std::string dir = invocation.Text("--authority");
  rpc::KeyAndCertificate authority;
  ASSIGN_OR_RETURN(authority.key, ReadFile(StrCat(dir, "/", kAuthorityKeyFile)));
  ASSIGN_OR_RETURN(authority.certificate, ReadFile(StrCat(dir, "/", rpc::kAuthoritiesFile)));
  return authority;
}

// Revoked stays revoked when a certificate is renewed.
absl::Status KeepRevoked(const std::string& dir, const std::string& made) {
  const std::string revoked = StrCat(dir, "/", rpc::kRevokedFolder);
  std::error_code error;
  if (!fs::exists(revoked, error)) return absl::OkStatus();
  fs::copy(revoked, StrCat(made, "/", rpc::kRevokedFolder), fs::copy_options::recursive, error);
  if (!error) return absl::OkStatus();
  return text::Problem(absl::StatusCode::kInternal, StrCat("复制不了 ", revoked),
                       StrCat("cannot copy ", revoked));
}

absl::Status Issue(Invocation& invocation) {
  const std::string dir = invocation.Text("dir");
  ASSIGN_OR_RETURN(const rpc::KeyAndCertificate authority, AuthorityOf(invocation));
  ASSIGN_OR_RETURN(const rpc::CertificateRequest request, RequestOf(invocation));
  const absl::StatusOr<rpc::KeyAndCertificate> issued =
      rpc::IssueCertificate(authority, request, invocation.clock.Now());
  if (!issued.ok()) {
    const std::string what(issued.status().message());
    return text::Problem(absl::StatusCode::kInvalidArgument, StrCat("发不了证书：", what), what);
  }
  const std::string made = StrCat(dir, ".new");
  RETURN_IF_ERROR(MakeFolder(made));
  RETURN_IF_ERROR(ReplaceFile(StrCat(made, "/", rpc::kPrivateKeyFile), issued->key, kSecret));
  RETURN_IF_ERROR(
      ReplaceFile(StrCat(made, "/", rpc::kCertificateFile), issued->certificate, kOpen));
  RETURN_IF_ERROR(
      ReplaceFile(StrCat(made, "/", rpc::kAuthoritiesFile), authority.certificate, kOpen));
  RETURN_IF_ERROR(KeepRevoked(dir, made));
  RETURN_IF_ERROR(PutInPlace(made, dir));
  const std::string until =
      absl::FormatTime("%Y-%m-%d", invocation.clock.Now() + request.lifetime, absl::UTCTimeZone());
  invocation.Json(JsonObject().Text("dir", dir).Text("notAfter", until).str());
  invocation.Line({StrCat("证书在 ", dir, "，", until, " 到期"),
                   StrCat("the certificate is in ", dir, " and expires on ", until)});
  return absl::OkStatus();
}

absl::Status Revoke(Invocation& invocation) {
  ASSIGN_OR_RETURN(const rpc::KeyAndCertificate authority, AuthorityOf(invocation));
  ASSIGN_OR_RETURN(const std::string certificate,
                   ReadFile(StrCat(invocation.Text("dir"), "/", rpc::kCertificateFile)));
  const std::string file = StrCat(invocation.Text("--authority"), "/", kRevokedFile);
  std::string before;
  if (fs::exists(file)) {
    ASSIGN_OR_RETURN(before, ReadFile(file));
  }
  const absl::StatusOr<std::string> crl =
      rpc::RevokeCertificate(authority, before, certificate, invocation.clock.Now());
  if (!crl.ok()) {
    const std::string what(crl.status().message());
    return text::Problem(absl::StatusCode::kInvalidArgument, StrCat("撤销不了：", what), what);
  }
  RETURN_IF_ERROR(ReplaceFile(file, *crl, kOpen));
  invocation.Json(JsonObject().Text("crl", file).str());
  invocation.Line({StrCat("已列入 ", file, "；把它放进每个模块证书文件夹的 crl/，几秒内生效"),
                   StrCat("named in ", file,
                          "; put it into crl/ of every module's folder, and "
                          "it holds within seconds")});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> CertCommands() {
  const Arg days{"--days", "", {"有效天数", "days it is valid"}, Arg::Need::kOptional};
  const Arg authority{
      "--authority", "", {"颁发机构的文件夹", "the authority's folder"}, Arg::Need::kRequired};
  return {
      {.path = "cert authority",
       .help = {"新建自己的证书颁发机构（开发或内部用）",
                "make an authority of one's own, for development and among modules"},
       .args = {{"dir", "", {"文件夹", "folder"}, Arg::Need::kRequired},
                {"--name", "", {"名称", "its name"}},
                days},
       .run = MakeAuthorityIn},
      {.path = "cert issue",
       .help = {"签发或续签一份证书", "issue a certificate, or its successor"},
       .args = {{"dir", "", {"放证书的文件夹", "folder for it"}, Arg::Need::kRequired},
                authority,
                {"--host+", "", {"主机名或 IP，可多次", "host name or address; repeat"}},
                {"--module+",
                 "",
                 {"进程里的模块，可多次（SPIFFE）", "module of the process; repeat (SPIFFE)"}},
                {"--trust-domain",
                 "",
                 {"信任域，如 lufeng.example", "trust domain, e.g. lufeng.example"}},
                days},
       .run = Issue},
      {.path = "cert revoke",
       .help = {"撤销一份证书：列入颁发机构的吊销列表 crl.pem",
                "end the use of a certificate: name it in the authority's crl.pem"},
       .args = {{"dir", "", {"放证书的文件夹", "folder of it"}, Arg::Need::kRequired}, authority},
       .run = Revoke}};
}

}  // namespace suyuan::cli
