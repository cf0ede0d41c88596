// The ledger of another process, behind the same contract as the one on disk.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/rpc/channel.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// Thread-safe. Every call but Append blocks its thread for the round trip.
class RemoteLedger final : public Client {
 public:
  // Waits up to `timeout` for the ledger's process to answer. UNAVAILABLE: it did not.
  static absl::StatusOr<std::unique_ptr<RemoteLedger>> Connect(
      std::shared_ptr<rpc::Channel> channel, absl::Duration timeout);

  const LogIdentity& identity() const override { return identity_; }
  absl::StatusOr<Loaded> Load(const std::vector<StreamVersion>& known,
                              std::string_view request_key) override;
  void Append(AppendRequest request, AppendCallback done) override;
  absl::StatusOr<Record> GetRecord(uint64_t sequence) override;
  absl::StatusOr<Receipt> GetReceipt(uint64_t sequence) override;
  absl::StatusOr<Records> ReadRecords(uint64_t from, size_t max_bytes,
                                      absl::Duration wait) override;
  absl::StatusOr<TreeHead> GetTreeHead() override;
  absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t sequence, uint64_t size) override;
  absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size, uint64_t new_size) override;
  absl::StatusOr<Hash> RootAt(uint64_t size) override;
  absl::StatusOr<std::vector<Hash>> LoadTile(int level, uint64_t index, int width) override;
  absl::StatusOr<std::vector<std::string>> LoadLeaves(uint64_t index, int width) override;

 private:
  RemoteLedger(std::shared_ptr<rpc::Channel> channel, LogIdentity identity)
      : channel_(std::move(channel)), identity_(std::move(identity)) {}

  const std::shared_ptr<rpc::Channel> channel_;
  const LogIdentity identity_;
};

}  // namespace suyuan::ledger
