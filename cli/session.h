// A server this command line may speak to: the one whose origin and log key are pinned.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/profile.h"
#include "services/rpc/client.h"
#include "suyuan/v1/identity.pb.h"

namespace suyuan::cli {

struct Session {
  Profile profile;  // With its pins.
  v1::GetServerInfoResponse info;
  rpc::ClientOptions options;  // For another client of the same server; without a key.
  std::unique_ptr<rpc::Client> client;
};

// Asks the server who it is. The first time, its origin and log key go into the profile's file;
// from then on another answer is refused (PERMISSION_DENIED), before anything is signed.
// INVALID_ARGUMENT: no such profile, or its key cannot be read. UNAVAILABLE: nobody answers.
// `clock` must outlive the session.
absl::StatusOr<Session> Connect(const std::string& config_path, const std::string& profile_name,
                                absl::Duration timeout, const Clock* clock);

// How the connection of a profile is secured.
rpc::Tls TlsOf(const Profile& profile);

}  // namespace suyuan::cli
