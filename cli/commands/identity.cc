// member, key, server.
#include <filesystem>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/enroll.h"
#include "cli/import.h"
#include "cli/json.h"
#include "cli/table.h"
#include "cli/value.h"
#include "services/document/qr.h"
#include "services/domain/time.h"
#include "services/text/problem.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"

namespace suyuan::cli {
namespace {

constexpr char kInvitationTag[] = "suyuan-invitation-1";
constexpr char kP256[] = "p256", kEd25519Name[] = "ed25519";
constexpr int kHoursDefault = 24, kHoursMax = 7 * 24;
constexpr int kDotsPerModule = 8;

absl::Status Usage(std::string zh, std::string en) {
  return text::Problem(absl::StatusCode::kInvalidArgument, std::move(zh), std::move(en));
}

absl::StatusOr<rpc::SigningKey> MakeKey(Invocation& invocation, const std::string& path) {
  const std::string algorithm = invocation.Text("--algorithm");
  if (!algorithm.empty() && algorithm != kP256 && algorithm != kEd25519Name) {
    return Usage("--algorithm 只能是 p256 或 ed25519", "--algorithm is p256 or ed25519");
  }
  rpc::SigningKey key =
      rpc::SigningKey::Generate(algorithm == kEd25519Name ? rpc::kEd25519 : rpc::kEcdsaP256);
  if (!key.Save(path).ok()) {
    return text::Problem(absl::StatusCode::kFailedPrecondition,
                         StrCat("没有写 ", path, "：文件已存在或目录不可写；密钥文件从不覆盖"),
                         StrCat(path,
                                " was not written: it exists or its folder cannot be written"
                                " to; a key is never overwritten"));
  }
  return key;
}

// The key of a file, made where there is none: a command cut short is repeated with the same key.
absl::StatusOr<rpc::SigningKey> LoadOrMakeKey(Invocation& invocation, const std::string& path) {
  if (!std::filesystem::exists(path)) return MakeKey(invocation, path);
  absl::StatusOr<rpc::SigningKey> key = rpc::SigningKey::Load(path);
  if (key.ok()) return key;
  return Usage(StrCat("读不了密钥文件 ", path), StrCat("cannot read the key file ", path));
}

absl::Status CreateKey(Invocation& invocation) {
  const std::string path = invocation.Text("file");
  ASSIGN_OR_RETURN(const rpc::SigningKey key, MakeKey(invocation, path));
  const std::string name = rpc::NameOfKey("keys", key.algorithm(), key.Spki());
  invocation.Json(JsonObject().Text("key", name).Text("spki", Base64Of(key.Spki())).str());
  invocation.Line({StrCat("已生成密钥 ", name, "：", path, "（只留在本机）"),
                   StrCat("made the key ", name, ": ", path, " (keep it here)")});
  return absl::OkStatus();
}

// From now on this profile signs with the key of the file.
absl::Status SignWith(Invocation& invocation, const std::string& path) {
  ASSIGN_OR_RETURN(Profiles profiles, Profiles::Load(invocation.globals.config));
  const std::string name =
      invocation.globals.profile.empty() ? profiles.current() : invocation.globals.profile;
  ASSIGN_OR_RETURN(Profile profile, profiles.Get(name));
  std::error_code error;
  profile.key_file = std::filesystem::absolute(path, error).string();
  profiles.Set(name, profile);
  return profiles.Save();
}

using Fields = std::vector<std::pair<const char*, const char*>>;

// Flags into the fields of a request.
absl::Status Fill(Invocation& invocation, const Fields& fields,
                  google::protobuf::Message* request) {
  for (const auto& [flag, field] : fields) {
    if (!invocation.Has(flag)) continue;
    RETURN_IF_ERROR(SetField(request, field, invocation.Text(flag), &ResolveIds));
  }
  return absl::OkStatus();
}

// Until when the code is good.
absl::StatusOr<google::protobuf::Timestamp> ExpiryOf(Invocation& invocation) {
  int hours = kHoursDefault;
  if (invocation.Has("--hours") &&
      (!absl::SimpleAtoi(invocation.Text("--hours"), &hours) || hours < 1 || hours > kHoursMax)) {
    return Usage("--hours 是 1 到 168", "--hours is 1 to 168");
  }
  return domain::StampOf(invocation.clock.Now() + absl::Hours(hours));
}

absl::StatusOr<v1::InviteMemberRequest> InvitationOf(Invocation& invocation,
                                                     const rpc::SigningKey& code_key) {
  v1::InviteMemberRequest request;
  request.set_request_id(RandomUuid());
  RETURN_IF_ERROR(Fill(invocation,
                       {{"--party", "invitation.party"},
                        {"--role", "invitation.role"},
                        {"--member", "invitation.member"},
                        {"--person", "invitation.person"},
                        {"--private-root", "invitation.private_root"},
                        {"--from", "invitation.from_time"},
                        {"--until", "invitation.until_time"}},
                       &request));
  request.mutable_invitation()->set_code_spki(code_key.Spki());
  ASSIGN_OR_RETURN(*request.mutable_invitation()->mutable_expire_time(), ExpiryOf(invocation));
  return request;
}

// The code is shown once, as text and as its QR code. `answer`: what the server said of it.
absl::Status ShowCode(Invocation& invocation, const std::string& origin, const std::string& code,
                      JsonObject answer) {
  const std::string scanned = StrCat(kInvitationTag, " ", origin, " ", code);
  if (const std::string out = invocation.Text("--out"); !out.empty()) {
    ASSIGN_OR_RETURN(const std::string png, document::QrPng(scanned, kDotsPerModule));
    RETURN_IF_ERROR(ReplaceFile(out, png, 0600));
  }
  invocation.Json(answer.Text("code", code).str());
  ASSIGN_OR_RETURN(const std::string picture, document::QrText(scanned));
  invocation.Line({picture, picture});
  invocation.Line(
      {StrCat("邀请码：", code, "\n只告诉被邀请人，用一次即作废；对方执行 key enroll"),
       StrCat("code: ", code, "\ntell nobody but the invited; it is good once, for key enroll")});
  return absl::OkStatus();
}

// The code is made here; only its public key goes out.
absl::Status Invite(Invocation& invocation) {
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  const std::string& origin = session->profile.origin;
  const std::string code = rpc::NewCode();
  ASSIGN_OR_RETURN(const rpc::SigningKey code_key, rpc::KeyOfCode(origin, code));
  ASSIGN_OR_RETURN(const v1::InviteMemberRequest request, InvitationOf(invocation, code_key));
  ASSIGN_OR_RETURN(const auto response, session->client->Call<v1::InviteMemberResponse>(
                                            "/suyuan.v1.IdentityService/InviteMember", request));
  return ShowCode(invocation, origin, code,
                  JsonObject()
                      .Text("invitation", response.invitation())
                      .Number("sequence", response.receipt().sequence()));
}

// As Invite; the code is good once another person has approved.
absl::Status Recover(Invocation& invocation) {
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  const std::string& origin = session->profile.origin;
  const std::string code = rpc::NewCode();
  ASSIGN_OR_RETURN(const rpc::SigningKey code_key, rpc::KeyOfCode(origin, code));
  v1::ProposeChangeRequest request;
  request.set_request_id(RandomUuid());
  claim::v1::Recovery& claim = *request.mutable_proposal()->mutable_recovery();
  RETURN_IF_ERROR(
      Fill(invocation,
           {{"--party", "proposal.recovery.party"}, {"--member", "proposal.recovery.member"}},
           &request));
  claim.set_code_spki(code_key.Spki());
  ASSIGN_OR_RETURN(*claim.mutable_expire_time(), ExpiryOf(invocation));
  ASSIGN_OR_RETURN(const auto response, session->client->Call<v1::ProposeChangeResponse>(
                                            "/suyuan.v1.IdentityService/ProposeChange", request));
  RETURN_IF_ERROR(ShowCode(invocation, origin, code,
                           JsonObject()
                               .Text("proposal", response.proposal())
                               .Text("invitation", response.invitation())
                               .Number("sequence", response.receipt().sequence())));
  invocation.Line({StrCat("须另一人批准后才能用：grant approve ", response.proposal()),
                   StrCat("good once another person runs grant approve ", response.proposal())});
  return absl::OkStatus();
}

// As shown by `member invite`, alone or as its QR code reads; "-": the first line of stdin.
absl::StatusOr<rpc::SigningKey> CodeKeyOf(Invocation& invocation, const std::string& origin) {
  std::string code = invocation.Text("--code");
  if (code == "-") std::getline(std::cin, code);
  const std::vector<std::string> parts = absl::StrSplit(code, ' ', absl::SkipEmpty());
  if (parts.size() == 3 && parts[0] == kInvitationTag) {
    if (parts[1] != origin) {
      return text::Problem(absl::StatusCode::kPermissionDenied,
                           StrCat("邀请属于另一个账本：", parts[1]),
                           StrCat("the invitation is to another ledger: ", parts[1]));
    }
    code = parts[2];
  }
  absl::StatusOr<rpc::SigningKey> key = rpc::KeyOfCode(origin, code);
  if (key.ok()) return key;
  return Usage("邀请码是 16 个字母数字，如 ABCD-EFGH-JKMN-PQRS",
               "a code is 16 letters and digits, like ABCD-EFGH-JKMN-PQRS");
}

absl::Status EnrollDevice(Invocation& invocation) {
  const std::string path = invocation.Text("file");
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  ASSIGN_OR_RETURN(const rpc::SigningKey code_key, CodeKeyOf(invocation, session->profile.origin));
  ASSIGN_OR_RETURN(const rpc::SigningKey key, LoadOrMakeKey(invocation, path));
  ASSIGN_OR_RETURN(const v1::EnrollKeyResponse response, Enroll(session->options, code_key, key));
  if (session->profile.key_file.empty()) RETURN_IF_ERROR(SignWith(invocation, path));
  invocation.Json(response);
  invocation.Line({StrCat("已登记 ", response.key(), "：", response.member(), "，",
                          response.party(), "；私钥 ", path, " 只留在本机"),
                   StrCat("enrolled ", response.key(), " for ", response.member(), " of ",
                          response.party(), "; keep the private key ", path, " here")});
  return absl::OkStatus();
}

absl::Status Rotate(Invocation& invocation) {
  const std::string path = invocation.Text("file");
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  if (session->profile.key_file.empty()) {
    return Usage("本配置没有密钥可换", "the profile has no key to rotate");
  }
  ASSIGN_OR_RETURN(const rpc::SigningKey old_key, rpc::SigningKey::Load(session->profile.key_file));
  ASSIGN_OR_RETURN(const rpc::SigningKey key, LoadOrMakeKey(invocation, path));
  v1::RotateKeyRequest request;
  claim::v1::KeyRotation& claim = *request.mutable_rotation();
  claim.set_algorithm(static_cast<claim::v1::KeyAlgorithm>(key.algorithm()));
  claim.set_spki(key.Spki());
  claim.set_proof(key.Sign(rpc::RotationText(
      session->profile.origin, rpc::NameOfKey("keys", old_key.algorithm(), old_key.Spki()),
      rpc::NameOfKey("keys", key.algorithm(), key.Spki()))));
  request.set_request_id(ContentRequestId("RotateKey", request.SerializeAsString(), 0));
  ASSIGN_OR_RETURN(const auto response, session->client->Call<v1::RotateKeyResponse>(
                                            "/suyuan.v1.IdentityService/RotateKey", request));
  RETURN_IF_ERROR(SignWith(invocation, path));
  invocation.Json(response);
  invocation.Line({StrCat("已换为 ", response.key(), "；旧钥不能再签名"),
                   StrCat("rotated to ", response.key(), "; the old key signs nothing more")});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> IdentityCommands() {
  const Arg party{"--party", "party", {"主体", "party"}};
  const Arg file{"file",
                 "",
                 {"私钥文件，如 farm.pem", "file of the private key, like farm.pem"},
                 Arg::Need::kRequired};
  const Arg hours{"--hours", "", {"几小时内有效，默认 24", "hours it is good for; default 24"}};
  const Arg out{"--out", "", {"另存二维码（.png）", "write the QR code (.png)"}};
  const Arg algorithm{"--algorithm", "", {"p256（默认）或 ed25519", "p256 (default) or ed25519"}};
  return {{.path = "member invite",
           .help = {"邀请成员：生成一次性邀请码", "invite a member: make a code that is good once"},
           .args = {{"--party", "", {"主体", "party"}, Arg::Need::kRequired},
                    {"--role", "", {"角色", "role"}, Arg::Need::kRequired},
                    {"--member", "", {"给该成员再登记一台设备", "a further device of this member"}},
                    {"--person", "", {"私密库里的自然人", "person of the vault"}},
                    {"--private-root",
                     "",
                     {"member store 答复的根", "root that member store answered"}},
                    {"--from", "", {"任期开始时间", "when the member's term begins"}},
                    {"--until", "", {"任期到期时间", "when the member's term ends"}},
                    hours,
                    out},
           .run = Invite},
          {.path = "member recover",
           .help = {"提议为失去全部负责人密钥的主体恢复负责人（须另一人批准）",
                    "propose a manager for a party whose managers' keys are all lost; another "
                    "person approves"},
           .args = {{"--party", "", {"主体", "party"}, Arg::Need::kRequired},
                    {"--member",
                     "",
                     {"丢钥的负责人；默认新负责人", "who lost his key; default: a new manager"}},
                    hours,
                    out},
           .run = Recover},
          {.path = "member list",
           .help = {"列出主体的成员", "list a party's members"},
           .method = "IdentityService/ListMembers",
           .args = {party},
           .view = {"members", {"name", "claim.role", "record_time", "claim.until_time"}}},
          {.path = "key create",
           .help = {"在本机生成密钥", "make a key on this machine"},
           .args = {file, algorithm},
           .run = CreateKey},
          {.path = "key enroll",
           .help = {"凭邀请码登记本机密钥（没有就生成）",
                    "take up an invitation with this machine's key, made where there is none"},
           .args = {file,
                    {"--code",
                     "",
                     {"邀请码；- 从标准输入读", "the code; - reads it from stdin"},
                     Arg::Need::kRequired},
                    algorithm},
           .run = EnrollDevice},
          {.path = "key rotate",
           .help = {"换新密钥，旧钥随即作废", "a new key in the place of this profile's"},
           .args = {file, algorithm},
           .run = Rotate},
          {.path = "key revoke",
           .help = {"作废密钥：此后不能再签名", "revoke a key: it signs nothing more"},
           .method = "IdentityService/RevokeKey",
           .args = {{"key", "revocation.key", {"密钥编号 keys/…", "key, keys/…"}},
                    {"--cause", "revocation.cause", {"原因", "cause"}},
                    {"--suspected-since",
                     "revocation.suspected_since",
                     {"从何时起可能被他人使用", "since when others may have signed with it"}}}},
          {.path = "key attest",
           .help = {"重新确认：存疑密钥签的记录确系本单位所为（须监管人员批准）",
                    "stand by what a disputed key of the party recorded; a regulator approves it"},
           .method = "IdentityService/ProposeAttestation",
           .args = {{"key", "proposal.attestation.key", {"密钥编号 keys/…", "key, keys/…"}},
                    {"--party", "proposal.attestation.party", {"主体", "party"}},
                    {"--from",
                     "proposal.attestation.from_time",
                     {"从该时间起的记录", "what was recorded from this time on"}},
                    {"--until",
                     "proposal.attestation.until_time",
                     {"到该时间之前的记录", "and before this time"}}}},
          {.path = "key list",
           .help = {"列出主体的密钥", "list a party's keys"},
           .method = "IdentityService/ListKeys",
           .args = {party},
           .view = {"keys", {"name", "claim.member", "record_time", "revoked", "cause"}}},
          {.path = "server info",
           .help = {"服务器与账本的身份", "who the server and its ledger are"},
           .method = "IdentityService/GetServerInfo",
           .view = {"",
                    {"origin", "ledger_id", "log_verifier_key", "demo", "utc_offset_minutes",
                     "version", "server_time"}}},
          {.path = "server status",
           .help = {"账本多长；副本落后多少（运营方）",
                    "how long the log is; of a copy, how far behind (operator)"},
           .method = "OperationService/GetLogStatus",
           .view = {"",
                    {"size", "published_size", "following.leader_size", "following.behind",
                     "following.contact_time", "following.trouble", "following.stopped"}}},
          {.path = "server whoami",
           .help = {"本配置的密钥是谁的", "whose key this profile signs with"},
           .method = "IdentityService/GetCaller",
           .view = {"",
                    {"key", "member", "party", "role", "party_roles", "key_until_time",
                     "member_until_time"}}}};
}

}  // namespace suyuan::cli
