// Proofs that anybody may ask for and check with nothing of ours, records for auditors alone.
#include <atomic>
#include <thread>

#include "services/rpc/keys.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/record.h"
#include "suyuan/v1/audit.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

class AuditTest : public testing::TestWithParam<Topology> {
 protected:
  v1::GetCheckpointResponse Checkpoint() {
    v1::GetCheckpointRequest request;
    request.set_min_size(system_.LastSequence() + 1);
    const auto checkpoint =
        system_.stranger().Call<v1::GetCheckpointResponse>("AuditService/GetCheckpoint", request);
    EXPECT_OK(checkpoint);
    return *checkpoint;
  }
  absl::StatusOr<v1::GetRecordProofResponse> Proof(int64_t sequence) {
    v1::GetRecordProofRequest request;
    request.set_sequence(sequence);
    return system_.stranger().Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof",
                                                               request);
  }
  absl::StatusOr<v1::GetConsistencyProofResponse> Consistency(int64_t old_size, int64_t new_size) {
    v1::GetConsistencyProofRequest request;
    request.set_old_size(old_size);
    request.set_new_size(new_size);
    return system_.stranger().Call<v1::GetConsistencyProofResponse>(
        "AuditService/GetConsistencyProof", request);
  }
  absl::StatusOr<v1::ListRecordsResponse> Records(Actor& actor, int page_size, int64_t from = 0,
                                                  const std::string& token = "") {
    v1::ListRecordsRequest request;
    request.set_page_size(page_size);
    request.set_from(from);
    request.set_page_token(token);
    return actor.Call<v1::ListRecordsResponse>("AuditService/ListRecords", request);
  }
  absl::StatusOr<std::vector<v1::ExportRecordsResponse>> Export(Actor& actor, int64_t from,
                                                                int64_t count) {
    v1::ExportRecordsRequest request;
    request.set_from(from);
    request.set_count(count);
    return actor.Stream<v1::ExportRecordsResponse>("AuditService/ExportRecords", request);
  }

  System system_{GetParam()};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
};

// Whoever holds a pack may see the words that made its batch, and nothing else of the record.
TEST_P(AuditTest, ShowsAndProvesTheEventThatMadeABatch) {
  const std::string batch =
      system_.Harvest(cooperative_, system_.AddProduct(cooperative_), system_.AddPlot(cooperative_),
                      system_.AddSite(cooperative_, claim::v1::SITE_KIND_FARM), 100);
  v1::GetBatchProofRequest request;
  request.set_batch(batch);
  request.set_sequence(system_.LastSequence());
  const auto proof =
      system_.stranger().Call<v1::GetBatchProofResponse>("AuditService/GetBatchProof", request);
  ASSERT_OK(proof);
  event::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(proof->event()));
  EXPECT_EQ(event.batch_harvested().batch(), batch);
  const auto whole = Proof(system_.LastSequence());
  ASSERT_OK(whole);
  const Hash item = ledger::ItemHash(ledger::ItemType::kEvent, proof->event_salt(), proof->event());
  const std::vector<std::string> path(proof->content_path().begin(), proof->content_path().end());
  constexpr size_t kContentRoot = 60;  // In a leaf.
  EXPECT_OK(ledger::VerifyInclusion(static_cast<uint64_t>(proof->item_index()),
                                    static_cast<uint64_t>(proof->item_count()), AsBytes(item), path,
                                    whole->leaf().substr(kContentRoot, kHashSize)));
  EXPECT_THAT(proof->tlog_proof(), testing::StartsWith("c2sp.org/tlog-proof@v1\nextra "));
  // Another record, and a record that says no such thing.
  request.set_sequence(system_.LastSequence() - 1);
  EXPECT_THAT(
      system_.stranger().Call<v1::GetBatchProofResponse>("AuditService/GetBatchProof", request),
      Fails(v1::REASON_NOT_FOUND));
  request.set_sequence(0);
  EXPECT_THAT(
      system_.stranger().Call<v1::GetBatchProofResponse>("AuditService/GetBatchProof", request),
      Fails(v1::REASON_NOT_FOUND));
}

TEST_P(AuditTest, ProvesEveryRecordToStrangers) {
  const v1::GetCheckpointResponse checkpoint = Checkpoint();
  ASSERT_GT(checkpoint.size(), 3);
  for (int64_t sequence = 0; sequence < checkpoint.size(); ++sequence) {
    const auto proof = Proof(sequence);
    ASSERT_OK(proof);
    EXPECT_EQ(proof->checkpoint(), checkpoint.note());
    const Hash leaf = ledger::LeafHash(proof->leaf());
    EXPECT_OK(ledger::VerifyInclusion(
        static_cast<uint64_t>(sequence), static_cast<uint64_t>(checkpoint.size()), AsBytes(leaf),
        {proof->inclusion().begin(), proof->inclusion().end()}, checkpoint.root()));
  }
  EXPECT_THAT(Proof(checkpoint.size()), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Proof(-1), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
}

// Nothing is signed on request: who asks for a record just written waits for the publisher, not for
// the next second.
TEST_P(AuditTest, ProvesARecordJustWritten) {
  for (int i = 0; i < 5; ++i) {
    system_.AddPlot(cooperative_);
    const int64_t sequence = system_.LastSequence();
    const auto proof = Proof(sequence);
    ASSERT_OK(proof);
    EXPECT_EQ(proof->sequence(), sequence);
    EXPECT_EQ(proof->level(), v1::LEVEL_PUBLISHED);
  }
}

// More of them than a module has threads: waiting holds none.
TEST_P(AuditTest, LetsManyWaitForOneCheckpoint) {
  system_.AddPlot(cooperative_);
  const int64_t sequence = system_.LastSequence();
  std::vector<std::thread> callers;
  std::atomic<int> proven = 0;
  for (int i = 0; i < 12; ++i) {
    callers.emplace_back([&] { proven += Proof(sequence).ok(); });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(proven, 12);
}

TEST_P(AuditTest, AnswersAtOnceForARecordThatThereIsNot) {
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_THAT(Proof(system_.LastSequence() + 1000), Fails(v1::REASON_NOT_FOUND));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(4));
}

// The checkpoint signed last is answered after a restart, with nothing new to sign.
TEST_P(AuditTest, ShowsTheSameCheckpointAfterARestart) {
  const v1::GetCheckpointResponse before = Checkpoint();
  system_.Restart();
  EXPECT_EQ(Checkpoint().note(), before.note());
}

// A receipt is worth something because it can be found again, by anybody.
TEST_P(AuditTest, AnOlderCheckpointIsTheBeginningOfANewerOne) {
  const v1::GetCheckpointResponse before = Checkpoint();
  for (int i = 0; i < 5; ++i) system_.AddPlot(cooperative_);
  const v1::GetCheckpointResponse after = Checkpoint();
  EXPECT_EQ(after.size(), before.size() + 5);
  const auto proof = Consistency(before.size(), after.size());
  ASSERT_OK(proof);
  EXPECT_EQ(proof->old_root(), before.root());
  EXPECT_EQ(proof->new_root(), after.root());
  EXPECT_OK(ledger::VerifyConsistency(
      static_cast<uint64_t>(before.size()), static_cast<uint64_t>(after.size()), before.root(),
      after.root(), {proof->hashes().begin(), proof->hashes().end()}));
  EXPECT_THAT(Consistency(1, after.size() + 1), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
  EXPECT_THAT(Consistency(after.size(), 1), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
  EXPECT_THAT(Consistency(0, 1), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
  EXPECT_THAT(Consistency(0, 0), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
}

TEST_P(AuditTest, ListsEveryRecordOnceForAuditors) {
  system_.AddPlot(cooperative_);
  const int64_t size = Checkpoint().size();
  std::vector<v1::RecordSummary> all;
  std::string token;
  do {
    const auto page = Records(system_.operator_actor(), 2, 0, token);
    ASSERT_OK(page);
    EXPECT_LE(page->records_size(), 2);
    for (const v1::RecordSummary& record : page->records()) {
      EXPECT_EQ(record.sequence(), static_cast<int64_t>(all.size()));
      EXPECT_EQ(record.leaf_hash(), AsBytes(ledger::LeafHash(Proof(record.sequence())->leaf())));
      all.push_back(record);
    }
    token = page->next_page_token();
  } while (!token.empty());
  ASSERT_EQ(static_cast<int64_t>(all.size()), size);
  EXPECT_EQ(all.back().method(), "/suyuan.v1.RegistryService/RegisterPlot");
  EXPECT_EQ(all.back().party(), cooperative_.party());
  EXPECT_EQ(all.back().member(), cooperative_.member());
  EXPECT_THAT(all.back().events(), testing::ElementsAre("plot_registered"));
  EXPECT_EQ(Records(system_.operator_actor(), 0, size - 1)->records_size(), 1);
  EXPECT_EQ(Records(system_.operator_actor(), 0, size + 5)->records_size(), 0);
}

TEST_P(AuditTest, ExportsRecordsThatHashToTheCheckpoint) {
  const v1::GetCheckpointResponse checkpoint = Checkpoint();
  const auto records = Export(system_.operator_actor(), 0, 0);
  ASSERT_OK(records);
  ASSERT_EQ(static_cast<int64_t>(records->size()), checkpoint.size());
  std::vector<Hash> hashes;
  for (const v1::ExportRecordsResponse& record : *records) {
    hashes.push_back(ledger::LeafHash(record.leaf()));
    const auto leaf = ledger::Leaf::Decode(record.leaf());
    const auto items = ledger::DecodeItems(record.items());
    ASSERT_OK(leaf);
    ASSERT_OK(items);
    EXPECT_EQ(ledger::ContentRoot(*items), leaf->content_root);
  }
  EXPECT_EQ(AsBytes(ledger::RootOfHashes(hashes)), checkpoint.root());
  EXPECT_EQ(Export(system_.operator_actor(), 1, 2)->size(), 2u);
  EXPECT_EQ(Export(system_.operator_actor(), checkpoint.size() + 7, 2)->size(), 0u);
}

TEST_P(AuditTest, KeepsRecordsFromThoseWhoMayNotAudit) {
  EXPECT_THAT(Records(cooperative_, 0), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Records(system_.stranger(), 0), Fails(v1::REASON_SIGNATURE_MISSING));
  EXPECT_THAT(Export(cooperative_, 0, 0), Fails(v1::REASON_NOT_ALLOWED));
}

INSTANTIATE_TEST_SUITE_P(Topologies, AuditTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
