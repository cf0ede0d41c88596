// The audit log: what members are refused and what is seen by privilege stands in it, summed,
// proven and free of what was asked; strangers leave a count and nothing else.
#include <atomic>
#include <filesystem>
#include <thread>

#include "services/tlog/audit_origin.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/files.h"
#include "storage/ledger/merkle.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/chain.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kTraceBack[] = "/suyuan.v1.TraceService/TraceBack";

// A row without its times, as tests compare it.
std::string Say(const v1::Access& access) {
  return StrCat(access.party(), " ", access.method(), " ", v1::Outcome_Name(access.outcome()), " ",
                v1::Reason_Name(access.reason()), " ", access.count());
}
MATCHER_P(Says, text, std::string("says ") + text) {
  *result_listener << Say(arg);
  return Say(arg) == text;
}

class AuditLogTest : public testing::TestWithParam<Topology> {
 protected:
  absl::Status TraceBack(Actor& actor, const std::string& batch) {
    v1::TraceBackRequest request;
    request.set_batch(batch);
    request.set_min_sequence(system_.LastSequence());
    return actor.Stream<v1::TraceNode>("TraceService/TraceBack", request).status();
  }
  std::vector<v1::Access> Accesses(v1::ListAccessRequest request = {}, Actor* as = nullptr) {
    request.set_page_size(1000);
    Actor& actor = as == nullptr ? auditor_ : *as;
    const auto listed = actor.Call<v1::ListAccessResponse>("AuditService/ListAccess", request);
    EXPECT_OK(listed);
    if (!listed.ok()) return {};
    return {listed->accesses().begin(), listed->accesses().end()};
  }
  std::vector<v1::Access> AccessesOf(const Actor& actor) {
    v1::ListAccessRequest request;
    request.set_party(actor.party());
    return Accesses(request);
  }
  v1::GetCheckpointResponse Newest() {
    v1::GetCheckpointRequest newest;
    newest.set_log(v1::LOG_AUDIT);
    const auto checkpoint =
        system_.stranger().Call<v1::GetCheckpointResponse>("AuditService/GetCheckpoint", newest);
    EXPECT_OK(checkpoint);
    return *checkpoint;
  }
  // What is summed until now is written, as each process stops, and in the view.
  void Settle() {
    system_.Restart();
    v1::ListAccessRequest wait;
    wait.set_min_sequence(Newest().size() - 1);
    ASSERT_OK(
        system_.operator_actor().Call<v1::ListAccessResponse>("AuditService/ListAccess", wait));
  }
  absl::StatusOr<v1::GetAccessProofResponse> Proof(Actor& actor, const std::string& name) {
    v1::GetAccessProofRequest request;
    request.set_name(name);
    return actor.Call<v1::GetAccessProofResponse>("AuditService/GetAccessProof", request);
  }
  static std::string KeyOf(const Actor& actor) {
    return rpc::NameOfKey("keys", actor.options().key->algorithm(), actor.options().key->Spki());
  }
  std::string HarvestOf(Actor& actor) {
    return system_.Harvest(actor, system_.AddProduct(actor), system_.AddPlot(actor),
                           system_.AddSite(actor, claim::v1::SITE_KIND_FARM), 100);
  }

  System system_{GetParam()};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& other_ = system_.AddParty("金山果业合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& auditor_ = system_.AddParty("审计所", {claim::v1::PARTY_ROLE_AUDITOR});
};

// Whoever asks for another's batch hears that there is none, and so does the log: but it says who
// asked, how often, and for what.
TEST_P(AuditLogTest, ARefusalOfAnotherPartysThingStandsThereSummed) {
  const std::string batch = HarvestOf(cooperative_);
  ASSERT_OK(TraceBack(cooperative_, batch));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(TraceBack(other_, batch), Fails(v1::REASON_NOT_FOUND));
  }
  v1::ListRecordsRequest records;
  EXPECT_THAT(other_.Call<v1::ListRecordsResponse>("AuditService/ListRecords", records),
              Fails(v1::REASON_NOT_ALLOWED));
  Settle();
  EXPECT_THAT(AccessesOf(other_),
              testing::UnorderedElementsAre(Says(StrCat(other_.party(), " ", kTraceBack,
                                                        " OUTCOME_REFUSED REASON_NOT_FOUND 3")),
                                            Says(StrCat(other_.party(),
                                                        " /suyuan.v1.AuditService/ListRecords "
                                                        "OUTCOME_REFUSED REASON_NOT_ALLOWED 1"))));
  EXPECT_THAT(AccessesOf(cooperative_), IsEmpty());
}

// A flood fills no ledger: what one key is refused in a minute is one row.
TEST_P(AuditLogTest, TenThousandRefusalsOfAMinuteAreOneRow) {
  constexpr int kThreads = 4, kCalls = 2500;
  std::vector<std::thread> callers;
  std::atomic<int> refused = 0;
  for (int i = 0; i < kThreads; ++i) {
    callers.emplace_back([&] {
      rpc::Client client(other_.options());
      for (int j = 0; j < kCalls; ++j) {
        const auto records = client.Call<v1::ListRecordsResponse>(
            "/suyuan.v1.AuditService/ListRecords", v1::ListRecordsRequest());
        refused += domain::ReasonOf(records.status()) == v1::REASON_NOT_ALLOWED;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  ASSERT_EQ(refused, kThreads * kCalls);
  Settle();
  EXPECT_THAT(AccessesOf(other_),
              testing::ElementsAre(Says(StrCat(other_.party(),
                                               " /suyuan.v1.AuditService/ListRecords "
                                               "OUTCOME_REFUSED REASON_NOT_ALLOWED 10000"))));
}

// Nobody without a key, with one that is not enrolled, or with another's key id makes a record.
TEST_P(AuditLogTest, StrangersLeaveNoRecord) {
  Settle();
  const int64_t before = Newest().size();
  const auto unknown = system_.MakeActor("", "", rpc::SigningKey::Generate(rpc::kEcdsaP256));
  rpc::ClientOptions wrong = other_.options();
  wrong.origin = "another/0";  // Signed for another ledger: not this one's signature.
  rpc::Client forger(wrong);
  const v1::ListRecordsRequest request;
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(
        system_.stranger().Call<v1::ListRecordsResponse>("AuditService/ListRecords", request),
        Fails(v1::REASON_SIGNATURE_MISSING));
    EXPECT_THAT(unknown->Call<v1::ListRecordsResponse>("AuditService/ListRecords", request),
                Fails(v1::REASON_KEY_UNKNOWN));
    EXPECT_THAT(
        forger.Call<v1::ListRecordsResponse>("/suyuan.v1.AuditService/ListRecords", request),
        Fails(v1::REASON_SIGNATURE_INVALID));
  }
  system_.Restart();
  // Settle's own look at the list is the operator's, and the only one.
  EXPECT_EQ(Newest().size(), before + 1);
  EXPECT_THAT(AccessesOf(other_), IsEmpty());
}

TEST_P(AuditLogTest, WhatASupervisorSeesOfOthersStandsThere) {
  Actor& regulator = system_.AddParty("监管局", {claim::v1::PARTY_ROLE_REGULATOR});
  const std::string batch = HarvestOf(cooperative_);
  for (Actor* actor : {&regulator, &regulator, &cooperative_}) {
    ASSERT_OK(TraceBack(*actor, batch));
  }
  v1::ListPartiesRequest everybodys;
  ASSERT_OK(regulator.Call<v1::ListPartiesResponse>("RegistryService/ListParties", everybodys));
  v1::ListRecordsRequest records;
  ASSERT_OK(auditor_.Call<v1::ListRecordsResponse>("AuditService/ListRecords", records));
  Settle();
  EXPECT_THAT(AccessesOf(regulator),
              testing::ElementsAre(Says(StrCat(regulator.party(), " ", kTraceBack,
                                               " OUTCOME_ANSWERED REASON_UNSPECIFIED 2"))));
  EXPECT_THAT(AccessesOf(auditor_),
              testing::ElementsAre(Says(StrCat(auditor_.party(),
                                               " /suyuan.v1.AuditService/ListRecords "
                                               "OUTCOME_ANSWERED REASON_UNSPECIFIED 1"))));
  EXPECT_THAT(AccessesOf(cooperative_), IsEmpty());
}

// B2: a request id that is used for something else is refused, and that stands there.
TEST_P(AuditLogTest, B2_AReusedRequestIdStandsThere) {
  v1::RegisterSiteRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_site()->set_name("一号库");
  request.mutable_site()->set_kind(claim::v1::SITE_KIND_FARM);
  ASSERT_OK(cooperative_.Call<v1::RegisterSiteResponse>("RegistryService/RegisterSite", request));
  request.mutable_site()->set_name("二号库");
  EXPECT_THAT(cooperative_.Call<v1::RegisterSiteResponse>("RegistryService/RegisterSite", request),
              Fails(v1::REASON_REQUEST_ID_REUSED));
  Settle();
  EXPECT_THAT(AccessesOf(cooperative_),
              testing::ElementsAre(Says(StrCat(cooperative_.party(),
                                               " /suyuan.v1.RegistryService/RegisterSite "
                                               "OUTCOME_REFUSED REASON_REQUEST_ID_REUSED 1"))));
}

// D6, as far as it is this log's: who samples does not test, and that he tried stands there.
TEST_P(AuditLogTest, D6_ATestOfOnesOwnSampleStandsThere) {
  Actor& lab = system_.AddParty("县检测中心", {claim::v1::PARTY_ROLE_LAB});
  auto sampling = Chain::New<v1::RecordSamplingRequest>();
  sampling.mutable_sampling()->set_batch(HarvestOf(cooperative_));
  sampling.mutable_sampling()->set_purpose(claim::v1::SAMPLING_PURPOSE_ROUTINE);
  *sampling.mutable_sampling()->mutable_sample() = System::Kilograms(1);
  sampling.mutable_sampling()->set_seal_number("LF-1");
  *sampling.mutable_sampling()->mutable_occur() = system_.Now();
  const auto sampled =
      lab.Call<v1::RecordSamplingResponse>("InspectionService/RecordSampling", sampling);
  ASSERT_OK(sampled);
  auto result = Chain::New<v1::RecordResultRequest>();
  result.mutable_result()->set_sampling(sampled->sampling());
  result.mutable_result()->set_method("GB 23200.121-2021");
  result.mutable_result()->set_verdict(claim::v1::VERDICT_CONFORMANT);
  claim::v1::AnalyteResult* analyte = result.mutable_result()->add_results();
  analyte->set_analyte(kAnalytes[0]);
  analyte->mutable_measurement()->set_value_ng_per_kg(1);
  analyte->mutable_measurement()->set_limit_ng_per_kg(20'000);
  *result.mutable_result()->mutable_occur() = system_.Now();
  EXPECT_THAT(lab.Call<v1::RecordResultResponse>("InspectionService/RecordResult", result),
              Fails(v1::REASON_SEPARATION));
  Settle();
  EXPECT_THAT(AccessesOf(lab),
              testing::Contains(Says(StrCat(lab.party(),
                                            " /suyuan.v1.InspectionService/RecordResult "
                                            "OUTCOME_REFUSED REASON_SEPARATION 1"))));
}

// D12: a revoked key's holder is still known, and what he tries stands under his name.
TEST_P(AuditLogTest, WhatARevokedKeyTriesStandsThere) {
  Actor& worker = system_.AddMember(cooperative_, claim::v1::MEMBER_ROLE_WORKER);
  auto revoke = Chain::New<v1::RevokeKeyRequest>();
  revoke.mutable_revocation()->set_key(KeyOf(worker));
  revoke.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_LEFT);
  ASSERT_OK(cooperative_.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", revoke));
  EXPECT_THAT(TraceBack(worker, HarvestOf(cooperative_)), Fails(v1::REASON_KEY_REVOKED));
  Settle();
  v1::ListAccessRequest of_key;
  of_key.set_key(KeyOf(worker));
  const std::vector<v1::Access> accesses = Accesses(of_key);
  EXPECT_THAT(accesses,
              testing::ElementsAre(Says(StrCat(cooperative_.party(), " ", kTraceBack,
                                               " OUTCOME_REFUSED REASON_KEY_REVOKED 1"))));
  EXPECT_EQ(accesses[0].member(), worker.member());
}

TEST_P(AuditLogTest, AManagerSeesHisPartysOwnAndNoOthers) {
  Actor& worker = system_.AddMember(other_, claim::v1::MEMBER_ROLE_WORKER);
  const std::string batch = HarvestOf(cooperative_);
  EXPECT_THAT(TraceBack(worker, batch), Fails(v1::REASON_NOT_FOUND));
  Settle();
  const std::vector<v1::Access> seen = Accesses({}, &other_);
  EXPECT_THAT(seen, testing::ElementsAre(Says(StrCat(other_.party(), " ", kTraceBack,
                                                     " OUTCOME_REFUSED REASON_NOT_FOUND 1"))));
  EXPECT_THAT(Accesses({}, &cooperative_), IsEmpty());
  v1::ListAccessRequest of_other;
  of_other.set_party(other_.party());
  EXPECT_THAT(cooperative_.Call<v1::ListAccessResponse>("AuditService/ListAccess", of_other),
              Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(worker.Call<v1::ListAccessResponse>("AuditService/ListAccess", of_other),
              Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_OK(Proof(other_, seen[0].name()));
  EXPECT_OK(Proof(auditor_, seen[0].name()));
  EXPECT_THAT(Proof(cooperative_, seen[0].name()), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Proof(auditor_, "0.0"), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Proof(auditor_, "1.1000000"), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Proof(auditor_, "here"), Fails(v1::REASON_NOT_FOUND));
}

TEST_P(AuditLogTest, ListsByWhatIsAskedForPageByPage) {
  const std::string batch = HarvestOf(cooperative_);
  const absl::Time first = system_.clock().Now();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(TraceBack(other_, batch), Fails(v1::REASON_NOT_FOUND));
    const v1::ListRecordsRequest records;
    EXPECT_THAT(other_.Call<v1::ListRecordsResponse>("AuditService/ListRecords", records),
                Fails(v1::REASON_NOT_ALLOWED));
    system_.clock().Advance(absl::Minutes(1));
  }
  Settle();
  v1::ListAccessRequest request;
  request.set_party(other_.party());
  request.set_page_size(2);
  const std::vector<v1::Access> all = AllPages<v1::ListAccessResponse>(
      auditor_, "AuditService/ListAccess", request, [](const auto& page) {
        return std::vector<v1::Access>(page.accesses().begin(), page.accesses().end());
      });
  EXPECT_THAT(all, SizeIs(6));
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(domain::TimeOf(all[i - 1].record_time()), domain::TimeOf(all[i].record_time()));
  }
  const auto count = [&](auto choose) {
    v1::ListAccessRequest chosen;
    chosen.set_party(other_.party());
    choose(chosen);
    return Accesses(chosen).size();
  };
  EXPECT_EQ(count([](auto& r) { r.set_method("TraceBack"); }), 3u);
  EXPECT_EQ(count([](auto& r) { r.set_method("TraceService/TraceBack"); }), 3u);
  EXPECT_EQ(count([](auto& r) { r.set_method(kTraceBack); }), 3u);
  EXPECT_EQ(count([](auto& r) { r.set_method("Back"); }), 0u);
  EXPECT_EQ(count([](auto& r) { r.set_reason(v1::REASON_NOT_ALLOWED); }), 3u);
  EXPECT_EQ(count([](auto& r) { r.set_outcome(v1::OUTCOME_ANSWERED); }), 0u);
  EXPECT_EQ(count([&](auto& r) { r.set_member(other_.member()); }), 6u);
  EXPECT_EQ(count([&](auto& r) { r.set_member(cooperative_.member()); }), 0u);
  EXPECT_EQ(
      count([&](auto& r) { *r.mutable_from_time() = domain::StampOf(first + absl::Minutes(1)); }),
      4u);
  EXPECT_EQ(
      count([&](auto& r) { *r.mutable_until_time() = domain::StampOf(first + absl::Minutes(1)); }),
      2u);
}

// Nobody has to stop a process for it: a minute is written once it is over.
TEST_P(AuditLogTest, AMinuteIsWrittenWhenItIsOver) {
  Settle();
  const int64_t before = Newest().size();
  EXPECT_THAT(TraceBack(other_, HarvestOf(cooperative_)), Fails(v1::REASON_NOT_FOUND));
  system_.clock().Advance(absl::Minutes(2));
  // Of one process at a time, where they are many: the other's record is of Settle's look.
  v1::ListAccessRequest wait;
  wait.set_party(other_.party());
  for (int64_t next = before; next < before + 2; ++next) {
    wait.set_min_sequence(next);
    const auto listed = auditor_.Call<v1::ListAccessResponse>("AuditService/ListAccess", wait);
    ASSERT_OK(listed);
    if (listed->accesses_size() == 1) return;
  }
  FAIL() << "the minute is not written";
}

TEST_P(AuditLogTest, WhatStandsThereStaysAndItsViewIsMadeAgain) {
  EXPECT_THAT(TraceBack(other_, HarvestOf(cooperative_)), Fails(v1::REASON_NOT_FOUND));
  Settle();
  const std::vector<v1::Access> before = AccessesOf(other_);
  ASSERT_THAT(before, SizeIs(1));
  const v1::GetCheckpointResponse old = Newest();
  system_.StopAll();
  fs::remove_all(system_.dir() + "/views/ledger/audit");
  Settle();
  const std::vector<v1::Access> after = AccessesOf(other_);
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_EQ(after[0].SerializeAsString(), before[0].SerializeAsString());
  v1::GetConsistencyProofRequest grown;
  grown.set_log(v1::LOG_AUDIT);
  grown.set_old_size(old.size());
  grown.set_new_size(Newest().size());
  const auto proof = system_.stranger().Call<v1::GetConsistencyProofResponse>(
      "AuditService/GetConsistencyProof", grown);
  ASSERT_OK(proof);
  EXPECT_EQ(proof->old_root(), old.root());
  EXPECT_OK(ledger::VerifyConsistency(
      static_cast<uint64_t>(old.size()), static_cast<uint64_t>(grown.new_size()), old.root(),
      proof->new_root(), {proof->hashes().begin(), proof->hashes().end()}));
}

// An audit log that is taken away is missed, and one begun anew has another name.
TEST_P(AuditLogTest, OneThatIsGoneIsMissedAndItsSuccessorHasAnotherName) {
  const auto origin = [this] {
    const std::string note = Newest().note();
    return note.substr(0, note.find('\n'));
  };
  const std::string log = system_.portal().origin(), before = origin();
  EXPECT_TRUE(tlog::IsAuditOrigin(before, log));
  system_.StopAll();
  fs::rename(system_.dir() + "/audit", system_.dir() + "/away");
  app::ProcessOptions options;
  options.dir = system_.dir();
  options.clock = &system_.clock();
  const auto refused = app::Process::Start(options);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("AUDIT_LOST"));
  options.accept_mark = "the disk was lost";
  ASSERT_OK(app::Process::Start(options));
  system_.Restart();
  EXPECT_TRUE(tlog::IsAuditOrigin(origin(), log));
  EXPECT_NE(origin(), before);
}

// Nothing of what was asked, sent or answered: ids of who called, names of the contract, numbers.
TEST_P(AuditLogTest, HoldsNothingOfWhatWasAskedOrSaid) {
  constexpr char kName[] = "CANARY-张三", kPhone[] = "CANARY13800000000";
  auto store = Chain::New<v1::StorePrivateRequest>();
  v1::PrivateValue* value = store.add_values();
  value->set_field(v1::PRIVATE_FIELD_NAME);
  value->set_value(kName);
  value = store.add_values();
  value->set_field(v1::PRIVATE_FIELD_PHONE);
  value->set_value(kPhone);
  const auto stored =
      cooperative_.Call<v1::StorePrivateResponse>("IdentityService/StorePrivate", store);
  ASSERT_OK(stored);
  v1::DiscloseRequest disclose;
  disclose.set_person(stored->person());
  disclose.set_field(v1::PRIVATE_FIELD_PHONE);
  ASSERT_OK(cooperative_.Call<v1::DiscloseResponse>("IdentityService/Disclose", disclose));
  EXPECT_THAT(other_.Call<v1::DiscloseResponse>("IdentityService/Disclose", disclose),
              Fails(v1::REASON_NOT_FOUND));
  store.mutable_values(0)->set_value("CANARY-李四");  // Another value under the same request id.
  EXPECT_THAT(cooperative_.Call<v1::StorePrivateResponse>("IdentityService/StorePrivate", store),
              Fails(v1::REASON_REQUEST_ID_REUSED));
  const std::string batch = HarvestOf(cooperative_);
  EXPECT_THAT(TraceBack(other_, batch), Fails(v1::REASON_NOT_FOUND));
  Settle();
  EXPECT_THAT(AccessesOf(cooperative_), SizeIs(3));  // Stored, disclosed, refused.
  system_.StopAll();
  for (const char* dir : {"/audit", "/views/ledger/audit"}) {
    for (const auto& entry : fs::recursive_directory_iterator(system_.dir() + dir)) {
      if (!entry.is_regular_file()) continue;
      const std::string bytes = *ledger::ReadWholeFile(entry.path().string());
      for (const std::string& secret :
           {std::string("CANARY"), stored->person(), batch, store.request_id()}) {
        EXPECT_EQ(bytes.find(secret), std::string::npos) << entry.path() << " holds " << secret;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Topologies, AuditLogTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

// A party that calls too often is told so, and that it was stands there.
class AuditRateTest : public testing::TestWithParam<Topology> {};

// In every process that members' calls come to, however they came.
TEST_P(AuditRateTest, WhatIsRefusedForCallingTooOftenStandsThere) {
  System system(GetParam());
  Actor& cooperative = system.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& other = system.AddParty("金山蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  const auto list = [](Actor& actor) {
    return actor
        .Call<v1::ListPartiesResponse>("RegistryService/ListParties", v1::ListPartiesRequest())
        .status();
  };
  system.LimitCalls(1);  // Five at once, as the clock stands still.
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(domain::ReasonOf(list(cooperative)),
              i < 5 ? v1::REASON_UNSPECIFIED : v1::REASON_RATE_LIMITED);
  }
  EXPECT_OK(list(other));
  system.LimitCalls(0);
  v1::ListAccessRequest request;
  request.set_min_sequence(1);
  const auto listed = cooperative.Call<v1::ListAccessResponse>("AuditService/ListAccess", request);
  ASSERT_OK(listed);
  EXPECT_THAT(listed->accesses(),
              testing::ElementsAre(Says(StrCat(cooperative.party(),
                                               " /suyuan.v1.RegistryService/ListParties "
                                               "OUTCOME_REFUSED REASON_RATE_LIMITED 7"))));
}

INSTANTIATE_TEST_SUITE_P(Topologies, AuditRateTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
