#include "services/app/witnesses.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "services/ledger/witness_client.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::app {

absl::StatusOr<tlog::Policy> LoadPolicy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) {
    return absl::NotFoundError(StrCat("the policy cannot be read: ", path));
  }
  absl::StatusOr<tlog::Policy> policy = tlog::Policy::Parse(text.str());
  if (policy.ok()) return policy;
  return absl::Status(policy.status().code(),
                      StrCat(path, ": ", FromAbsl(policy.status().message())));
}

absl::StatusOr<std::unique_ptr<ledger::Witnesses>> WitnessesOf(const std::string& path,
                                                               ledger::Client* log,
                                                               const std::string& verifier_key) {
  if (path.empty()) return nullptr;
  ledger::WitnessClientOptions options{log, {}, verifier_key};
  ASSIGN_OR_RETURN(options.policy, LoadPolicy(path));
  const auto& logs = options.policy.logs();
  const auto is_ours = [&](const tlog::PolicyLog& listed) {
    return listed.key.ToString() == verifier_key;
  };
  if (!logs.empty() && std::none_of(logs.begin(), logs.end(), is_ours)) {
    log::Warning("the policy lists other logs, not this one",
                 {{"file", path}, {"verifier_key", verifier_key}});
  }
  return ledger::MakeWitnessClient(std::move(options));
}

}  // namespace suyuan::app
