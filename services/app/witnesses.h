// Files of witnesses (C2SP tlog-policy), and what asks those they name.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/ledger/publisher.h"
#include "services/tlog/policy.h"
#include "storage/ledger/client.h"

namespace suyuan::app {

// NOT_FOUND: it cannot be read. INVALID_ARGUMENT: it is no policy. Both name the file.
absl::StatusOr<tlog::Policy> LoadPolicy(const std::string& path);

// The witnesses of a policy's file; null where `path` is empty. `log`, which signs with
// `verifier_key`, must outlive them. Errors as above.
absl::StatusOr<std::unique_ptr<ledger::Witnesses>> WitnessesOf(const std::string& path,
                                                               ledger::Client* log,
                                                               const std::string& verifier_key);

}  // namespace suyuan::app
