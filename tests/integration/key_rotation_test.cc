// F22: an author's key is changed while it signs. What it signed before holds for ever; from the
// revocation's position on it signs nothing.
#include <atomic>
#include <thread>

#include "services/store/author_check.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/verify.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

constexpr int kThreads = 4;
constexpr int kBefore = 10;  // Writes of each thread before the key is changed.

class KeyRotationTest : public testing::TestWithParam<Topology> {
 protected:
  static absl::StatusOr<int64_t> Write(rpc::Client& client) {
    v1::RegisterPlotRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_plot()->set_name("一号地");
    request.mutable_plot()->set_kind(claim::v1::PLOT_KIND_FIELD);
    request.mutable_plot()->set_area_m2(6666);
    request.mutable_plot()->set_township("金山镇");
    request.mutable_plot()->set_village("大村");
    const auto response =
        client.Call<v1::RegisterPlotResponse>("/suyuan.v1.RegistryService/RegisterPlot", request);
    if (!response.ok()) return response.status();
    return response->receipt().sequence();
  }
  // Enrols a second key for the worker, then revokes its first. The revocation's record.
  int64_t Rotate(const rpc::SigningKey& key) {
    const std::string& origin = worker_.options().origin;
    const auto code = *rpc::KeyOfCode(origin, rpc::NewCode());
    auto invite = system_.Invitation(manager_.party(), claim::v1::MEMBER_ROLE_WORKER, code);
    invite.mutable_invitation()->set_member(worker_.member());
    EXPECT_OK(manager_.Call<v1::InviteMemberResponse>("IdentityService/InviteMember", invite));
    EXPECT_OK(system_.MakeActor(manager_.party(), worker_.member(), key)
                  ->Call<v1::EnrollKeyResponse>("IdentityService/EnrollKey",
                                                System::Enrollment(origin, code, key)));
    v1::RevokeKeyRequest revoke;
    revoke.set_request_id(RandomUuid());
    revoke.mutable_revocation()->set_key(StrCat("keys/", HexOf(worker_.options().key->KeyId())));
    revoke.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_LOST);
    const auto revoked = manager_.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", revoke);
    EXPECT_OK(revoked);
    return revoked->receipt().sequence();
  }
  rpc::ClientOptions With(const rpc::SigningKey& key) {
    rpc::ClientOptions options = worker_.options();
    options.key = key;
    return options;
  }
  absl::StatusOr<v1::GetRecordProofResponse> Proof(int64_t sequence) {
    v1::GetRecordProofRequest request;
    request.set_sequence(sequence);
    return manager_.Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof", request);
  }
  void CheckProof(const v1::GetRecordProofResponse& proof) {
    const auto info = manager_.Call<v1::GetServerInfoResponse>("IdentityService/GetServerInfo",
                                                               v1::GetServerInfoRequest());
    ASSERT_OK(info);
    const auto head = tlog::OpenCheckpoint(proof.checkpoint(), info->log_verifier_key());
    ASSERT_OK(head);
    const Hash leaf = ledger::LeafHash(proof.leaf());
    EXPECT_OK(ledger::VerifyInclusion(
        static_cast<uint64_t>(proof.sequence()), head->size, AsBytes(leaf),
        {proof.inclusion().begin(), proof.inclusion().end()}, AsBytes(head->root)));
  }
  void ExpectTheStoreVerifies() {
    system_.StopAll();
    ledger::LedgerOptions options;
    options.dir = system_.dir() + "/log";
    const auto log = ledger::Ledger::OpenReadOnly(options);
    ASSERT_OK(log);
    store::AuthorCheck check;
    const ledger::AuthorHooks hooks = check.Hooks();
    ledger::VerifyOptions verify;
    verify.authors = &hooks;
    const auto verified = ledger::VerifyLedger((*log)->db(), verify);
    ASSERT_OK(verified);
    EXPECT_TRUE(verified->ok()) << verified->errors.front().text;
    EXPECT_EQ(verified->authors, verified->head.size);
  }

  System system_{GetParam()};
  Actor& manager_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& worker_ = system_.AddMember(manager_, claim::v1::MEMBER_ROLE_WORKER);
};

TEST_P(KeyRotationTest, UnderLoadTheOldKeySignsNothingFromItsRevocationOn) {
  std::atomic<int> written = 0;
  std::vector<int64_t> last(kThreads, -1);
  std::vector<std::thread> writers;
  for (int i = 0; i < kThreads; ++i) {
    writers.emplace_back([&, i] {
      rpc::Client client(worker_.options());
      absl::StatusOr<int64_t> sequence = Write(client);
      for (; sequence.ok(); sequence = Write(client)) {
        last[i] = *sequence;
        ++written;
      }
      EXPECT_THAT(sequence, Fails(v1::REASON_KEY_REVOKED));
    });
  }
  while (written < kThreads * kBefore) std::this_thread::yield();
  const auto early = Proof(system_.LastSequence());
  const rpc::SigningKey second = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  const int64_t revoked = Rotate(second);
  for (std::thread& writer : writers) writer.join();
  for (const int64_t sequence : last) EXPECT_LT(sequence, revoked);

  rpc::Client with_second(With(second));
  const auto after = Write(with_second);
  ASSERT_OK(after);
  EXPECT_GT(*after, revoked);
  rpc::Client unknown(With(rpc::SigningKey::Generate(rpc::kEcdsaP256)));
  EXPECT_THAT(Write(unknown), Fails(v1::REASON_KEY_UNKNOWN));
  // What was proven before still is, and can be proven anew.
  ASSERT_OK(early);
  CheckProof(*early);
  const auto anew = Proof(early->sequence());
  ASSERT_OK(anew);
  CheckProof(*anew);
  EXPECT_EQ(anew->leaf(), early->leaf());
  ExpectTheStoreVerifies();
}

INSTANTIATE_TEST_SUITE_P(Topologies, KeyRotationTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
