// Receipts: what every write leaves in its author's hands, checked with the pinned key alone.
#include "services/tlog/receipt.h"

#include "storage/base/uuid.h"
#include "storage/ledger/merkle.h"
#include "suyuan/ledger/v1/ledger.pb.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

class ReceiptServiceTest : public testing::TestWithParam<Topology> {
 protected:
  tlog::VerifierKey Key() {
    const auto identity = system_.portal().router().Ask<ledger::v1::GetIdentityResponse>(
        "/suyuan.ledger.v1.LedgerService/GetIdentity", ledger::v1::GetIdentityRequest());
    EXPECT_OK(identity);
    return *tlog::VerifierKey::Parse(identity->log_verifier_key());
  }
  v1::RegisterPlotRequest Plot() {
    v1::RegisterPlotRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_plot()->set_name("一号地");
    request.mutable_plot()->set_kind(claim::v1::PLOT_KIND_FIELD);
    request.mutable_plot()->set_area_m2(6666);
    request.mutable_plot()->set_township("金山镇");
    request.mutable_plot()->set_village("大村");
    return request;
  }
  absl::StatusOr<v1::Receipt> Register(const v1::RegisterPlotRequest& request) {
    auto response =
        cooperative_.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", request);
    if (!response.ok()) return response.status();
    return response->receipt();
  }
  static absl::Status Check(const v1::Receipt& receipt, const tlog::VerifierKey& key) {
    ledger::Receipt group{static_cast<uint64_t>(receipt.first()),
                          static_cast<uint64_t>(receipt.count()),
                          {},
                          receipt.signature()};
    for (const std::string& hash : receipt.path()) group.path.push_back(HashFromBytes(hash));
    return tlog::CheckReceipt(group, static_cast<uint64_t>(receipt.sequence()),
                              HashFromBytes(receipt.leaf_hash()), key);
  }

  System system_{GetParam()};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
};

TEST_P(ReceiptServiceTest, AWriteIsAnsweredWithOneThatTheLogsKeySigned) {
  const auto receipt = Register(Plot());
  ASSERT_OK(receipt);
  EXPECT_EQ(receipt->level(), v1::LEVEL_DURABLE);
  EXPECT_OK(Check(*receipt, Key()));
  v1::Receipt other = *receipt;
  other.mutable_leaf_hash()->front() ^= 1;
  EXPECT_THAT(Check(other, Key()), HasCode(absl::StatusCode::kDataLoss));
  other = *receipt;
  other.mutable_signature()->front() ^= 1;
  EXPECT_THAT(Check(other, Key()), HasCode(absl::StatusCode::kDataLoss));
  other = *receipt;
  other.set_sequence(receipt->sequence() + 1);
  EXPECT_THAT(Check(other, Key()), HasCode(absl::StatusCode::kInvalidArgument));
}

// The author has evidence either way: the proof leads to the leaf that the receipt names.
TEST_P(ReceiptServiceTest, TheReceiptsLeafIsTheOneThatIsProven) {
  const auto receipt = Register(Plot());
  ASSERT_OK(receipt);
  v1::GetRecordProofRequest request;
  request.set_sequence(receipt->sequence());
  const auto proof =
      cooperative_.Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof", request);
  ASSERT_OK(proof);
  EXPECT_EQ(AsBytes(ledger::LeafHash(proof->leaf())), receipt->leaf_hash());
}

TEST_P(ReceiptServiceTest, ARepeatedWriteIsAnsweredWithOneOfTheSameRecord) {
  const v1::RegisterPlotRequest request = Plot();
  const auto first = Register(request);
  ASSERT_OK(first);
  system_.AddPlot(cooperative_);
  const auto again = Register(request);
  ASSERT_OK(again);
  EXPECT_EQ(again->sequence(), first->sequence());
  EXPECT_EQ(again->leaf_hash(), first->leaf_hash());
  EXPECT_EQ(again->count(), 1);
  EXPECT_OK(Check(*again, Key()));
}

INSTANTIATE_TEST_SUITE_P(Topologies, ReceiptServiceTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
