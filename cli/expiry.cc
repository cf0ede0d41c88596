#include "cli/expiry.h"

#include "cli/json.h"
#include "services/domain/time.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

// Whole days; nothing where it lies further ahead.
std::optional<int64_t> DaysLeft(const google::protobuf::Timestamp& until, absl::Time now) {
  const absl::Duration left = domain::TimeOf(until) - now;
  if (left > kExpiryNotice) return std::nullopt;
  return absl::ToInt64Hours(left) / 24;
}

}  // namespace

Say ExpiryNotice(const v1::GetCallerResponse& caller, absl::Time now) {
  if (caller.has_member_until_time()) {
    if (const auto days = DaysLeft(caller.member_until_time(), now); days.has_value()) {
      return {StrCat("您的任期还有 ", *days, " 天；要继续，请负责人重新邀请"),
              StrCat("your term goes on for ", *days, " more days; to stay, be invited anew")};
    }
  }
  if (caller.has_key_until_time()) {
    if (const auto days = DaysLeft(caller.key_until_time(), now); days.has_value()) {
      return {StrCat("这把密钥还能用 ", *days, " 天，请用 key rotate 换钥"),
              StrCat("this key is good for ", *days, " more days; replace it with key rotate")};
    }
  }
  return {};
}

void WarnOfExpiry(Invocation& invocation) {
  Session* const session = invocation.session();
  if (session == nullptr || session->profile.key_file.empty()) return;
  if (invocation.command.path.starts_with("key ")) return;  // Its key may just have ended.
  const absl::StatusOr<v1::GetCallerResponse> caller = session->client->Call<v1::GetCallerResponse>(
      "/suyuan.v1.IdentityService/GetCaller", v1::GetCallerRequest());
  if (!caller.ok()) return;
  const Say notice = ExpiryNotice(*caller, invocation.clock.Now());
  if (notice.empty()) return;
  const std::string& words = notice.In(invocation.globals.language);
  invocation.err << (invocation.globals.json
                         ? JsonObject().Text("warning", words).str()
                         : StrCat(invocation.chinese() ? "提醒：" : "Note: ", words))
                 << '\n';
}

}  // namespace suyuan::cli
