#include "services/ledger/following.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "services/domain/error.h"
#include "services/rpc/status.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::ledger {
namespace {

constexpr absl::Duration kWait = absl::Milliseconds(500);  // Or as long as an end may take.
constexpr absl::Duration kTimeout = absl::Seconds(15);
constexpr absl::Duration kTellEvery = absl::Seconds(10);  // How far behind it is, while it is.

absl::Status Refuse(std::string_view word, std::string_view what) {
  return absl::FailedPreconditionError(StrCat(word, ": ", what));
}

}  // namespace

Leader LeaderAt(rpc::ClientOptions options) {
  options.timeout = kTimeout;
  rpc::ClientOptions unsigned_options = options;
  unsigned_options.key.reset();
  const auto client = std::make_shared<rpc::Client>(std::move(options));
  const auto anybody = std::make_shared<rpc::Client>(std::move(unsigned_options));
  return {[anybody] {
            return anybody->Call<suyuan::v1::GetServerInfoResponse>(
                "/suyuan.v1.IdentityService/GetServerInfo", suyuan::v1::GetServerInfoRequest());
          },
          [client](const suyuan::v1::ReadLogRequest& request) {
            return client->Call<suyuan::v1::ReadLogResponse>("/suyuan.v1.OperationService/ReadLog",
                                                             request);
          }};
}

class Following::Impl {
 public:
  explicit Impl(FollowingOptions options) : options_(std::move(options)) {}
  ~Impl();

  absl::Status Start();
  FollowState state() const {
    MutexLock lock(&mutex_);
    return state_;
  }
  std::optional<Published> published() const {
    MutexLock lock(&mutex_);
    return published_;
  }

 private:
  void Run();
  // One question and its answer. UNAVAILABLE: the leader has none; else why it is not followed.
  absl::Status Ask();
  absl::Status Explain(const absl::Status& refused) const;
  absl::Status Take(suyuan::v1::ReadLogResponse response);
  // False: the time is over before anybody stops it.
  bool StoppedWithin(absl::Duration pause);
  void Tell(uint64_t size, uint64_t leader_size);

  FollowingOptions options_;
  bool idle_ = false;  // The last answer brought nothing.
  bool behind_ = true;
  absl::Time told_ = absl::InfinitePast();
  mutable Mutex mutex_;
  FollowState state_ ABSL_GUARDED_BY(mutex_);
  std::optional<Published> published_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

absl::Status Following::Impl::Start() {
  ASSIGN_OR_RETURN(std::optional<std::string> note, options_.log->FindNewestCheckpoint());
  if (note) {
    ASSIGN_OR_RETURN(const TreeHead head, tlog::OpenCheckpoint(*note, options_.verifier_key));
    const bool witnessed = options_.witnesses != nullptr && options_.witnesses->Enough(*note);
    MutexLock lock(&mutex_);
    published_ = Published{head, *std::move(note), witnessed};
  }
  {
    MutexLock lock(&mutex_);
    state_.leader_size = options_.log->followed().size;
  }
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

Following::Impl::~Impl() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool Following::Impl::StoppedWithin(absl::Duration pause) {
  MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; },
                          pause);
  return stopping_;
}

// Why a call was refused: for good, if whoever answers has another log.
absl::Status Following::Impl::Explain(const absl::Status& refused) const {
  const absl::Status trouble = absl::UnavailableError(rpc::MessageOf(refused));
  if (domain::ReasonOf(refused) == suyuan::v1::REASON_UNSPECIFIED) return trouble;
  const auto info = options_.leader.info();
  const std::string& origin = options_.log->identity().origin;
  if (!info.ok() || info->origin() == origin) return trouble;
  return Refuse("FOLLOW_OTHER_LOG",
                StrCat("the leader's log is ", info->origin(), ", the copy is of ", origin));
}

absl::Status Following::Impl::Ask() {
  ASSIGN_OR_RETURN(const TreeHead mine, options_.log->GetTreeHead());
  suyuan::v1::ReadLogRequest request;
  request.set_from(static_cast<int64_t>(mine.size));
  request.set_wait_micros(absl::ToInt64Microseconds(kWait));
  auto response = options_.leader.read(request);
  return response.ok() ? Take(*std::move(response)) : Explain(response.status());
}

absl::Status Following::Impl::Take(suyuan::v1::ReadLogResponse response) {
  Shown shown;
  shown.note = std::move(*response.mutable_checkpoint());
  const auto head = tlog::OpenCheckpoint(shown.note, options_.verifier_key);
  if (!head.ok()) return Refuse("FOLLOW_OTHER_KEY", FromAbsl(head.status().message()));
  shown.head = *head;
  for (suyuan::v1::LogRecord& record : *response.mutable_records()) {
    shown.records.push_back(
        {std::move(*record.mutable_leaf()), std::move(*record.mutable_items())});
  }
  shown.consistency = {response.consistency().begin(), response.consistency().end()};
  RETURN_IF_ERROR(options_.log->Follow(shown));
  idle_ = shown.records.empty();
  ASSIGN_OR_RETURN(const TreeHead mine, options_.log->GetTreeHead());
  const bool witnessed = options_.witnesses != nullptr && options_.witnesses->Enough(shown.note);
  {
    MutexLock lock(&mutex_);
    state_.leader_size = shown.head.size;
    state_.contact = options_.clock->Now();
    if (shown.head.size <= mine.size) {
      published_ = Published{shown.head, std::move(shown.note), witnessed};
    }
  }
  Tell(mine.size, shown.head.size);
  return absl::OkStatus();
}

void Following::Impl::Tell(uint64_t size, uint64_t leader_size) {
  const bool was_behind = std::exchange(behind_, size < leader_size);
  const absl::Time now = options_.clock->Now();
  if (!was_behind && !behind_) return;
  if (behind_ && now - told_ < kTellEvery) return;
  told_ = now;
  log::Info("following", {{"size", StrCat(size)},
                          {"leader_size", StrCat(leader_size)},
                          {"behind", StrCat(leader_size - std::min(size, leader_size))}});
}

void Following::Impl::Run() {
  absl::Duration pause = options_.pause_min;
  while (!StoppedWithin(absl::ZeroDuration())) {
    const absl::Status asked = Ask();
    if (!asked.ok() && !absl::IsUnavailable(asked)) {
      log::Error("the leader is not followed any further", {{"status", asked.ToString()}});
      MutexLock lock(&mutex_);
      state_.stopped = asked;
      return;
    }
    absl::Status before;
    {
      MutexLock lock(&mutex_);
      before = std::exchange(state_.trouble, asked);
    }
    if (asked.ok()) {
      pause = options_.pause_min;
      if (idle_ && StoppedWithin(pause)) return;  // A leader that does not wait is not hurried.
      continue;
    }
    if (before != asked) {
      log::Warning("the leader cannot be asked", {{"status", asked.ToString()}});
    }
    if (StoppedWithin(pause)) return;
    pause = std::min(2 * pause, options_.pause_max);
  }
}

Following::Following(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Following::~Following() = default;

absl::StatusOr<std::unique_ptr<Following>> Following::Start(FollowingOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Following>(new Following(std::move(impl)));
}

FollowState Following::state() const { return impl_->state(); }

void Following::WhenPublished(uint64_t, absl::Duration, Done done) {
  std::optional<Published> published = impl_->published();
  if (published) return done(*std::move(published));
  done(absl::UnavailableError("no checkpoint is here yet"));
}

void Following::WhenGrown(uint64_t, absl::Duration, Done done) {
  done(absl::FailedPreconditionError("this is a copy"));
}

uint64_t Following::published_size() const {
  const std::optional<Published> published = impl_->published();
  return published ? published->head.size : 0;
}

}  // namespace suyuan::ledger
