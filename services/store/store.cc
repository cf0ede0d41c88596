#include "services/store/store.h"

#include <deque>
#include <set>
#include <utility>

#include "services/domain/error.h"
#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "services/store/events.h"
#include "services/store/fold_cache.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::store {
namespace {

constexpr int kRetriesMax = 5;
constexpr size_t kStreamsKeptMax = 200'000;

// What the ledger answers to an append, in the words of the API.
absl::Status Refusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAborted:
      return domain::Error(v1::REASON_BUSY);
    case absl::StatusCode::kOutOfRange:
      return domain::Error(v1::REASON_CLOCKS);
    case absl::StatusCode::kAlreadyExists:
      return domain::Error(v1::REASON_REQUEST_ID_REUSED);
    case absl::StatusCode::kResourceExhausted:
      return domain::Error(v1::REASON_QUEUE_FULL);
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:  // Of a ledger in another process: it may stand.
    case absl::StatusCode::kCancelled:
      return domain::Error(v1::REASON_UNAVAILABLE);
    case absl::StatusCode::kFailedPrecondition:  // It follows another one.
      return domain::Error(v1::REASON_READ_ONLY);
    case absl::StatusCode::kInvalidArgument:
      return domain::Error(v1::REASON_MALFORMED, {{"detail", std::string(status.message())}});
    default:
      return status;
  }
}

// Who the caller is at the versions the append is conditional on, and that he may act.
absl::StatusOr<domain::Caller> CheckCaller(domain::World& world, const Command& command,
                                           absl::Time now) {
  if (command.caller.newcomer) return command.caller;  // The decision begins its streams.
  ASSIGN_OR_RETURN(domain::Caller caller, domain::FindCaller(world, command.caller.key, now));
  if (caller.system != command.caller.system) return domain::Error(v1::REASON_KEY_UNKNOWN);
  if (!caller.system && command.permission != rules::v1::PERMISSION_UNSPECIFIED) {
    RETURN_IF_ERROR(domain::CheckAllowed(caller, command.permission));
  }
  return caller;
}

// What every attempt of a command asks for first: loaded at once.
std::set<std::string> FirstStreams(const domain::Caller& caller) {
  if (caller.newcomer) return {};
  if (caller.system) return {caller.key.name()};
  return {caller.key.name(), caller.member.name(), caller.party.name(),
          domain::GrantStream(caller.party.name())};
}

}  // namespace

// One command on its way. Owned by whoever runs it next.
struct Job {
  Command command;
  std::function<void(absl::StatusOr<Outcome>)> done;
  std::set<std::string> streams;  // Asked for so far.
  std::string turn;               // The written stream it has its turn on.
  int retries = 0;
};
using JobPtr = std::shared_ptr<Job>;

class Store::Impl {
 public:
  Impl(ledger::Client* client, const Clock* clock, Executor executor, size_t waiting_max)
      : client_(client),
        clock_(clock),
        executor_(std::move(executor)),
        waiting_max_(waiting_max),
        cache_(client, kStreamsKeptMax) {}

  void Start(const JobPtr& job) {
    {
      MutexLock lock(&mutex_);
      ++under_way_;
    }
    Attempt(job);
  }
  void Drain() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return under_way_ == 0; });
  }
  FoldCache& cache() { return cache_; }
  ledger::Client* client() const { return client_; }
  const Clock* clock() const { return clock_; }

 private:
  void Attempt(const JobPtr& job);
  std::string RequestKey(const Job& job) const {
    return StrCat(job.command.caller.scope(), "/", job.command.request_id);
  }
  absl::Status Replay(Job& job, uint64_t sequence, Outcome* outcome) const;
  ledger::AppendRequest RequestOf(const Job& job, const domain::World& world,
                                  const domain::LoadedStreams& loaded, absl::Time now,
                                  std::vector<event::v1::Event>& events) const;
  enum class Turn { kHas, kWaits, kNone };
  // Has: the job may go on. Waits: it is attempted again in its turn. None: too many wait.
  Turn TakeTurn(const JobPtr& job, const std::string& stream);
  // Gives up the job's turn: returns whose it is now.
  JobPtr PassTurn(const Job& job);
  void Finish(JobPtr job, absl::StatusOr<Outcome> outcome);
  void Appended(const JobPtr& job, absl::StatusOr<ledger::Appended> appended,
                std::vector<event::v1::Event> events);
  bool Schedule(const JobPtr& job) {
    return executor_([this, job] { Attempt(job); });
  }
  void ScheduleOrFinish(const JobPtr& job) {
    if (!Schedule(job)) Finish(job, domain::Error(v1::REASON_QUEUE_FULL));
  }

  ledger::Client* const client_;
  const Clock* const clock_;
  const Executor executor_;
  const size_t waiting_max_;
  FoldCache cache_;
  Mutex mutex_;
  // Written streams with a command under way, and who waits for them.
  absl::flat_hash_map<std::string, std::deque<JobPtr>> turns_ ABSL_GUARDED_BY(mutex_);
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;  // Over all turns; at most waiting_max_.
};

absl::Status Store::Impl::Replay(Job& job, uint64_t sequence, Outcome* outcome) const {
  ASSIGN_OR_RETURN(const ledger::Record record, client_->GetRecord(sequence));
  if (record.authorship().method != job.command.authorship.method ||
      record.request() != job.command.body) {
    return domain::Error(v1::REASON_REQUEST_ID_REUSED);
  }
  ASSIGN_OR_RETURN(outcome->events, ParseEvents(record));
  ASSIGN_OR_RETURN(ledger::Receipt receipt, client_->GetReceipt(sequence));
  outcome->appended = {sequence, record.leaf.record_micros, record.leaf_hash, true,
                       std::move(receipt)};
  return absl::OkStatus();
}

ledger::AppendRequest Store::Impl::RequestOf(const Job& job, const domain::World& world,
                                             const domain::LoadedStreams& loaded, absl::Time now,
                                             std::vector<event::v1::Event>& events) const {
  ledger::AppendRequest request;
  request.kind = job.command.kind;
  request.request_key = RequestKey(job);
  request.authorship = job.command.authorship;
  request.body = job.command.body;
  request.decided = now;
  for (const auto& [stream, written] : world.touched()) {
    const uint64_t version = loaded.at(stream).version;
    if (written) {
      request.writes.push_back({stream, version});
    } else {
      request.reads.push_back({stream, version});
    }
  }
  for (event::v1::Event& event : events) {
    if (!job.command.caller.system && !job.command.caller.newcomer) {
      event.set_actor_party(job.command.caller.party.name());
      event.set_actor_member(job.command.caller.member.name());
    }
    request.events.push_back(event.SerializeAsString());
  }
  request.private_root = PrivateRootOf(events);
  return request;
}

void Store::Impl::Attempt(const JobPtr& job) {
  for (int round = 0; round < Store::kRoundsMax; ++round) {
    // With the request's key each time: a refusal must not be of what its own twin has done.
    absl::StatusOr<FoldCache::Answer> loaded =
        cache_.Load({job->streams.begin(), job->streams.end()}, RequestKey(*job));
    if (!loaded.ok()) return Finish(job, Refusal(loaded.status()));
    if (loaded->replayed_sequence.has_value()) {
      Outcome outcome;
      const absl::Status status = Replay(*job, *loaded->replayed_sequence, &outcome);
      if (!status.ok()) return Finish(job, status);
      return Finish(job, std::move(outcome));
    }
    domain::World world(&loaded->streams);
    domain::Context context;
    context.now = clock_->Now();
    context.origin = client_->identity().origin;
    context.ledger_id = client_->identity().ledger_id;
    context.utc_offset_minutes = client_->identity().utc_offset_minutes;
    context.request_id = job->command.request_id;
    const auto decide = [&]() -> absl::StatusOr<domain::Decision> {
      ASSIGN_OR_RETURN(context.caller, CheckCaller(world, job->command, context.now));
      return job->command.decide(world, context);
    };
    absl::StatusOr<domain::Decision> decided = decide();
    if (!world.missing().empty()) {
      job->streams.insert(world.missing().begin(), world.missing().end());
      continue;
    }
    if (!decided.ok()) return Finish(job, decided.status());
    if (decided->empty()) return Finish(job, Outcome());
    ledger::AppendRequest request = RequestOf(*job, world, loaded->streams, context.now, *decided);
    SUYUAN_CHECK(!request.writes.empty());
    if (job->turn.empty()) {
      const Turn turn = TakeTurn(job, request.writes.front().stream);
      if (turn == Turn::kWaits) return;
      if (turn == Turn::kNone) return Finish(job, domain::Error(v1::REASON_QUEUE_FULL));
    }
    client_->Append(std::move(request), [this, job, events = *std::move(decided)](
                                            absl::StatusOr<ledger::Appended> appended) mutable {
      Appended(job, std::move(appended), std::move(events));
    });
    return;
  }
  Finish(job, domain::Error(v1::REASON_INTERNAL));
}

void Store::Impl::Appended(const JobPtr& job, absl::StatusOr<ledger::Appended> appended,
                           std::vector<event::v1::Event> events) {
  const absl::Status& status = appended.status();
  if ((absl::IsAborted(status) || absl::IsOutOfRange(status)) && job->retries < kRetriesMax) {
    ++job->retries;
    return ScheduleOrFinish(job);
  }
  if (!appended.ok()) return Finish(job, Refusal(appended.status()));
  // Repeated while the first was under way: the answer is in the first's record.
  if (appended->replayed) return ScheduleOrFinish(job);
  Finish(job, Outcome{*std::move(appended), std::move(events)});
}

Store::Impl::Turn Store::Impl::TakeTurn(const JobPtr& job, const std::string& stream) {
  MutexLock lock(&mutex_);
  const auto found = turns_.find(stream);
  if (found != turns_.end() && waiting_ == waiting_max_) return Turn::kNone;
  job->turn = stream;
  if (found == turns_.end()) {
    turns_.try_emplace(stream);
    return Turn::kHas;
  }
  found->second.push_back(job);
  ++waiting_;
  return Turn::kWaits;
}

JobPtr Store::Impl::PassTurn(const Job& job) {
  if (job.turn.empty()) return nullptr;
  MutexLock lock(&mutex_);
  const auto turn = turns_.find(job.turn);
  if (turn->second.empty()) {
    turns_.erase(turn);
    return nullptr;
  }
  JobPtr next = std::move(turn->second.front());
  turn->second.pop_front();
  --waiting_;
  return next;
}

// A loop, for whoever waits may be many: where the executor takes none, all of them end here.
void Store::Impl::Finish(JobPtr job, absl::StatusOr<Outcome> outcome) {
  while (job != nullptr) {
    JobPtr next = PassTurn(*job);
    std::exchange(job->done, nullptr)(std::move(outcome));
    if (next != nullptr && Schedule(next)) next = nullptr;
    if (next != nullptr) outcome = domain::Error(v1::REASON_QUEUE_FULL);
    job = std::move(next);
    MutexLock lock(&mutex_);
    --under_way_;
  }
}

Store::Store(ledger::Client* client, const Clock* clock, Executor executor, size_t waiting_max)
    : impl_(std::make_unique<Impl>(client, clock, std::move(executor), waiting_max)) {}
Store::~Store() { Drain(); }

void Store::Update(Command command, std::function<void(absl::StatusOr<Outcome>)> done) {
  std::set<std::string> streams = FirstStreams(command.caller);
  impl_->Start(
      std::make_shared<Job>(Job{std::move(command), std::move(done), std::move(streams), "", 0}));
}

void Store::Drain() { impl_->Drain(); }

absl::StatusOr<domain::LoadedStream> Store::LoadOne(const std::string& stream) {
  ASSIGN_OR_RETURN(domain::LoadedStreams loaded, Load({stream}));
  return std::move(loaded.at(stream));
}

absl::StatusOr<domain::LoadedStreams> Store::Load(const std::vector<std::string>& streams) {
  ASSIGN_OR_RETURN(FoldCache::Answer answer, impl_->cache().Load(streams, ""));
  return std::move(answer.streams);
}

ledger::Client* Store::client() const { return impl_->client(); }
const Clock* Store::clock() const { return impl_->clock(); }

}  // namespace suyuan::store
