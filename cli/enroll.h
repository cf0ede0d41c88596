// Taking up an invitation: what `key enroll` does, and whoever makes members for a sample.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/rpc/client.h"
#include "services/rpc/invitation.h"
#include "suyuan/v1/identity.pb.h"

namespace suyuan::cli {

// The request that lets `key` in with a code; its id comes of what it says, so that it may be
// repeated. `code_key` as rpc::KeyOfCode gives it.
v1::EnrollKeyRequest EnrollmentOf(const std::string& origin, const rpc::SigningKey& code_key,
                                  const rpc::SigningKey& key);

// Sends it to `options.target`, signed by `key` itself.
absl::StatusOr<v1::EnrollKeyResponse> Enroll(rpc::ClientOptions options,
                                             const rpc::SigningKey& code_key,
                                             const rpc::SigningKey& key);

}  // namespace suyuan::cli
