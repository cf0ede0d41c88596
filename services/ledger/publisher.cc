#include "services/ledger/publisher.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "services/tlog/checkpoint.h"
#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/checker.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {
namespace {

using Monotonic = std::chrono::steady_clock;

// A checkpoint that too few witnesses cosigned is offered again, though the log does not grow.
constexpr std::chrono::seconds kAskAgain(30);
constexpr uint64_t kRecordsMax = 50'000;  // Read again before one checkpoint: some tenths of a s.

}  // namespace

class Publisher::Impl {
 public:
  explicit Impl(PublisherOptions options) : options_(std::move(options)) {}
  ~Impl();

  absl::Status Start();
  void WhenPublished(uint64_t min_size, absl::Duration wait, Done done);
  void WhenGrown(uint64_t size, absl::Duration wait, Done done);
  uint64_t size() const {
    MutexLock lock(&mutex_);
    return published_size();
  }

 private:
  struct Waiter {
    uint64_t min_size;
    Monotonic::time_point deadline;
    bool hurried;  // Somebody waits for a record that is there.
    Done done;
  };

  void Run();
  // One checkpoint over what is there, at most kRecordsMax further on.
  absl::Status Publish();
  absl::Status AskWitnesses(const Published& published);
  // Asks for the newest checkpoint again if it is not witnessed and it is time.
  absl::Status AskAgain();
  void Show(Published published);
  // Answers whoever waits for what is there now, whose time is up, or who waits in vain.
  void AnswerWaiters();
  absl::StatusOr<Published> Newest() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A witnessed one of that size, if there is one; else the newest.
  absl::StatusOr<Published> Best(uint64_t min_size) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Hurried() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::any_of(waiters_.begin(), waiters_.end(),
                       [](const Waiter& waiter) { return waiter.hurried; });
  }
  uint64_t published_size() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return published_ ? published_->head.size : 0;
  }
  bool MayGo() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || (!failed_ && Hurried());
  }

  const PublisherOptions options_;
  std::optional<Checker> checker_;  // Of the publisher's thread, as the next.
  bool history_checked_ = false;
  Monotonic::time_point ask_next_ = Monotonic::now();
  mutable Mutex mutex_;
  std::optional<Published> published_ ABSL_GUARDED_BY(mutex_);
  // Of a smaller size, while the newest one is with the witnesses.
  std::optional<Published> witnessed_ ABSL_GUARDED_BY(mutex_);
  absl::Status stopped_ ABSL_GUARDED_BY(mutex_);  // Why nothing is signed any more.
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;  // The last round; the next is not hurried.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

absl::Status Publisher::Impl::Start() {
  TreeHead head{0, EmptyRoot()};
  ASSIGN_OR_RETURN(std::optional<std::string> note, options_.log->FindNewestCheckpoint());
  if (note) {
    const std::string verifier = tlog::VerifierKeyOf(options_.log->identity().origin, options_.key);
    ASSIGN_OR_RETURN(head, tlog::OpenCheckpoint(*note, verifier));
    MutexLock lock(&mutex_);
    const bool witnessed = options_.witnesses != nullptr && options_.witnesses->Enough(*note);
    published_ = Published{head, *std::move(note), witnessed};
  }
  ASSIGN_OR_RETURN(checker_, Checker::Start(&options_.log->db(), head));
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

Publisher::Impl::~Impl() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<Published> Publisher::Impl::Best(uint64_t min_size) const {
  if (witnessed_ && witnessed_->head.size >= min_size) return *witnessed_;
  return Newest();
}

absl::StatusOr<Published> Publisher::Impl::Newest() const {
  if (published_) return *published_;
  return stopped_.ok() ? absl::UnavailableError("no checkpoint is published yet") : stopped_;
}

void Publisher::Impl::WhenPublished(uint64_t min_size, absl::Duration wait, Done done) {
  min_size = std::max<uint64_t>(min_size, 1);
  const absl::StatusOr<TreeHead> durable = options_.log->GetTreeHead();
  if (!durable.ok()) return done(durable.status());
  absl::StatusOr<Published> now;
  {
    MutexLock lock(&mutex_);
    const bool there = published_size() >= min_size;
    if (!there && !stopped_.ok()) {
      now = stopped_;
    } else if (there || min_size > durable->size || wait <= absl::ZeroDuration() || stopping_) {
      now = Best(min_size);
    } else {
      const auto deadline = Monotonic::now() + absl::ToChronoMicroseconds(wait);
      waiters_.push_back({min_size, deadline, true, std::move(done)});
      return;
    }
  }
  done(std::move(now));
}

void Publisher::Impl::WhenGrown(uint64_t size, absl::Duration wait, Done done) {
  absl::StatusOr<Published> now;
  {
    MutexLock lock(&mutex_);
    const bool there = published_size() >= size;
    if (!there && !stopped_.ok()) {
      now = stopped_;
    } else if (there || wait <= absl::ZeroDuration() || stopping_) {
      now = Newest();
    } else {
      const auto deadline = Monotonic::now() + absl::ToChronoMicroseconds(wait);
      waiters_.push_back({size, deadline, false, std::move(done)});
      return;
    }
  }
  done(std::move(now));
}

void Publisher::Impl::AnswerWaiters() {
  std::vector<std::pair<Done, absl::StatusOr<Published>>> answers;
  {
    MutexLock lock(&mutex_);
    const auto now = Monotonic::now();
    const auto over = [&](Waiter& waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const bool there = published_size() >= waiter.min_size;
      if (!there && stopped_.ok() && !stopping_ && waiter.deadline > now) return false;
      const auto answer = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Published> {
        if (!there && !stopped_.ok()) return stopped_;
        return waiter.hurried ? Best(waiter.min_size) : Newest();
      };
      answers.emplace_back(std::move(waiter.done), answer());
      return true;
    };
    waiters_.erase(std::remove_if(waiters_.begin(), waiters_.end(), over), waiters_.end());
  }
  for (auto& [done, answer] : answers) done(std::move(answer));
}

void Publisher::Impl::Show(Published published) {
  {
    MutexLock lock(&mutex_);
    if (published.witnessed || options_.witnesses == nullptr) {
      witnessed_.reset();
    } else if (published_ && published_->witnessed) {
      witnessed_ = std::move(published_);
    }
    published_ = std::move(published);
  }
  AnswerWaiters();
}

absl::Status Publisher::Impl::AskAgain() {
  std::optional<Published> published;
  {
    MutexLock lock(&mutex_);
    if (!stopped_.ok() || stopping_ || Monotonic::now() < ask_next_) return absl::OkStatus();
    published = published_;
  }
  if (options_.witnesses == nullptr || !published || published->witnessed) return absl::OkStatus();
  return AskWitnesses(*published);
}

absl::Status Publisher::Impl::AskWitnesses(const Published& published) {
  ask_next_ = Monotonic::now() + kAskAgain;
  absl::StatusOr<Published> cosigned = options_.witnesses->Cosign(published);
  if (!cosigned.ok()) return cosigned.status();
  if (cosigned->note == published.note) {
    MutexLock lock(&mutex_);
    witnessed_.reset();  // They are away: an old one is no better than the newest.
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(options_.log->StoreCheckpoint(cosigned->head.size, cosigned->note));
  Show(*std::move(cosigned));
  return absl::OkStatus();
}

absl::Status Publisher::Impl::Publish() {
  ASSIGN_OR_RETURN(const TreeHead durable, options_.log->GetTreeHead());
  const uint64_t size = std::min(durable.size, checker_->size() + kRecordsMax);
  bool stopping = false;
  {
    MutexLock lock(&mutex_);
    if (!stopped_.ok() || size <= published_size()) return absl::OkStatus();
    stopping = stopping_;
  }
  if (options_.witnesses != nullptr && !std::exchange(history_checked_, true)) {
    RETURN_IF_ERROR(options_.witnesses->CheckHistory());
  }
  ASSIGN_OR_RETURN(const TreeHead head, checker_->Advance(size));
  ASSIGN_OR_RETURN(const Hash root, options_.log->RootAt(size));
  if (root != head.root) {
    return absl::DataLossError(StrCat("the tree in memory has another root at size ", size));
  }
  RETURN_IF_ERROR(options_.log->AdvanceMark(head));
  const Published published{
      head, tlog::SignCheckpoint(options_.log->identity().origin, head, options_.key), false};
  RETURN_IF_ERROR(options_.log->StoreCheckpoint(size, published.note));
  Show(published);
  if (options_.witnesses == nullptr || stopping) return absl::OkStatus();
  return AskWitnesses(published);
}

void Publisher::Impl::Run() {
  for (bool last = false; !last;) {
    {
      MutexLock lock(&mutex_);
      last = stopping_;
    }
    absl::Status status = Publish();
    if (status.ok()) status = AskAgain();
    {
      MutexLock lock(&mutex_);
      failed_ = !status.ok();
      if (absl::IsDataLoss(status) || absl::IsFailedPrecondition(status)) {
        stopped_ = absl::FailedPreconditionError("signing has stopped");
      }
    }
    if (!status.ok()) {
      log::Error("no checkpoint is signed",
                 {{"origin", options_.log->identity().origin}, {"status", status.ToString()}});
    }
    AnswerWaiters();
    if (last) return;
    MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return MayGo(); },
                            options_.interval);
  }
}

Publisher::Publisher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Publisher::~Publisher() = default;

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::Start(PublisherOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Publisher>(new Publisher(std::move(impl)));
}

uint64_t Publisher::published_size() const { return impl_->size(); }

void Publisher::WhenGrown(uint64_t size, absl::Duration wait, Done done) {
  impl_->WhenGrown(size, wait, std::move(done));
}

void Publisher::WhenPublished(uint64_t min_size, absl::Duration wait, Done done) {
  impl_->WhenPublished(min_size, wait, std::move(done));
}

}  // namespace suyuan::ledger
