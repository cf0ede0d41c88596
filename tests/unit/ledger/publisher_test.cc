// Nothing is signed that was not read again from the store, and nothing that differs is signed at
// all.
#include "services/ledger/publisher.h"

#include "services/rpc/waiting.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/text.h"
#include "storage/ledger/checker.h"
#include "storage/ledger/mark.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::ledger {
namespace {

using test::HasCode;

class PublisherTest : public testing::Test {
 protected:
  PublisherTest() {
    log::SetQuiet(true);
    log_.options().mark_dir = marks_ / "mark";
    // Long: what happens at all happens because somebody waits, or at the end.
    options_.interval = absl::Minutes(10);
  }
  void Start() {
    options_.log = &log_.log();
    PublisherOptions options{options_.log, key_, options_.interval};
    absl::StatusOr<std::unique_ptr<Publisher>> started = Publisher::Start(std::move(options));
    ASSERT_OK(started);
    publisher_ = *std::move(started);
  }
  void Stop() { publisher_.reset(); }
  absl::StatusOr<Published> Get(uint64_t min_size, absl::Duration wait = absl::Seconds(20)) {
    return rpc::WaitFor<absl::StatusOr<Published>>(
        [&](auto done) { publisher_->WhenPublished(min_size, wait, done); });
  }
  std::string verifier() const {
    return tlog::VerifierKeyOf("test/00112233445566778899aabbccddeeff", key_);
  }
  uint64_t MarkSize() {
    log_.Close();
    return (*Mark::Open(marks_ / "mark"))->state().head.size;
  }

  test::TempDir marks_;
  test::LedgerFixture log_;
  const rpc::SigningKey key_ = rpc::SigningKey::Generate(rpc::kEd25519);
  PublisherOptions options_{nullptr, key_};
  std::unique_ptr<Publisher> publisher_;
};

TEST_F(PublisherTest, SignsWhatTheStoreHolds) {
  log_.AppendMany(600);
  Start();
  const auto published = Get(601);
  ASSERT_OK(published);
  EXPECT_EQ(published->head.size, 601u);
  EXPECT_EQ(published->head.root, *log_.log().RootAt(601));
  const auto opened = tlog::OpenCheckpoint(published->note, verifier());
  ASSERT_OK(opened);
  EXPECT_EQ(opened->root, published->head.root);
  EXPECT_EQ(*log_.log().FindNewestCheckpoint(), published->note);
}

TEST_F(PublisherTest, AnswersAtOnceWhatIsThereAndWhatWillNotCome) {
  Start();
  ASSERT_OK(Get(1));
  log_.Append();
  EXPECT_EQ(Get(1)->head.size, 1u);
  EXPECT_EQ(Get(1000)->head.size, 1u);
  EXPECT_EQ(Get(2, absl::ZeroDuration())->head.size, 1u);
  EXPECT_EQ(Get(2)->head.size, 2u);
}

// The mark is past whatever leaves the process, so that no opening can go back behind it.
TEST_F(PublisherTest, AdvancesTheMarkBeforeItShowsACheckpoint) {
  log_.AppendMany(10);
  Start();
  ASSERT_OK(Get(11));
  log_.AppendMany(5);
  Stop();  // Publishes what is left.
  EXPECT_EQ(MarkSize(), 16u);
}

TEST_F(PublisherTest, GoesOnFromTheStoredCheckpoint) {
  log_.AppendMany(300);
  Start();
  const std::string note = Get(301)->note;
  Stop();
  log_.Close();
  Start();
  EXPECT_EQ(Get(1)->note, note);
  log_.Append();
  EXPECT_EQ(Get(302)->head.size, 302u);
}

TEST_F(PublisherTest, SignsNothingOverAFlippedBitOfARecord) {
  for (const LedgerFamily family : {kLeafFamily, kContentFamily}) {
    SCOPED_TRACE(family);
    test::LedgerFixture fresh;
    log_.Close();
    fresh.options().mark_dir = marks_ / StrCat("mark-", static_cast<int>(family));
    PublisherOptions options{&fresh.log(), key_, absl::Minutes(10)};
    auto started = Publisher::Start(std::move(options));
    ASSERT_OK(started);
    publisher_ = *std::move(started);
    ASSERT_OK(Get(1));
    fresh.Append();
    fresh.Append();
    kv::Db& db = const_cast<kv::Db&>(fresh.log().db());
    std::string row = *db.Get(family, BigEndian64(1));
    row[row.size() / 2] ^= 4;
    kv::WriteBatch write;
    write.Put(family, BigEndian64(1), row);
    ASSERT_OK(db.Write(write));
    EXPECT_THAT(Get(3), HasCode(absl::StatusCode::kFailedPrecondition));
    EXPECT_EQ(Get(1)->head.size, 1u);
    Stop();
    EXPECT_EQ((*fresh.log().FindNewestCheckpoint())->find("\n1\n") != std::string::npos, true);
    fresh.Close();
    EXPECT_EQ((*Mark::Open(fresh.options().mark_dir))->state().head.size, 1u);
  }
}

TEST_F(PublisherTest, SignsNothingOverAFlippedBitOfATile) {
  Start();
  ASSERT_OK(Get(1));
  log_.AppendMany(300);
  kv::Db& db = const_cast<kv::Db&>(log_.log().db());
  std::string tile = *db.Get(kTileFamily, TileKey(0, 0));
  tile[100] ^= 1;
  kv::WriteBatch write;
  write.Put(kTileFamily, TileKey(0, 0), tile);
  ASSERT_OK(db.Write(write));
  EXPECT_THAT(Get(301), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(PublisherTest, SignsNothingOnceSomebodyElseWritesTheMark) {
  Start();
  ASSERT_OK(Get(1));
  log_.Append();
  std::filesystem::resize_file(marks_ / "mark/mark", 0);
  EXPECT_THAT(Get(2), HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Get(1)->head.size, 1u);
}

TEST_F(PublisherTest, DoesNotStartBesideACheckpointOfAnotherKey) {
  Start();
  ASSERT_OK(Get(1));
  Stop();
  PublisherOptions options{&log_.log(), rpc::SigningKey::Generate(rpc::kEd25519)};
  EXPECT_THAT(Publisher::Start(std::move(options)), HasCode(absl::StatusCode::kDataLoss));
}

TEST(CheckerTest, TakesOnlyARootThatTheStoreHas) {
  test::LedgerFixture log;
  log.AppendMany(20);
  const kv::Db* db = &log.log().db();
  EXPECT_OK(Checker::Start(db, {7, *log.log().RootAt(7)}));
  EXPECT_THAT(Checker::Start(db, {7, *log.log().RootAt(8)}), HasCode(absl::StatusCode::kDataLoss));
}

TEST(CheckerTest, ComesToTheTreesRootInAnySteps) {
  test::LedgerFixture log;
  log.AppendMany(1500);
  std::mt19937_64 random = test::SeededRandom();
  auto checker = Checker::Start(&log.log().db(), {0, EmptyRoot()});
  ASSERT_OK(checker);
  while (checker->size() < 1501) {
    const uint64_t size = std::min<uint64_t>(1501, checker->size() + random() % 400);
    const auto head = checker->Advance(size);
    ASSERT_OK(head);
    ASSERT_EQ(head->size, size);
    ASSERT_EQ(head->root, *log.log().RootAt(size));
  }
  EXPECT_THAT(checker->Advance(1502), HasCode(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace suyuan::ledger
