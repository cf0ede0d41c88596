// The log's checkpoints, wherever they come from: this process signs them (publisher.h), or its
// leader did (following.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

// A signed checkpoint (C2SP tlog-checkpoint), with whatever cosignatures it has.
struct Published {
  TreeHead head;
  std::string note;
  bool witnessed = false;  // The policy's quorum cosigned it.
};

// Thread-safe.
class Checkpoints {
 public:
  virtual ~Checkpoints() = default;

  // Calls `done` once, at once or on a thread of its own, with a checkpoint that covers `min_size`
  // records: a witnessed one if there is one. If none came within `wait`, or the log has no such
  // size, with the newest. UNAVAILABLE: none was published yet. FAILED_PRECONDITION: signing has
  // stopped before that size.
  using Done = std::function<void(absl::StatusOr<Published>)>;
  virtual void WhenPublished(uint64_t min_size, absl::Duration wait, Done done) = 0;
  // For who follows: the newest one, witnessed or not, once it covers `size` records or `wait` is
  // over, whether the log has so many yet or not. Nothing is hurried for it. FAILED_PRECONDITION as
  // above, or there is nobody to follow here.
  virtual void WhenGrown(uint64_t size, absl::Duration wait, Done done) = 0;
  // Of the newest published checkpoint; 0: none.
  virtual uint64_t published_size() const = 0;
};

}  // namespace suyuan::ledger
