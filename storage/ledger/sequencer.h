// Gives appends their place in the log and makes them durable.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/thread.h"
#include "storage/kv/db.h"
#include "storage/ledger/builder.h"
#include "storage/ledger/client.h"
#include "storage/ledger/heads.h"
#include "storage/ledger/prepare.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {

struct SequencerOptions {
  kv::Db* db = nullptr;  // All pointers must outlive the sequencer.
  Tree* tree = nullptr;  // Published to after each write.
  Heads* heads = nullptr;
  const Clock* clock = nullptr;
  // Signs the receipts of what is answered together; empty: nobody does.
  std::function<std::string(std::string_view)> sign_receipts;
  std::string origin;
  // Called before the process ends because a write failed; may be empty.
  std::function<void()> on_failure;
  size_t queue_max = 4096;  // Appends not yet answered.
  size_t group_max = 1024;  // Appends in one write.
};

// Thread-safe. One writer thread takes whatever is waiting, at most `group_max`, as one synced
// write: while the disk syncs, the next group gathers, and where several append at once it gathers
// for a moment longer. One more thread runs the callbacks, so that
// the writer never waits for them. Both are joined in the destructor, after the queue has drained.
class Sequencer {
 public:
  Sequencer(const SequencerOptions& options, Tip tip, TreeEdge edge);
  ~Sequencer();

  void Append(Prepared request, Client::AppendCallback done);
  // Answers on the callbacks' thread.
  void Refuse(absl::Status status, Client::AppendCallback done);

  // Of the durable log.
  uint64_t size() const;
  // True once the durable log has `size` records; false if that took longer than `timeout`, or the
  // waits were ended.
  bool WaitForSize(uint64_t size, absl::Duration timeout) const;
  void EndWaits();

 private:
  struct Pending {
    Prepared request;
    Client::AppendCallback done;
  };
  struct Answer {
    absl::StatusOr<Appended> result;
    Client::AppendCallback done;
    bool counted = false;  // In outstanding_.
  };

  void Write();
  void Complete();
  // One signature for the new records among the answers, which follow one another, and one for
  // each that was appended before.
  void SignReceipts(std::deque<Answer>& answers) const;
  std::vector<Pending> TakeGroup();
  void Gather() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteGroup(std::vector<Pending> group);
  bool WriterMayGo() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !queue_.empty() || stopping_;
  }
  bool CompleterMayGo() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !answers_.empty() || written_out_;
  }

  const SequencerOptions options_;
  Builder builder_;        // Of the writer's thread, as are the two below.
  size_t group_size_ = 0;  // Of the last one.
  std::chrono::steady_clock::time_point group_taken_;
  mutable Mutex mutex_;
  std::deque<Pending> queue_ ABSL_GUARDED_BY(mutex_);   // At most queue_max.
  std::deque<Answer> answers_ ABSL_GUARDED_BY(mutex_);  // At most queue_max, and the refused.
  size_t outstanding_ ABSL_GUARDED_BY(mutex_) = 0;      // Queued, being written or unanswered.
  uint64_t size_ ABSL_GUARDED_BY(mutex_);
  bool waits_ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool written_out_ ABSL_GUARDED_BY(mutex_) = false;  // The writer has ended.
  Thread writer_;
  Thread completer_;
};

}  // namespace suyuan::ledger
