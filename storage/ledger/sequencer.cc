#include "storage/ledger/sequencer.h"

#include <cstdlib>

#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/ledger/receipt.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kGroupBytesMax = 4 << 20;
// While several append at once, their groups are taken so far apart, or when so many wait: a sync
// costs the same whatever it holds. Who appends alone does not wait, but once after others have.
constexpr std::chrono::microseconds kGather{1000};
constexpr size_t kGathered = 32;

}  // namespace

Sequencer::Sequencer(const SequencerOptions& options, Tip tip, TreeEdge edge)
    : options_(options),
      builder_(options.db, options.heads, tip, std::move(edge)),
      size_(tip.size) {
  writer_ = Thread([this] { Write(); });
  completer_ = Thread([this] { Complete(); });
}

Sequencer::~Sequencer() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  writer_.join();
  {
    MutexLock lock(&mutex_);
    written_out_ = true;
  }
  completer_.join();
}

void Sequencer::Append(Prepared request, Client::AppendCallback done) {
  absl::Status refusal;
  {
    MutexLock lock(&mutex_);
    if (stopping_) {
      refusal = absl::UnavailableError("the ledger is closing");
    } else if (outstanding_ >= options_.queue_max) {
      refusal = absl::ResourceExhaustedError("the ledger's queue is full");
    } else {
      ++outstanding_;
      queue_.push_back({std::move(request), std::move(done)});
      return;
    }
  }
  Refuse(std::move(refusal), std::move(done));
}

void Sequencer::Refuse(absl::Status status, Client::AppendCallback done) {
  MutexLock lock(&mutex_);
  answers_.push_back({std::move(status), std::move(done), false});
}

uint64_t Sequencer::size() const {
  MutexLock lock(&mutex_);
  return size_;
}

bool Sequencer::WaitForSize(uint64_t size, absl::Duration timeout) const {
  MutexLock lock(&mutex_);
  const auto over = [this, size]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return size_ >= size || waits_ended_;
  };
  mutex_.AwaitWithTimeout(over, timeout);
  return size_ >= size;
}

void Sequencer::EndWaits() {
  MutexLock lock(&mutex_);
  waits_ended_ = true;
}

void Sequencer::Gather() {
  if (group_size_ < 2) return;
  const auto gathered = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return queue_.size() >= kGathered || stopping_;
  };
  const auto left = group_taken_ + kGather - std::chrono::steady_clock::now();
  mutex_.AwaitWithTimeout(gathered, absl::FromChrono(left));
}

std::vector<Sequencer::Pending> Sequencer::TakeGroup() {
  MutexLock lock(&mutex_);
  mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return WriterMayGo(); });
  Gather();
  group_taken_ = std::chrono::steady_clock::now();
  std::vector<Pending> group;
  size_t bytes = 0;
  while (!queue_.empty() && group.size() < options_.group_max && bytes < kGroupBytesMax) {
    bytes += queue_.front().request.items.size();
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  group_size_ = group.size();
  return group;
}

void Sequencer::Write() {
  for (std::vector<Pending> group = TakeGroup(); !group.empty(); group = TakeGroup()) {
    WriteGroup(std::move(group));
  }
}

void Sequencer::WriteGroup(std::vector<Pending> group) {
  std::vector<absl::StatusOr<Appended>> results;
  results.reserve(group.size());
  for (const Pending& pending : group) {
    results.push_back(builder_.Add(pending.request, options_.clock->Now()));
  }
  if (!builder_.empty()) {
    const absl::Status written = options_.db->Write(builder_.write());
    if (!written.ok()) {
      // What is on disk is unknown until it is read again, which only a new start does.
      log::Error("ledger write failed; stopping", {{"status", written.ToString()}});
      if (options_.on_failure) options_.on_failure();
      std::abort();
    }
    builder_.Written();
    options_.tree->Publish(builder_.edge());
  }
  MutexLock lock(&mutex_);
  size_ = builder_.size();
  for (size_t i = 0; i < group.size(); ++i) {
    answers_.push_back({std::move(results[i]), std::move(group[i].done), true});
  }
}

void Sequencer::SignReceipts(std::deque<Answer>& answers) const {
  std::vector<Appended*> group;
  std::vector<Hash> leaves;
  for (Answer& answer : answers) {
    if (!answer.result.ok()) continue;
    Appended& appended = *answer.result;
    if (appended.replayed) {
      const std::string text =
          ReceiptText(options_.origin, appended.sequence, 1, appended.leaf_hash);
      appended.receipt = {appended.sequence, 1, {}, options_.sign_receipts(text)};
      continue;
    }
    group.push_back(&appended);
    leaves.push_back(appended.leaf_hash);
  }
  if (group.empty()) return;
  GroupTree tree = MakeGroupTree(leaves);
  const uint64_t first = group.front()->sequence;
  const std::string signature =
      options_.sign_receipts(ReceiptText(options_.origin, first, group.size(), tree.root));
  for (size_t i = 0; i < group.size(); ++i) {
    SUYUAN_CHECK(group[i]->sequence == first + i);
    group[i]->receipt = {first, group.size(), std::move(tree.paths[i]), signature};
  }
}

void Sequencer::Complete() {
  while (true) {
    std::deque<Answer> answers;
    {
      MutexLock lock(&mutex_);
      mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return CompleterMayGo(); });
      if (answers_.empty()) return;
      answers.swap(answers_);
    }
    if (options_.sign_receipts) SignReceipts(answers);
    for (Answer& answer : answers) {
      if (answer.counted) {
        MutexLock lock(&mutex_);
        --outstanding_;
      }
      answer.done(std::move(answer.result));
      answer.done = nullptr;  // What it holds goes with it, not with the whole group.
    }
  }
}

}  // namespace suyuan::ledger
