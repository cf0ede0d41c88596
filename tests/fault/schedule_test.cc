// The threads around the log's end — those who append, the one that writes, the one that answers,
// the one that reads again before it signs — meet at their mutexes in orders drawn from seeds.
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/thread.h"
#include "storage/ledger/checker.h"
#include "storage/ledger/heads.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/sequencer.h"
#include "tests/support/ledger_fixture.h"
#include "tests/support/random_schedule.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

using ledger::Appended;

constexpr int kClients = 3;
constexpr int kAppendsEach = 2;
constexpr int kKeys = 5;     // Of requests: fewer than appends, so that some are repeated.
constexpr int kStreams = 2;  // Fewer still, so that versions clash.
constexpr size_t kQueueMax = 3;
constexpr size_t kGroupMax = 2;

// What the schedules brought about, all in all.
struct Seen {
  uint64_t appended = 0, replayed = 0, moved = 0, full = 0, signed_behind = 0;
};

// The rows of one ledger, and who signs it, over many schedules.
struct Store {
  explicit Store(const Clock& clock) {
    ledger::LedgerOptions options;
    options.dir = dir / "log";
    options.clock = &clock;
    SUYUAN_CHECK(ledger::Ledger::Create(options, TestGenesis(clock)).ok());
    // Without syncs, which would take most of the time: what is written stands for durable here.
    kv::DbOptions rows;
    rows.dir = options.dir;
    rows.families = ledger::LedgerFamilies();
    rows.durable = false;
    db = kv::Db::Open(rows).value();
    tag_key = ledger::LoadMeta(*db)->tag_key;
    edge = ledger::LoadTreeEdge(*db, size).value();
    checker = ledger::Checker::Start(db.get(), {0, ledger::EmptyRoot()}).value();
  }

  TempDir dir;
  std::unique_ptr<kv::Db> db;
  std::string tag_key;
  std::optional<ledger::Checker> checker;
  uint64_t size = 1;
  ledger::TreeEdge edge;
};

ledger::Tip TipOf(const Store& store) {
  const ledger::Record last = ledger::LoadRecord(*store.db, store.size - 1).value();
  return {store.size, last.leaf.record_micros, last.leaf_hash, last.leaf.schema};
}

// One schedule: clients append, a signer follows, all end.
class Round {
 public:
  Round(Store* store, const Clock* clock, uint64_t seed)
      : store_(*store),
        clock_(*clock),
        seed_(seed),
        tree_(store->db.get(), ledger::kTileFamily, store->edge),
        heads_(store->size) {}

  void Run() {
    RandomSchedule::Run(seed_, [this] { Play(); });
    CheckAnswers();
  }
  const Seen& seen() const { return seen_; }

 private:
  struct Asked {
    std::string key, stream;
    std::optional<uint64_t> expected;
    int answers = 0;
    absl::StatusOr<Appended> answer;
  };

  void Play();
  void Append(int client, std::mt19937_64& random);
  void Answered(Asked* asked, absl::StatusOr<Appended> answer);
  void Sign();
  void CheckAnswers();
  void Fault(std::string text) ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    faults_.push_back(std::move(text));
  }

  Store& store_;
  const Clock& clock_;
  const uint64_t seed_;
  ledger::Tree tree_;
  ledger::Heads heads_;
  ledger::Sequencer* log_ = nullptr;
  Mutex mutex_;
  std::vector<std::unique_ptr<Asked>> asked_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> faults_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> last_ ABSL_GUARDED_BY(mutex_);  // Answered, by stream.
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;  // No new record's answer is below it.
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  Seen seen_;
};

void Round::Play() {
  ledger::SequencerOptions options;
  options.db = store_.db.get();
  options.tree = &tree_;
  options.heads = &heads_;
  options.clock = &clock_;
  options.queue_max = kQueueMax;
  options.group_max = kGroupMax;
  auto log = std::make_unique<ledger::Sequencer>(options, TipOf(store_), store_.edge);
  log_ = log.get();
  Thread signer([this] { Sign(); });
  std::vector<Thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([this, client] {
      std::mt19937_64 random(seed_ * kClients + static_cast<uint64_t>(client));
      for (int i = 0; i < kAppendsEach; ++i) Append(client, random);
    });
  }
  for (Thread& client : clients) client.join();
  {
    MutexLock lock(&mutex_);
    over_ = true;
  }
  log_->EndWaits();
  signer.join();
  log.reset();  // What is queued is written and answered first.
}

void Round::Append(int client, std::mt19937_64& random) {
  auto owned = std::make_unique<Asked>();
  Asked* const asked = owned.get();
  const uint64_t key = random() % kKeys;
  asked->key = StrCat(seed_, "/", key);
  asked->stream = StrCat("batches/", key % kStreams);
  {
    MutexLock lock(&mutex_);
    const auto known = last_.find(asked->stream);
    if (known != last_.end() && random() % 2 == 0) asked->expected = known->second;
    asked_.push_back(std::move(owned));
  }
  ledger::AppendRequest request = TestAppend(clock_, asked->key, {asked->stream});
  request.writes[0].expected = asked->expected;
  log_->Append(ledger::Prepare(std::move(request), store_.tag_key).value(),
               [this, asked](absl::StatusOr<Appended> answer) { Answered(asked, answer); });
  if ((random() + static_cast<uint64_t>(client)) % 2 == 0) return;
  MutexLock lock(&mutex_);
  mutex_.Await([asked] { return asked->answers > 0; });
}

void Round::Answered(Asked* asked, absl::StatusOr<Appended> answer) {
  if (answer.ok()) {
    const absl::StatusOr<ledger::Record> record = ledger::LoadRecord(*store_.db, answer->sequence);
    if (!record.ok() || record->leaf_hash != answer->leaf_hash) {
      Fault(StrCat(asked->key, " is answered and not stored"));
    }
    if (log_->size() <= answer->sequence) Fault(StrCat(asked->key, " is past the durable log"));
    if (tree_.Head().size <= answer->sequence) Fault(StrCat(asked->key, " is not in the tree"));
  }
  MutexLock lock(&mutex_);
  if (answer.ok() && !answer->replayed) {
    if (answer->sequence < next_) faults_.push_back("answers are out of order");
    next_ = answer->sequence + 1;
  }
  if (answer.ok()) last_[asked->stream] = answer->sequence;
  ++asked->answers;
  asked->answer = std::move(answer);
}

// As the publisher does: what is durable is read again, and must be the tree's.
void Round::Sign() {
  while (true) {
    {
      MutexLock lock(&mutex_);
      if (over_) return;
    }
    log_->WaitForSize(store_.checker->size() + 1, absl::Seconds(1));
    const uint64_t size = log_->size();
    if (size <= store_.checker->size()) continue;
    const absl::StatusOr<ledger::TreeHead> read = store_.checker->Advance(size);
    const absl::StatusOr<Hash> root = tree_.RootAt(size);
    if (!read.ok() || !root.ok() || read->root != *root) {
      Fault(StrCat("what is durable at ", size, " is not the tree: ", read.status().ToString()));
      return;
    }
    seen_.signed_behind += tree_.Head().size > size;
  }
}

void Round::CheckAnswers() {
  MutexLock lock(&mutex_);
  EXPECT_THAT(faults_, testing::IsEmpty());
  std::map<std::string, Appended> first;
  std::map<uint64_t, std::string> streams;  // Of the new records.
  for (const auto& asked : asked_) {
    EXPECT_EQ(asked->answers, 1) << asked->key;
    if (!asked->answer.ok() || asked->answer->replayed) continue;
    EXPECT_TRUE(first.emplace(asked->key, *asked->answer).second)
        << asked->key << " is there twice";
    EXPECT_TRUE(streams.emplace(asked->answer->sequence, asked->stream).second);
  }
  for (uint64_t i = 0; i < streams.size(); ++i) EXPECT_TRUE(streams.contains(store_.size + i));
  for (const auto& asked : asked_) {
    const absl::Status& status = asked->answer.status();
    if (status.ok() && asked->answer->replayed) {
      ++seen_.replayed;
      EXPECT_EQ(first[asked->key].leaf_hash, asked->answer->leaf_hash);
    } else if (absl::IsAborted(status)) {
      ++seen_.moved;
      EXPECT_TRUE(asked->expected && streams.upper_bound(*asked->expected) != streams.end());
    } else if (absl::IsResourceExhausted(status)) {
      ++seen_.full;
    } else {
      EXPECT_OK(status);
    }
  }
  seen_.appended += streams.size();
  store_.size += streams.size();
  store_.edge = *tree_.edge();
  EXPECT_EQ(store_.edge.size(), store_.size);
}

void ExploreSchedules(uint64_t schedules) {
  constexpr uint64_t kSchedulesAStore = 20'000;
  std::mt19937_64 random = SeededRandom();
  FakeClock clock;
  std::unique_ptr<Store> store;
  Seen all;
  for (uint64_t i = 0; i < schedules && !testing::Test::HasFailure(); ++i) {
    const uint64_t seed = random() >> 8;
    SCOPED_TRACE(StrCat("schedule ", seed));
    if (i % kSchedulesAStore == 0) store = std::make_unique<Store>(clock);
    Round round(store.get(), &clock, seed);
    round.Run();
    const Seen& seen = round.seen();
    all.appended += seen.appended;
    all.replayed += seen.replayed;
    all.moved += seen.moved;
    all.full += seen.full;
    all.signed_behind += seen.signed_behind;
  }
  if (testing::Test::HasFailure()) return;
  // Or the schedules would prove nothing.
  EXPECT_GT(std::min({all.appended, all.replayed, all.moved, all.full, all.signed_behind}),
            schedules / 100);
  std::printf("%llu schedules: %llu appended, %llu replayed, %llu moved, %llu full, %llu behind\n",
              static_cast<unsigned long long>(schedules),
              static_cast<unsigned long long>(all.appended),
              static_cast<unsigned long long>(all.replayed),
              static_cast<unsigned long long>(all.moved), static_cast<unsigned long long>(all.full),
              static_cast<unsigned long long>(all.signed_behind));
}

TEST(ScheduleTest, WhatIsAnsweredIsDurableInAThousandSchedules) { ExploreSchedules(1000); }

// SUYUAN_SCHEDULES: another number of them.
TEST(ScheduleLongTest, WhatIsAnsweredIsDurableInManySchedules) {
  const char* const asked = std::getenv("SUYUAN_SCHEDULES");
  ExploreSchedules(asked == nullptr ? 100'000 : std::strtoull(asked, nullptr, 10));
}

}  // namespace
}  // namespace suyuan::test
