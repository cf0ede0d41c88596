#include "services/app/witnesses.h"

#include <algorithm>
#include <utility>

#include "services/ledger/witness_client.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/files.h"

namespace suyuan::app {

absl::StatusOr<tlog::Policy> LoadPolicy(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ledger::ReadWholeFile(path));
  absl::StatusOr<tlog::Policy> policy = tlog::Policy::Parse(text);
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
