// The contract of ledger::Client, held by the ledger on disk and by the one behind a socket alike.
#include "services/domain/id.h"
#include "services/ledger/remote_ledger.h"
#include "services/rpc/waiting.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/merkle.h"
#include "suyuan/event/v1/event.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

std::vector<std::string> BytesOf(const std::vector<Hash>& hashes) {
  std::vector<std::string> bytes;
  for (const Hash& hash : hashes) bytes.emplace_back(AsBytes(hash));
  return bytes;
}

class LedgerClientTest : public testing::TestWithParam<Topology> {
 protected:
  LedgerClientTest() : system_(Topology::kSplit) {
    party_ = system_.operator_actor().party();
    key_ = system_.operator_actor().options().key;
    if (GetParam() == Topology::kSplit) {
      const auto channel =
          std::make_shared<rpc::Channel>(StrCat("unix:", system_.dir(), "/run/ledger.sock"));
      auto remote = ledger::RemoteLedger::Connect(channel, absl::Seconds(20));
      EXPECT_OK(remote);
      log_ = *std::move(remote);
    } else {
      system_.StopAll();
      ledger::LedgerOptions options;
      options.dir = system_.dir() + "/log";
      options.clock = &system_.clock();
      auto opened = ledger::Ledger::Open(options);
      EXPECT_OK(opened);
      log_ = *std::move(opened);
    }
  }

  // A signed append that writes one stream at any version.
  ledger::AppendRequest Request(const std::string& stream) {
    ledger::AppendRequest request;
    request.request_key = StrCat(domain::PartyId::FromName(party_).id(), "/", RandomUuid());
    request.body = "body";
    request.writes = {{stream, std::nullopt}};
    event::v1::Event event;
    event.mutable_plot_registered()->set_plot(stream);
    request.events = {event.SerializeAsString()};
    request.decided = system_.clock().Now();
    Sign(request);
    return request;
  }
  void Sign(ledger::AppendRequest& request) {
    request.authorship.algorithm = key_->algorithm();
    request.authorship.key_id = key_->KeyId();
    request.authorship.encoding = 1;
    request.authorship.signed_micros = ToMicros(system_.clock().Now());
    request.authorship.method = "/suyuan.v1.RegistryService/RegisterPlot";
    request.authorship.signature =
        key_->Sign(ledger::SignedText(log_->identity().origin, request.authorship, request.body));
  }
  absl::StatusOr<ledger::Appended> Append(ledger::AppendRequest request) {
    return rpc::WaitFor<absl::StatusOr<ledger::Appended>>(
        [&](auto done) { log_->Append(std::move(request), done); });
  }

  System system_;
  std::string party_;
  std::optional<rpc::SigningKey> key_;
  std::unique_ptr<ledger::Client> log_;
};

TEST_P(LedgerClientTest, KnowsTheLogsIdentity) {
  EXPECT_TRUE(log_->identity().origin.starts_with("test/"));
  EXPECT_EQ(log_->identity().ledger_id.size(), 4u);
  EXPECT_EQ(log_->identity().utc_offset_minutes, 480);
}

TEST_P(LedgerClientTest, LoadsWhatAStreamGainedSinceAVersion) {
  const auto first = Append(Request("plots/A"));
  ASSERT_OK(first);
  const auto second = Append(Request("plots/A"));
  ASSERT_OK(second);
  const auto loaded = log_->Load(
      {{"plots/A", ledger::kAbsent}, {"plots/A", first->sequence}, {"plots/B", ledger::kAbsent}},
      "");
  ASSERT_OK(loaded);
  EXPECT_EQ(loaded->streams[0].records.size(), 2u);
  EXPECT_EQ(loaded->streams[0].version, second->sequence);
  EXPECT_EQ(loaded->streams[1].records.size(), 1u);
  EXPECT_EQ(loaded->streams[2].version, ledger::kAbsent);
  EXPECT_FALSE(loaded->replayed_sequence.has_value());
}

TEST_P(LedgerClientTest, RefusesAnAppendWhenAStreamMoved) {
  ASSERT_OK(Append(Request("plots/A")));
  ledger::AppendRequest stale = Request("plots/A");
  stale.writes[0].expected = ledger::kAbsent;
  EXPECT_THAT(Append(stale), HasCode(absl::StatusCode::kAborted));
  ledger::AppendRequest read = Request("plots/B");
  read.reads = {{"plots/A", ledger::kAbsent}};
  EXPECT_THAT(Append(read), HasCode(absl::StatusCode::kAborted));
}

TEST_P(LedgerClientTest, AnswersARepeatedRequestFromItsRecord) {
  const ledger::AppendRequest request = Request("plots/A");
  const auto first = Append(request);
  const auto second = Append(request);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(first->sequence, second->sequence);
  EXPECT_EQ(first->leaf_hash, second->leaf_hash);
  const auto loaded = log_->Load({}, request.request_key);
  ASSERT_OK(loaded);
  EXPECT_EQ(loaded->replayed_sequence, first->sequence);
  ledger::AppendRequest other = request;
  other.body = "other";
  Sign(other);
  EXPECT_THAT(Append(other), HasCode(absl::StatusCode::kAlreadyExists));
}

TEST_P(LedgerClientTest, ReadsRecordsAndWaitsForTheNext) {
  const auto appended = Append(Request("plots/A"));
  ASSERT_OK(appended);
  const auto record = log_->GetRecord(appended->sequence);
  ASSERT_OK(record);
  EXPECT_EQ(ledger::LeafHash(record->leaf.Encode()), appended->leaf_hash);
  EXPECT_THAT(log_->GetRecord(appended->sequence + 1), HasCode(absl::StatusCode::kNotFound));
  const auto none = log_->ReadRecords(appended->sequence + 1, 1 << 20, absl::Milliseconds(10));
  ASSERT_OK(none);
  EXPECT_TRUE(none->empty());
  const auto all = log_->ReadRecords(0, 1 << 20, absl::ZeroDuration());
  ASSERT_OK(all);
  EXPECT_EQ(all->size(), appended->sequence + 1);
}

TEST_P(LedgerClientTest, ProvesInclusionAndConsistency) {
  ASSERT_OK(Append(Request("plots/A")));
  const auto old_head = log_->GetTreeHead();
  ASSERT_OK(old_head);
  const auto appended = Append(Request("plots/B"));
  ASSERT_OK(appended);
  const auto head = log_->GetTreeHead();
  ASSERT_OK(head);
  EXPECT_EQ(head->size, appended->sequence + 1);
  const auto path = log_->InclusionProof(appended->sequence, head->size);
  ASSERT_OK(path);
  EXPECT_OK(ledger::VerifyInclusion(appended->sequence, head->size, AsBytes(appended->leaf_hash),
                                    BytesOf(*path), AsBytes(head->root)));
  const auto hashes = log_->ConsistencyProof(old_head->size, head->size);
  ASSERT_OK(hashes);
  EXPECT_OK(ledger::VerifyConsistency(old_head->size, head->size, AsBytes(old_head->root),
                                      AsBytes(head->root), BytesOf(*hashes)));
  const auto root = log_->RootAt(old_head->size);
  ASSERT_OK(root);
  EXPECT_EQ(*root, old_head->root);
  EXPECT_THAT(log_->InclusionProof(0, head->size + 1), HasCode(absl::StatusCode::kOutOfRange));
}

INSTANTIATE_TEST_SUITE_P(Topologies, LedgerClientTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

// The ledger believes no other process: it checks the author of every append that crosses to it.
class LedgerHopTest : public LedgerClientTest {};

TEST_P(LedgerHopTest, RefusesAForgedSignature) {
  ledger::AppendRequest forged = Request("plots/A");
  forged.body = "what nobody signed";
  EXPECT_THAT(Append(forged), HasCode(absl::StatusCode::kPermissionDenied));
}

TEST_P(LedgerHopTest, RefusesAnotherPartysRequestKey) {
  ledger::AppendRequest request = Request("plots/A");
  request.request_key = StrCat("00000000000000000000/", RandomUuid());
  EXPECT_THAT(Append(request), HasCode(absl::StatusCode::kPermissionDenied));
}

TEST_P(LedgerHopTest, RefusesAMembersKeyForASystemActOrASecondGenesis) {
  ledger::AppendRequest request = Request("plots/A");
  request.kind = ledger::RecordKind::kSystem;
  EXPECT_THAT(Append(request), HasCode(absl::StatusCode::kPermissionDenied));
  request.kind = ledger::RecordKind::kGenesis;
  EXPECT_THAT(Append(request), HasCode(absl::StatusCode::kPermissionDenied));
}

INSTANTIATE_TEST_SUITE_P(Split, LedgerHopTest, testing::Values(Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
