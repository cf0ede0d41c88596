// member, key, server.
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/json.h"
#include "cli/table.h"
#include "services/text/problem.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

constexpr char kPublicKeyTag[] = "suyuan-key-1";
constexpr char kP256[] = "p256", kEd25519Name[] = "ed25519";

// "suyuan-key-1 p256 {Base64 of the SubjectPublicKeyInfo}": what may be handed to anybody.
std::string PublicLine(const rpc::SigningKey& key) {
  return StrCat(kPublicKeyTag, " ", key.algorithm() == rpc::kEd25519 ? kEd25519Name : kP256, " ",
                Base64Of(key.Spki()), "\n");
}

absl::Status CreateKey(Invocation& invocation) {
  const std::string path = invocation.Text("file"), algorithm = invocation.Text("--algorithm");
  if (!algorithm.empty() && algorithm != kP256 && algorithm != kEd25519Name) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "--algorithm 只能是 p256 或 ed25519",
                         "--algorithm is p256 or ed25519");
  }
  const rpc::SigningKey key =
      rpc::SigningKey::Generate(algorithm == kEd25519Name ? rpc::kEd25519 : rpc::kEcdsaP256);
  if (const absl::Status saved = key.Save(path); !saved.ok()) {
    return text::Problem(absl::StatusCode::kFailedPrecondition,
                         StrCat("没有写 ", path, "：文件已存在或目录不可写；密钥文件从不覆盖"),
                         StrCat(path,
                                " was not written: it exists or its folder cannot be written"
                                " to; a key is never overwritten"));
  }
  RETURN_IF_ERROR(ReplaceFile(path + ".pub", PublicLine(key), 0644));
  const std::string name = "keys/" + HexOf(key.KeyId());
  invocation.Json(JsonObject().Text("key", name).Text("spki", Base64Of(key.Spki())).str());
  invocation.Line({StrCat("已生成密钥 ", name), StrCat("made the key ", name)});
  invocation.Line({StrCat("私钥：", path, "（只留在本机）；公钥：", path, ".pub（交给负责人登记）"),
                   StrCat("private: ", path, " (keep it here); public: ", path,
                          ".pub (for the manager to enrol)")});
  return absl::OkStatus();
}

// Reads the file `key create` writes for others, or a private key of one's own.
absl::Status SetPublicKey(Invocation& invocation, google::protobuf::Message* message) {
  claim::v1::Key& key = *static_cast<v1::EnrollKeyRequest*>(message)->mutable_key();
  const std::string path = invocation.Text("--public");
  ASSIGN_OR_RETURN(const std::string file, ReadFile(path));
  const std::vector<std::string> parts =
      absl::StrSplit(file, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  std::string spki;
  if (parts.size() != 3 || parts[0] != kPublicKeyTag || !ParseBase64(parts[2], &spki)) {
    return text::Problem(absl::StatusCode::kInvalidArgument,
                         StrCat(path, " 不是 key create 写的公钥文件（.pub）"),
                         StrCat(path, " is not a public key file as key create writes it (.pub)"));
  }
  key.set_algorithm(parts[1] == kEd25519Name ? claim::v1::KEY_ALGORITHM_ED25519
                                             : claim::v1::KEY_ALGORITHM_ECDSA_P256);
  key.set_spki(spki);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> IdentityCommands() {
  const Arg party{"--party", "party", {"主体", "party"}};
  return {{.path = "member add",
           .help = {"给主体增加成员", "add a member to a party"},
           .method = "IdentityService/AddMember",
           .args = {{"--party", "member.party", {"主体", "party"}},
                    {"--role", "member.role", {"角色", "role"}}}},
          {.path = "member list",
           .help = {"列出主体的成员", "list a party's members"},
           .method = "IdentityService/ListMembers",
           .args = {party},
           .view = {"members", {"name", "claim.role", "record_time"}}},
          {.path = "key create",
           .help = {"在本机生成密钥", "make a key on this machine"},
           .args = {{"file",
                     "",
                     {"私钥文件，如 farm.pem", "file of the private key, like farm.pem"},
                     Arg::Need::kRequired},
                    {"--algorithm", "", {"p256（默认）或 ed25519", "p256 (default) or ed25519"}}},
           .run = CreateKey},
          {.path = "key enroll",
           .help = {"登记成员的公钥", "enrol a member's public key"},
           .method = "IdentityService/EnrollKey",
           .args = {{"--member", "key.member", {"成员", "member"}},
                    {"--public",
                     "",
                     {"公钥文件（.pub）", "file of the public key (.pub)"},
                     Arg::Need::kRequired}},
           .prepare = SetPublicKey},
          {.path = "key revoke",
           .help = {"作废密钥：此后不能再签名", "revoke a key: it signs nothing more"},
           .method = "IdentityService/RevokeKey",
           .args = {{"key", "revocation.key", {"密钥编号 keys/…", "key, keys/…"}},
                    {"--cause", "revocation.cause", {"原因", "cause"}}}},
          {.path = "key list",
           .help = {"列出主体的密钥", "list a party's keys"},
           .method = "IdentityService/ListKeys",
           .args = {party},
           .view = {"keys", {"name", "claim.member", "record_time", "revoked"}}},
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
           .view = {"", {"key", "member", "party", "role", "party_roles"}}}};
}

}  // namespace suyuan::cli
