// A disk that holds up a sync, and one that cannot keep up with what is in memory: callers are told
// that it is busy, memory stays bounded, and all that was accepted is there once the disk goes on.
#include "storage/base/mutex.h"
#include "storage/base/text.h"
#include "storage/kv/volatile_files.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/verify.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::test {
namespace {

// Holds up those that come through while it is shut.
class Gate {
 public:
  void Shut() { Set(false); }
  void Open() { Set(true); }
  void Pass() {
    MutexLock lock(&mutex_);
    ++waiting_;
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_; });
    --waiting_;
  }
  void AwaitSomebody() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return waiting_ > 0; });
  }

 private:
  void Set(bool open) {
    MutexLock lock(&mutex_);
    open_ = open;
  }
  Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

constexpr int kQueue = 64;
constexpr int kAppendsMax = 1'000'000;

class SlowDiskTest : public testing::Test {
 protected:
  void SetUp() override { log_.options().queue_max = kQueue; }

  void Send() {
    {
      MutexLock lock(&mutex_);
      ++sent_;
    }
    log_.log().Append(TestAppend(log_.clock(), StrCat("slow/", next_++)),
                      [this](const absl::StatusOr<ledger::Appended>& appended) {
                        MutexLock lock(&mutex_);
                        ok_ += appended.ok();
                        full_ += absl::IsResourceExhausted(appended.status());
                      });
  }
  // True once at most `open` of those sent have no answer yet.
  bool AwaitAnswers(int open, absl::Duration timeout = absl::InfiniteDuration()) {
    MutexLock lock(&mutex_);
    const auto answered = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return ok_ + full_ >= sent_ - open;
    };
    if (timeout < absl::InfiniteDuration()) return mutex_.AwaitWithTimeout(answered, timeout);
    mutex_.Await(answered);
    return true;
  }
  int ok() {
    MutexLock lock(&mutex_);
    return ok_;
  }
  int full() {
    MutexLock lock(&mutex_);
    return full_;
  }
  void ExpectAcceptedThere() {
    EXPECT_EQ(log_.log().GetTreeHead()->size, 1u + static_cast<uint64_t>(ok()));
    const auto result = ledger::VerifyLedger(log_.log().db(), ledger::VerifyOptions());
    ASSERT_OK(result);
    EXPECT_TRUE(result->ok());
  }

  LedgerFixture log_;
  Gate gate_;
  int next_ = 0;
  Mutex mutex_;
  int sent_ ABSL_GUARDED_BY(mutex_) = 0, ok_ ABSL_GUARDED_BY(mutex_) = 0,
            full_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST_F(SlowDiskTest, AHeldSyncFillsTheQueueAndNothingIsAcknowledgedBefore) {
  kv::VolatileFiles files({.before = [this](kv::FileOperation operation, std::string_view path) {
    if (operation == kv::FileOperation::kSync && path.ends_with(".log")) gate_.Pass();
  }});
  log_.options().files = &files;
  log_.log();  // Opens while the gate is open.
  gate_.Shut();
  for (int i = 0; i < 1000; ++i) Send();
  AwaitAnswers(kQueue);
  gate_.AwaitSomebody();
  EXPECT_EQ(ok(), 0);  // Nothing was synced, so nothing was acknowledged,
  EXPECT_EQ(full(), 1000 - kQueue);
  EXPECT_EQ(log_.log().GetTreeHead()->size, 1u);  // nor told to readers.
  gate_.Open();
  AwaitAnswers(0);
  EXPECT_EQ(ok(), kQueue);
  ExpectAcceptedThere();
  log_.Append();  // And it goes on.
  log_.Close();
}

TEST_F(SlowDiskTest, TablesThatCannotBeWrittenStallAppendsAndReleaseThem) {
  kv::VolatileFiles files({.before = [this](kv::FileOperation operation, std::string_view path) {
    if (operation == kv::FileOperation::kWrite && path.ends_with(".sst")) gate_.Pass();
  }});
  kv::Memory memory(8 << 20, 128 << 10);
  log_.options().files = &files;
  log_.options().memory = &memory;
  log_.log();
  gate_.Shut();
  // No table leaves memory, so it is full at some point: the writer waits.
  int answered_in_time = 0;
  for (bool moving = true; moving && answered_in_time < kAppendsMax; ++answered_in_time) {
    Send();
    moving = AwaitAnswers(kQueue / 2, absl::Seconds(2));
  }
  EXPECT_LT(answered_in_time, kAppendsMax) << "memory took all of it";
  gate_.AwaitSomebody();
  for (int i = 0; i < 1000; ++i) Send();
  AwaitAnswers(kQueue);
  EXPECT_GE(full(), 1000 - kQueue);  // Told that it is busy, not kept waiting.
  gate_.Open();
  AwaitAnswers(0);
  ExpectAcceptedThere();
  for (int i = 0; i < 200; ++i) log_.Append();  // No writer was left behind.
  log_.Close();
}

}  // namespace
}  // namespace suyuan::test
