// How far a record has come: DURABLE, PUBLISHED, WITNESSED, as a receipt fetched later says it,
// over the whole service and a real witness.
#include "services/tlog/audit_origin.h"
#include "services/tlog/policy.h"
#include "services/tlog/receipt.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "tests/support/http.h"
#include "tests/support/system.h"
#include "tests/support/witness_server.h"

namespace suyuan::test {
namespace {

class LevelTest : public testing::TestWithParam<Topology> {
 protected:
  LevelTest() {
    const auto info = system_.stranger().Call<v1::GetServerInfoResponse>(
        "IdentityService/GetServerInfo", v1::GetServerInfoRequest());
    EXPECT_OK(info);
    log_key_ = info->log_verifier_key();
  }
  absl::StatusOr<v1::Receipt> Get(int64_t sequence) {
    v1::GetReceiptRequest request;
    request.set_sequence(sequence);
    return system_.stranger().Call<v1::Receipt>("AuditService/GetReceipt", request);
  }
  // Until a checkpoint covers the record.
  void AwaitPublished(int64_t sequence) {
    v1::GetRecordProofRequest request;
    request.set_sequence(sequence);
    ASSERT_OK(system_.stranger().Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof",
                                                                  request));
  }
  absl::Status Check(const v1::Receipt& receipt) const {
    ledger::Receipt group{static_cast<uint64_t>(receipt.first()),
                          static_cast<uint64_t>(receipt.count()),
                          {},
                          receipt.signature()};
    for (const std::string& hash : receipt.path()) group.path.push_back(HashFromBytes(hash));
    return tlog::CheckReceipt(group, static_cast<uint64_t>(receipt.sequence()),
                              HashFromBytes(receipt.leaf_hash()),
                              *tlog::VerifierKey::Parse(log_key_));
  }

  absl::StatusOr<v1::GetCheckpointResponse> AuditCheckpoint() {
    v1::GetCheckpointRequest request;
    request.set_log(v1::LOG_AUDIT);
    return system_.stranger().Call<v1::GetCheckpointResponse>("AuditService/GetCheckpoint",
                                                              request);
  }
  std::string AuditKey() {
    const auto checkpoint = AuditCheckpoint();
    EXPECT_OK(checkpoint);
    if (!checkpoint.ok()) return "";
    return tlog::AuditKeyFor(*tlog::VerifierKey::Parse(log_key_), checkpoint->note())->ToString();
  }
  // Starts a witness of the log and its audit log; the policy that lists one of them and wants it.
  std::string PolicyOf(const std::string& log) {
    if (witness_ == nullptr) {
      witness_ =
          std::make_unique<WitnessServer>("bureau", std::vector<std::string>{log_key_, AuditKey()},
                                          dir_ / "witness", &system_.clock());
    }
    return StrCat("log ", log, "\n", witness_->policy_line(), "quorum bureau\n");
  }

  TempDir dir_;
  std::unique_ptr<WitnessServer> witness_;
  System system_{GetParam()};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  std::string log_key_;
};

TEST_P(LevelTest, AReceiptFetchedLaterSaysPublished) {
  system_.AddPlot(cooperative_);
  const int64_t sequence = system_.LastSequence();
  AwaitPublished(sequence);
  const auto receipt = Get(sequence);
  ASSERT_OK(receipt);
  EXPECT_EQ(receipt->level(), v1::LEVEL_PUBLISHED);
  EXPECT_OK(Check(*receipt));
  EXPECT_THAT(Get(sequence + 1), Fails(v1::REASON_NOT_FOUND));
}

TEST_P(LevelTest, WithWitnessesItSaysWitnessed) {
  const std::string policy = PolicyOf(log_key_);
  system_.UsePolicy(policy);
  system_.AddPlot(cooperative_);
  const int64_t sequence = system_.LastSequence();
  AwaitPublished(sequence);
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  while (level != v1::LEVEL_WITNESSED) {  // Asked right after it is published.
    const auto receipt = Get(sequence);
    ASSERT_OK(receipt);
    level = receipt->level();
  }
  v1::GetRecordProofRequest request;
  request.set_sequence(sequence);
  const auto proof =
      system_.stranger().Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof", request);
  ASSERT_OK(proof);
  EXPECT_EQ(proof->level(), v1::LEVEL_WITNESSED);
  const auto trusted = tlog::Policy::Parse(policy)->Open(proof->checkpoint());
  ASSERT_OK(trusted);
  EXPECT_EQ(trusted->cosigned.size(), 1u);
}

// Who signed beside the log is in each form of the proof that a scan page offers.
TEST_P(LevelTest, TheProofOfAPageNamesItsWitnesses) {
  const std::string policy = PolicyOf(log_key_);
  system_.UsePolicy(policy);
  const std::string batch =
      system_.Harvest(cooperative_, system_.AddProduct(cooperative_), system_.AddPlot(cooperative_),
                      system_.AddSite(cooperative_, claim::v1::SITE_KIND_FARM), 100);
  const int64_t sequence = system_.LastSequence();
  AwaitPublished(sequence);
  while (Get(sequence)->level() != v1::LEVEL_WITNESSED) {
  }
  const auto ask = [&](const std::string& form) {
    return Fetch(system_.portal().http_port(), "GET",
                 StrCat("/b/", batch.substr(batch.find('/') + 1), "?lang=zh&proof=", form))
        .body;
  };
  const std::string file = ask("file");
  const auto trusted = tlog::Policy::Parse(policy)->Open(file.substr(file.find("\n\n") + 2));
  ASSERT_OK(trusted);
  EXPECT_EQ(trusted->cosigned.size(), 1u);
  const std::string line = file.substr(file.find("\u2014 bureau "));
  const std::string signature = line.substr(0, line.find('\n')).substr(line.rfind(' ') + 1);
  for (const char* form : {"json", "page"}) {
    EXPECT_THAT(ask(form), testing::HasSubstr("bureau " + signature)) << form;
  }
}

TEST_P(LevelTest, TheAuditLogIsWitnessedByAPolicyOfItsOwn) {
  const std::string policy = PolicyOf(AuditKey());
  auto before = AuditCheckpoint();
  ASSERT_OK(before);
  EXPECT_EQ(before->level(), v1::LEVEL_PUBLISHED);
  system_.UseAuditPolicy(policy);
  auto checkpoint = AuditCheckpoint();
  while (checkpoint.ok() && checkpoint->level() != v1::LEVEL_WITNESSED) {
    checkpoint = AuditCheckpoint();
  }
  ASSERT_OK(checkpoint);
  const auto trusted = tlog::Policy::Parse(policy)->Open(checkpoint->note());
  ASSERT_OK(trusted);
  EXPECT_EQ(trusted->cosigned.size(), 1u);
  system_.AddPlot(cooperative_);  // The log itself goes on without one.
  AwaitPublished(system_.LastSequence());
  EXPECT_EQ(Get(system_.LastSequence())->level(), v1::LEVEL_PUBLISHED);
}

INSTANTIATE_TEST_SUITE_P(Topologies, LevelTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
