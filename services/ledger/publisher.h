// Signs what the log holds, once it was read again from the store, and shows it to the world.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/ledger/checkpoints.h"
#include "services/rpc/keys.h"
#include "storage/ledger/ledger.h"

namespace suyuan::ledger {

// Asks witnesses to cosign a checkpoint: blocks for a bounded time, on the publisher's thread.
class Witnesses {
 public:
  virtual ~Witnesses() = default;
  // FAILED_PRECONDITION: a witness holds another history of this log; nothing may be signed.
  virtual absl::Status CheckHistory() = 0;
  // The note with the cosignatures that came, one a witness; who is on it already is not asked.
  // FAILED_PRECONDITION as above.
  virtual absl::StatusOr<Published> Cosign(const Published& published) = 0;
  // Whether those that cosigned the note are enough for the policy. Thread-safe.
  virtual bool Enough(std::string_view note) const = 0;
};

struct PublisherOptions {
  Ledger* log = nullptr;  // Must outlive the publisher.
  rpc::SigningKey key;    // The log's, Ed25519.
  absl::Duration interval = absl::Seconds(1);
  std::unique_ptr<Witnesses> witnesses;  // Null: nobody is asked.
};

// Thread-safe. On a thread of its own, every `interval` in which the log has grown and whenever
// somebody waits: reads the new records again from the store (checker.h), compares the root with
// the tree's, advances the mark, signs, stores the checkpoint, publishes, asks the witnesses;
// before the first, asks them whether they hold another history. What does not hold stops the
// signing until the next start, which checks it again; what was published is still answered.
class Publisher final : public Checkpoints {
 public:
  // The newest stored checkpoint is published at once. DATA_LOSS: it is not of this log.
  static absl::StatusOr<std::unique_ptr<Publisher>> Start(PublisherOptions options);
  ~Publisher() override;  // Publishes what is left; joins.

  void WhenPublished(uint64_t min_size, absl::Duration wait, Done done) override;
  void WhenGrown(uint64_t size, absl::Duration wait, Done done) override;
  uint64_t published_size() const override;

 private:
  class Impl;
  explicit Publisher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::ledger
