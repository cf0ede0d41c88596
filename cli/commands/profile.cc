// profile: whom to speak to, as whom.
#include <filesystem>

#include "cli/commands/commands.h"
#include "cli/json.h"
#include "cli/table.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

// `suyuan profile set` keeps what is not named; a new server is pinned anew.
absl::Status Set(Invocation& invocation) {
  const std::string name = invocation.Text("name");
  ASSIGN_OR_RETURN(Profiles profiles, Profiles::Load(invocation.globals.config));
  const auto found = profiles.all().find(name);
  Profile profile = found == profiles.all().end() ? Profile() : found->second;
  const std::string old_server = profile.server;
  if (invocation.Has("--server")) profile.server = invocation.Text("--server");
  if (invocation.Has("--key")) {
    std::error_code error;
    profile.key_file = std::filesystem::absolute(invocation.Text("--key"), error).string();
    if (!rpc::SigningKey::Load(profile.key_file).ok()) {
      return text::Problem(absl::StatusCode::kInvalidArgument,
                           StrCat("读不了密钥文件 ", profile.key_file),
                           StrCat("cannot read the key file ", profile.key_file));
    }
  }
  if (invocation.Has("--ca")) {
    std::error_code error;
    profile.authorities = std::filesystem::absolute(invocation.Text("--ca"), error).string();
    RETURN_IF_ERROR(ReadFile(profile.authorities).status());
  }
  if (profile.server.empty()) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "新配置须有 --server",
                         "a new profile needs --server");
  }
  if (profile.server != old_server || invocation.Has("--repin")) {
    profile.origin.clear();
    profile.log_key.clear();
  }
  profiles.Set(name, profile);
  RETURN_IF_ERROR(profiles.Save());
  invocation.Json(JsonObject().Text("profile", name).str());
  invocation.Line({StrCat("已保存配置 ", name), StrCat("saved the profile ", name)});
  return absl::OkStatus();
}

absl::Status List(Invocation& invocation) {
  ASSIGN_OR_RETURN(const Profiles profiles, Profiles::Load(invocation.globals.config));
  if (invocation.globals.json) {
    invocation.Json(profiles.ToJson());
    return absl::OkStatus();
  }
  const auto say = [&](const char* zh, const char* en) {
    return std::string(invocation.chinese() ? zh : en);
  };
  Table table(&invocation.out, {"", say("配置", "profile"), say("服务器", "server"),
                                say("密钥文件", "key file"), say("账本", "origin")});
  for (const auto& [name, profile] : profiles.all()) {
    table.Add({name == profiles.current() ? "*" : "", name, profile.server, profile.key_file,
               profile.origin});
  }
  table.Flush();
  if (table.rows() == 0) invocation.Line({"还没有配置", "no profile yet"});
  return absl::OkStatus();
}

absl::Status Use(Invocation& invocation) {
  const std::string name = invocation.Text("name");
  ASSIGN_OR_RETURN(Profiles profiles, Profiles::Load(invocation.globals.config));
  RETURN_IF_ERROR(profiles.Use(name));
  RETURN_IF_ERROR(profiles.Save());
  invocation.Json(JsonObject().Text("profile", name).str());
  invocation.Line({StrCat("当前配置：", name), StrCat("current profile: ", name)});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> ProfileCommands() {
  const Arg name{"name", "", {"配置名", "name of the profile"}, Arg::Need::kRequired};
  return {
      {.path = "profile set",
       .help = {"新建或修改配置", "make or change a profile"},
       .args = {name,
                {"--server", "", {"服务器地址 HOST:PORT", "server, HOST:PORT"}},
                {"--key", "", {"私钥文件", "file of the private key"}},
                {"--ca",
                 "",
                 {"信任的 CA 证书文件（PEM）；不给：用系统的，本机则不加密",
                  "file of the authorities to trust (PEM); none: the system's, or no TLS on this "
                  "machine"}},
                {"--repin!",
                 "",
                 {"服务器的账本确已更换：重新固定",
                  "the server's ledger has changed rightly: pin it anew"}}},
       .run = Set},
      {.path = "profile list", .help = {"列出配置", "list profiles"}, .run = List},
      {.path = "profile use",
       .help = {"选定当前配置", "choose the current profile"},
       .args = {name},
       .run = Use}};
}

}  // namespace suyuan::cli
