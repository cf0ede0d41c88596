// Keeps a verified copy of another process's log: asks its leader for records and checkpoints, and
// takes what holds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/ledger/checkpoints.h"
#include "services/ledger/publisher.h"
#include "services/rpc/client.h"
#include "storage/base/clock.h"
#include "storage/ledger/ledger.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/operation.pb.h"

namespace suyuan::ledger {

// The leader as this process reaches it. Both block for a bounded time.
struct Leader {
  std::function<absl::StatusOr<suyuan::v1::GetServerInfoResponse>()> info;
  std::function<absl::StatusOr<suyuan::v1::ReadLogResponse>(const suyuan::v1::ReadLogRequest&)>
      read;
};
// Over its public API, signed with the key of a member who may operate it.
Leader LeaderAt(rpc::ClientOptions options);

struct FollowingOptions {
  Ledger* log = nullptr;  // Opened as a copy; must outlive it.
  Leader leader;
  std::string verifier_key;  // The log's own, as its first record states it.
  const Clock* clock = nullptr;
  std::unique_ptr<Witnesses> witnesses;  // Says which checkpoints are witnessed; asks nobody.
  absl::Duration pause_min = absl::Milliseconds(100);  // After a failed call; doubled each time.
  absl::Duration pause_max = absl::Seconds(10);
};

struct FollowState {
  uint64_t leader_size = 0;           // Under the newest checkpoint it has shown.
  std::optional<absl::Time> contact;  // Of its last answer.
  absl::Status trouble;               // Why it cannot be asked at the moment.
  // Why it is not followed any more until the next start: as Ledger::Follow has it, or
  // FOLLOW_OTHER_LOG: another origin; FOLLOW_OTHER_KEY: a checkpoint the log's key has not signed.
  absl::Status stopped;
};

// Thread-safe. Asks on a thread of its own, again and again, whatever happens to the leader, until
// something does not hold: then it stops, and says so in the log and in its state. What was taken
// is still answered. Its checkpoints are the leader's, once all their records are here.
class Following final : public Checkpoints {
 public:
  // DATA_LOSS: the newest stored checkpoint is not of this log.
  static absl::StatusOr<std::unique_ptr<Following>> Start(FollowingOptions options);
  ~Following() override;  // Waits for the call under way.

  FollowState state() const;
  // Answers at once.
  void WhenPublished(uint64_t min_size, absl::Duration wait, Done done) override;
  void WhenGrown(uint64_t size, absl::Duration wait, Done done) override;
  uint64_t published_size() const override;

 private:
  class Impl;
  explicit Following(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::ledger
