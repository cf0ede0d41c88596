#include <algorithm>
#include <chrono>
#include <filesystem>
#include <list>
#include <thread>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/index/projection.h"

namespace suyuan::index {
namespace {

using Monotonic = std::chrono::steady_clock;

constexpr size_t kReadBytesMax = 4 << 20;
constexpr size_t kGroupBytesMax = 1 << 20;  // Of rows, folded in one write.
constexpr size_t kWaitersMax = 10'000;
// How long one read waits for a record; the longest the destructor has to wait for the thread.
constexpr absl::Duration kSlice = absl::Milliseconds(100);
// How far apart folds begin while nobody waits for the view: each costs a wake-up and a write,
// however few records it folds.
constexpr std::chrono::milliseconds kGather{5};
constexpr std::string_view kVersionKey = "version";    // u64.
constexpr std::string_view kOriginKey = "origin";      // Of the log.
constexpr std::string_view kPositionKey = "position";  // u64 ‖ leaf hash of the record before it.

// Up to where a view has folded the log, and the leaf hash of the last record it folded.
struct Position {
  uint64_t size = 0;
  Hash last_leaf{};
};

absl::StatusOr<std::unique_ptr<kv::Db>> OpenView(const RunnerOptions& options) {
  kv::DbOptions db;
  db.dir = options.dir;
  db.families = options.projection->families();
  db.families.push_back({"runner", kv::Usage::kLookup});
  db.memory = options.memory;
  db.durable = false;
  return kv::Db::Open(db);
}

std::string VersionRow(const Projection& projection) {
  return BigEndian64(static_cast<uint64_t>(projection.version()));
}

absl::StatusOr<Position> LoadPosition(const kv::Db& db, int family) {
  const absl::StatusOr<std::string> row = db.Get(family, kPositionKey);
  if (absl::IsNotFound(row.status())) return Position();
  RETURN_IF_ERROR(row.status());
  ByteReader in(*row);
  const uint64_t size = in.U64();
  const std::string_view leaf = in.Bytes(kHashSize);
  if (!in.done()) return absl::DataLossError("the view's position does not decode");
  return Position{size, HashFromBytes(leaf)};
}

// Whether the view in `db` can go on following the log: same version, same log, and the log still
// holds the last record that the view folded. An empty view can.
absl::StatusOr<bool> CanFollow(const RunnerOptions& options, const kv::Db& db, int family) {
  ASSIGN_OR_RETURN(const Position position, LoadPosition(db, family));
  if (position.size == 0) return true;
  const absl::StatusOr<std::string> version = db.Get(family, kVersionKey);
  if (!version.ok() || *version != VersionRow(*options.projection)) return false;
  const absl::StatusOr<std::string> origin = db.Get(family, kOriginKey);
  if (!origin.ok() || *origin != options.source->identity().origin) return false;
  const absl::StatusOr<ledger::Record> last = options.source->GetRecord(position.size - 1);
  if (absl::IsNotFound(last.status())) return false;
  // Out of reach for now: the next record will show whether it follows.
  if (absl::IsUnavailable(last.status())) return true;
  RETURN_IF_ERROR(last.status());
  return last->leaf_hash == position.last_leaf;
}

}  // namespace

class Runner::Impl {
 public:
  static absl::StatusOr<std::unique_ptr<Impl>> Start(const RunnerOptions& options);
  ~Impl();

  const kv::Db& db() const { return *db_; }
  uint64_t position() const {
    MutexLock lock(&mutex_);
    return position_;
  }
  absl::Status status() const {
    MutexLock lock(&mutex_);
    return status_;
  }
  void WhenReached(uint64_t size, absl::Duration timeout, std::function<void(absl::Status)> done);
  absl::Status WaitFor(uint64_t size, absl::Duration timeout);

 private:
  struct Waiter {
    uint64_t size;
    Monotonic::time_point deadline;
    std::function<void(absl::Status)> done;
  };

  explicit Impl(const RunnerOptions& options)
      : options_(options), family_(static_cast<int>(options.projection->families().size())) {}
  void Run();
  absl::Status FoldNext();
  // Folds records from `*next` on in one write, and moves it past them.
  absl::Status FoldGroup(const ledger::Records& records, size_t* next);
  absl::Status Write(Rows& rows, const Position& position);
  // Answers with `answer` each waiter that `ready` picks, outside the lock.
  template <typename Ready>
  void Answer(const absl::Status& answer, Ready ready);
  void Pause();
  // Lets records gather until then, or until somebody waits.
  void Gather(Monotonic::time_point until);
  bool stopping() const {
    MutexLock lock(&mutex_);
    return stopping_;
  }

  const RunnerOptions options_;
  const int family_;  // The runner's own.
  std::unique_ptr<kv::Db> db_;
  Position folded_;  // Of the runner's thread.
  mutable Mutex mutex_;
  uint64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);  // At most kWaitersMax.
  int blocked_ ABSL_GUARDED_BY(mutex_) = 0;            // Threads in WaitFor.
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<Runner::Impl>> Runner::Impl::Start(const RunnerOptions& options) {
  auto impl = std::unique_ptr<Impl>(new Impl(options));
  absl::StatusOr<std::unique_ptr<kv::Db>> db = OpenView(options);
  if (!db.ok() && absl::IsUnavailable(db.status())) return db.status();
  absl::StatusOr<bool> follows = false;
  if (db.ok()) follows = CanFollow(options, **db, impl->family_);
  if (!follows.ok() && !absl::IsDataLoss(follows.status())) return follows.status();
  if (!follows.ok() || !*follows) {
    log::Warning("view is built again", {{"dir", options.dir}});
    db = absl::UnknownError("closed");  // Closes the old one.
    std::error_code error;
    std::filesystem::remove_all(options.dir, error);
    db = OpenView(options);
    RETURN_IF_ERROR(db.status());
  }
  impl->db_ = *std::move(db);
  ASSIGN_OR_RETURN(impl->folded_, LoadPosition(*impl->db_, impl->family_));
  {
    MutexLock lock(&impl->mutex_);
    impl->position_ = impl->folded_.size;
  }
  impl->thread_ = std::thread([runner = impl.get()] { runner->Run(); });
  return impl;
}

Runner::Impl::~Impl() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
  Answer(absl::UnavailableError("the view is closing"), [](const Waiter&) { return true; });
}

template <typename Ready>
void Runner::Impl::Answer(const absl::Status& answer, Ready ready) {
  std::list<Waiter> answered;
  {
    MutexLock lock(&mutex_);
    for (auto at = waiters_.begin(); at != waiters_.end();) {
      const auto next = std::next(at);
      if (ready(*at)) answered.splice(answered.end(), waiters_, at);
      at = next;
    }
  }
  for (Waiter& waiter : answered) waiter.done(answer);
}

void Runner::Impl::Run() {
  while (!stopping()) {
    const absl::Status folded = FoldNext();
    if (absl::IsUnavailable(folded)) {
      Pause();
    } else if (!folded.ok()) {
      log::Error("view stopped", {{"dir", options_.dir}, {"status", folded.ToString()}});
      {
        MutexLock lock(&mutex_);
        status_ = folded;
      }
      Answer(absl::UnavailableError("the view has stopped"), [](const Waiter&) { return true; });
      return;
    }
    const Monotonic::time_point now = Monotonic::now();
    Answer(absl::DeadlineExceededError("the view has not come that far"),
           [now](const Waiter& waiter) { return waiter.deadline <= now; });
  }
}

void Runner::Impl::Pause() {
  MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; },
                          kSlice);
}

void Runner::Impl::Gather(Monotonic::time_point until) {
  MutexLock lock(&mutex_);
  const auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || blocked_ > 0 || !waiters_.empty();
  };
  mutex_.AwaitWithTimeout(over, absl::FromChrono(until - Monotonic::now()));
}

absl::Status Runner::Impl::FoldNext() {
  ASSIGN_OR_RETURN(const ledger::Records records,
                   options_.source->ReadRecords(folded_.size, kReadBytesMax, kSlice));
  const Monotonic::time_point begun = Monotonic::now();
  for (size_t next = 0; next < records.size() && !stopping();) {
    absl::Status folded = FoldGroup(records, &next);
    // Only the source may be out of reach for a while; a record that cannot be folded stays so.
    if (absl::IsUnavailable(folded)) folded = absl::InternalError(folded.message());
    RETURN_IF_ERROR(folded);
  }
  if (!records.empty()) Gather(begun + kGather);
  return absl::OkStatus();
}

absl::Status Runner::Impl::FoldGroup(const ledger::Records& records, size_t* next) {
  Rows rows(*db_);
  Position position = folded_;
  for (; *next < records.size() && rows.bytes() < kGroupBytesMax; ++*next) {
    const ledger::Record& record = *records[*next];
    if (record.leaf.sequence != position.size || record.leaf.previous_leaf != position.last_leaf) {
      return absl::DataLossError(StrCat("record ", record.leaf.sequence, " does not follow record ",
                                        position.size, " - 1 of the view"));
    }
    RETURN_IF_ERROR(options_.projection->Apply(record, rows));
    position = {position.size + 1, record.leaf_hash};
  }
  return Write(rows, position);
}

absl::Status Runner::Impl::Write(Rows& rows, const Position& position) {
  if (folded_.size == 0) {
    rows.Put(family_, kVersionKey, VersionRow(*options_.projection));
    rows.Put(family_, kOriginKey, options_.source->identity().origin);
  }
  rows.Put(family_, kPositionKey, StrCat(BigEndian64(position.size), AsBytes(position.last_leaf)));
  kv::WriteBatch write;
  rows.Flush(write);
  RETURN_IF_ERROR(db_->Write(write));
  folded_ = position;
  {
    MutexLock lock(&mutex_);
    position_ = position.size;
    if (waiters_.empty()) return absl::OkStatus();
  }
  Answer(absl::OkStatus(),
         [&position](const Waiter& waiter) { return waiter.size <= position.size; });
  return absl::OkStatus();
}

void Runner::Impl::WhenReached(uint64_t size, absl::Duration timeout,
                               std::function<void(absl::Status)> done) {
  absl::Status answer;
  {
    MutexLock lock(&mutex_);
    if (position_ < size && (!status_.ok() || stopping_)) {
      answer = absl::UnavailableError("the view has stopped");
    } else if (position_ < size && waiters_.size() == kWaitersMax) {
      answer = absl::UnavailableError("too many wait for the view");
    } else if (position_ < size) {
      // A month stands for ever: an infinite duration does not fit a time point.
      const absl::Duration bounded = std::min(timeout, absl::Hours(24 * 30));
      waiters_.push_back(
          {size, Monotonic::now() + absl::ToChronoNanoseconds(bounded), std::move(done)});
      return;
    }
  }
  done(answer);
}

absl::Status Runner::Impl::WaitFor(uint64_t size, absl::Duration timeout) {
  MutexLock lock(&mutex_);
  const auto settled = [this, size]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return position_ >= size || !status_.ok() || stopping_;
  };
  ++blocked_;
  mutex_.AwaitWithTimeout(settled, timeout);
  --blocked_;
  if (position_ >= size) return absl::OkStatus();
  if (!status_.ok() || stopping_) return absl::UnavailableError("the view has stopped");
  return absl::DeadlineExceededError("the view has not come that far");
}

absl::StatusOr<std::unique_ptr<Runner>> Runner::Start(const RunnerOptions& options) {
  SUYUAN_CHECK(options.source != nullptr && options.projection != nullptr);
  ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Impl::Start(options));
  return std::unique_ptr<Runner>(new Runner(std::move(impl)));
}

Runner::Runner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Runner::~Runner() = default;
const kv::Db& Runner::db() const { return impl_->db(); }
uint64_t Runner::position() const { return impl_->position(); }
void Runner::WhenReached(uint64_t size, absl::Duration timeout,
                         std::function<void(absl::Status)> done) {
  impl_->WhenReached(size, timeout, std::move(done));
}
absl::Status Runner::WaitFor(uint64_t size, absl::Duration timeout) {
  return impl_->WaitFor(size, timeout);
}
absl::Status Runner::status() const { return impl_->status(); }

}  // namespace suyuan::index
