#include "cli/session.h"

#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

absl::Status PinDiffers(const Profile& profile, const v1::GetServerInfoResponse& info) {
  return text::Problem(
      absl::StatusCode::kPermissionDenied,
      StrCat("服务器 ", profile.server, " 不是原来的账本：原来是 ", profile.origin, "，现在是 ",
             info.origin(), "。如确已更换，请用 suyuan profile set --repin 重新固定"),
      StrCat("the server at ", profile.server, " is another ledger: pinned ", profile.origin,
             ", found ", info.origin(),
             "; if that is right, pin it anew with profile set --repin"));
}

absl::Status Pin(const std::string& config_path, const std::string& name, const Profile& profile) {
  ASSIGN_OR_RETURN(Profiles profiles, Profiles::Load(config_path));
  profiles.Set(name.empty() ? profiles.current() : name, profile);
  return profiles.Save();
}

}  // namespace

rpc::Tls TlsOf(const Profile& profile) {
  rpc::Tls tls;
  if (!profile.authorities.empty()) {
    tls.authorities = profile.authorities;
  } else if (!rpc::IsLocalAddress(profile.server)) {
    tls.authorities = rpc::kSystemAuthorities;  // Never in the clear over a network.
  }
  return tls;
}

absl::StatusOr<Session> Connect(const std::string& config_path, const std::string& profile_name,
                                absl::Duration timeout, const Clock* clock) {
  ASSIGN_OR_RETURN(const Profiles profiles, Profiles::Load(config_path));
  Session session;
  ASSIGN_OR_RETURN(session.profile, profiles.Get(profile_name));
  Profile& profile = session.profile;
  rpc::ClientOptions options;
  options.target = profile.server;
  options.tls = TlsOf(profile);
  options.timeout = timeout;
  options.clock = clock;
  rpc::Client unsigned_client(options);
  ASSIGN_OR_RETURN(session.info,
                   unsigned_client.Call<v1::GetServerInfoResponse>(
                       "/suyuan.v1.IdentityService/GetServerInfo", v1::GetServerInfoRequest()));
  if (profile.origin.empty()) {
    profile.origin = session.info.origin();
    profile.log_key = session.info.log_verifier_key();
    RETURN_IF_ERROR(Pin(config_path, profile_name, profile));
  } else if (profile.origin != session.info.origin() ||
             profile.log_key != session.info.log_verifier_key()) {
    return PinDiffers(profile, session.info);
  }
  options.origin = profile.origin;
  session.options = options;
  if (!profile.key_file.empty()) {
    absl::StatusOr<rpc::SigningKey> key = rpc::SigningKey::Load(profile.key_file);
    if (!key.ok()) {
      return text::Problem(absl::StatusCode::kInvalidArgument,
                           StrCat("读不了密钥文件 ", profile.key_file),
                           StrCat("cannot read the key file ", profile.key_file));
    }
    options.key = *std::move(key);
  }
  session.client = std::make_unique<rpc::Client>(std::move(options));
  return session;
}

}  // namespace suyuan::cli
