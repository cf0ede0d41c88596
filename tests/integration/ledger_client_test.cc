// The contract of ledger::Client, held by the ledger on disk and by the one behind a socket alike.
#include <set>

#include "services/domain/id.h"
#include "services/ledger/genesis.h"
#include "services/ledger/remote_ledger.h"
#include "services/rpc/waiting.h"
#include "services/store/author_check.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/merkle.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/shipment.pb.h"
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

  // A cooperative's signed append that writes one stream at any version.
  ledger::AppendRequest Request(const std::string& stream, int64_t area_m2 = 1) {
    ledger::AppendRequest request;
    v1::RegisterPlotRequest plot;
    plot.set_request_id(RandomUuid());
    plot.mutable_plot()->set_name("一号地");
    plot.mutable_plot()->set_area_m2(area_m2);
    event::v1::Event event;
    event.set_actor_party(coop_.party());
    event.set_actor_member(coop_.member());
    event.mutable_plot_registered()->set_plot(stream);
    event.mutable_plot_registered()->set_party(coop_.party());
    *event.mutable_plot_registered()->mutable_claim() = plot.plot();
    request.request_key = KeyOf(coop_, plot.request_id());
    request.body = plot.SerializeAsString();
    request.writes = {{stream, std::nullopt}};
    request.events = {event.SerializeAsString()};
    request.decided = system_.clock().Now();
    Sign(*coop_.options().key, "/suyuan.v1.RegistryService/RegisterPlot", &request);
    return request;
  }
  static std::string KeyOf(const Actor& actor, const std::string& request_id) {
    return StrCat(domain::PartyId::FromName(actor.party()).id(), "/", request_id);
  }
  void Sign(const rpc::SigningKey& key, const std::string& method, ledger::AppendRequest* request) {
    ledger::Authorship& authorship = request->authorship;
    authorship.algorithm = key.algorithm();
    authorship.key_id = key.KeyId();
    authorship.signed_micros = ToMicros(system_.clock().Now());
    authorship.method = method;
    authorship.signature =
        key.Sign(ledger::SignedText(log_->identity().origin, authorship, request->body));
    // The append depends on the key: it has one record, and is nowhere else written.
    const std::string stream = StrCat("keys/", HexOf(key.KeyId()));
    request->reads = {{stream, log_->Load({{stream, ledger::kAbsent}}, "")->streams[0].version}};
  }
  absl::StatusOr<ledger::Appended> Append(ledger::AppendRequest request) {
    return rpc::WaitFor<absl::StatusOr<ledger::Appended>>(
        [&](auto done) { log_->Append(std::move(request), done); });
  }

  System system_;
  // Registered before the service is stopped.
  Actor& coop_ = system_.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& regulator_ = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  // The code that invites a worker into the cooperative.
  const rpc::SigningKey code_key_ = *rpc::KeyOfCode(system_.portal().origin(), rpc::NewCode());
  const absl::StatusOr<v1::InviteMemberResponse> invited_ = coop_.Call<v1::InviteMemberResponse>(
      "IdentityService/InviteMember",
      system_.Invitation(coop_.party(), claim::v1::MEMBER_ROLE_WORKER, code_key_));
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
  read.reads.push_back({"plots/A", ledger::kAbsent});
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
  v1::RegisterPlotRequest plot;
  ASSERT_TRUE(plot.ParseFromString(request.body));
  plot.mutable_plot()->set_name("二号地");
  other.body = plot.SerializeAsString();
  event::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(request.events[0]));
  *event.mutable_plot_registered()->mutable_claim() = plot.plot();
  other.events = {event.SerializeAsString()};
  Sign(*coop_.options().key, request.authorship.method, &other);
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

TEST_P(LedgerClientTest, GivesTilesAndLeavesOfWhatIsThere) {
  const auto appended = Append(Request("plots/A"));
  ASSERT_OK(appended);
  if (GetParam() == Topology::kSplit) {  // From elsewhere only what is published is seen.
    v1::GetRecordProofRequest proof;
    proof.set_sequence(static_cast<int64_t>(appended->sequence));
    ASSERT_OK(
        system_.stranger().Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof", proof));
  }
  const int width = static_cast<int>(appended->sequence) + 1;
  const auto tile = log_->LoadTile(0, 0, width);
  const auto leaves = log_->LoadLeaves(0, width);
  ASSERT_OK(tile);
  ASSERT_OK(leaves);
  EXPECT_EQ(tile->back(), appended->leaf_hash);
  EXPECT_EQ(ledger::LeafHash(leaves->back()), appended->leaf_hash);
  EXPECT_FALSE(log_->LoadTile(0, 0, width + 1).ok());
  EXPECT_FALSE(log_->LoadTile(1, 0, 1).ok());
  EXPECT_FALSE(log_->LoadLeaves(0, width + 1).ok());
}

INSTANTIATE_TEST_SUITE_P(Topologies, LedgerClientTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

// The ledger believes no other process, and whoever verifies a log believes no ledger: what a
// member signed is recorded once, as what he said and might do, or it is found out. Over the socket
// the append is refused; written to the log itself it is named by the check of authors.
class ForgeryTest : public LedgerClientTest {
 protected:
  void ExpectFound(const char* what, ledger::AppendRequest request) {
    const auto appended = Append(std::move(request));
    if (GetParam() == Topology::kSplit) {
      EXPECT_THAT(appended, HasCode(absl::StatusCode::kPermissionDenied)) << what;
      return;
    }
    ASSERT_OK(appended);
    store::AuthorCheck authors;
    for (uint64_t sequence = 0; sequence <= appended->sequence; ++sequence) {
      const auto record = log_->GetRecord(sequence);
      ASSERT_OK(record);
      const absl::Status found = authors.Check(*record);
      if (sequence == appended->sequence) {
        EXPECT_THAT(found, HasCode(absl::StatusCode::kPermissionDenied)) << what;
      } else if (!forged_.contains(sequence)) {
        EXPECT_OK(found) << what;
      }
    }
    forged_.insert(appended->sequence);
  }
  // The request's one event, changed.
  template <typename Change>
  static void ChangeEvent(ledger::AppendRequest* request, Change change) {
    event::v1::Event event;
    ASSERT_TRUE(event.ParseFromString(request->events[0]));
    change(event);
    request->events = {event.SerializeAsString()};
  }
  // Signs another request as the body, and puts `event` beside it.
  template <typename Message>
  ledger::AppendRequest Said(const Actor& actor, const std::string& method, const Message& message,
                             event::v1::Event event) {
    ledger::AppendRequest request = Request("plots/A");
    request.request_key = KeyOf(actor, RequestIdOf(message));
    request.body = message.SerializeAsString();
    event.set_actor_party(actor.party());
    event.set_actor_member(actor.member());
    request.events = {event.SerializeAsString()};
    Sign(*actor.options().key, method, &request);
    return request;
  }
  template <typename Message>
  static std::string RequestIdOf(const Message& message) {
    if constexpr (requires { message.request_id(); }) return message.request_id();
    return RandomUuid();
  }
  static event::v1::Event Release() {
    event::v1::Event event;
    event.mutable_hold_released()->mutable_claim()->set_batch("batches/B");
    return event;
  }

  std::set<uint64_t> forged_;
};

TEST_P(ForgeryTest, AnHonestRecordIsNone) {
  const auto appended = Append(Request("plots/A"));
  ASSERT_OK(appended);
  store::AuthorCheck authors;
  for (uint64_t sequence = 0; sequence <= appended->sequence; ++sequence) {
    EXPECT_OK(authors.Check(*log_->GetRecord(sequence))) << sequence;
  }
}

TEST_P(ForgeryTest, AnotherSignatureRequestKeyOrActor) {
  ledger::AppendRequest forged = Request("plots/A");
  forged.authorship.signature[5] ^= 1;
  ExpectFound("a signature of nobody", forged);
  forged = Request("plots/A");
  forged.request_key = StrCat("00000000000000000000/", RandomUuid());
  ExpectFound("another party's request key", forged);
  // The same signature under a second request key would let one act count twice.
  forged = Request("plots/A");
  forged.request_key = KeyOf(coop_, RandomUuid());
  ExpectFound("a request key that is not the request's", forged);
  forged = Request("plots/A");
  ChangeEvent(&forged, [&](auto& event) { event.set_actor_member(regulator_.member()); });
  ExpectFound("another member", forged);
  forged = Request("plots/A");
  ChangeEvent(&forged,
              [&](auto& event) { event.mutable_plot_registered()->set_party(regulator_.party()); });
  ExpectFound("another party's plot", forged);
}

// Whether a release counts is asked of the key that it names: another's, or none, would never be
// disputed.
TEST_P(ForgeryTest, AReleaseInTheNameOfAnotherKey) {
  v1::ReleaseHoldRequest said;
  said.set_request_id(RandomUuid());
  said.mutable_release()->set_batch("batches/B");
  const auto name_of = [](const Actor& actor) {
    return rpc::NameOfKey("keys", actor.options().key->algorithm(), actor.options().key->Spki());
  };
  const auto forged = [&](const std::string& key) {
    event::v1::Event event = Release();
    event.mutable_hold_released()->set_key(key);
    return Said(regulator_, "/suyuan.v1.InspectionService/ReleaseHold", said, event);
  };
  ExpectFound("another's key", forged(name_of(coop_)));
  said.set_request_id(RandomUuid());
  ExpectFound("no key", forged(""));
  said.set_request_id(RandomUuid());
  EXPECT_OK(Append(forged(name_of(regulator_))));
}

// Of the ledger's own door: in one process the public one is the only one.
class SplitForgeryTest : public ForgeryTest {};

// At the ledger's own door, whoever brings it: a field that stands twice is read in two ways.
TEST_P(SplitForgeryTest, ARequestThatCanBeReadInTwoWays) {
  ledger::AppendRequest request = Request("plots/A");
  v1::RegisterPlotRequest again;
  ASSERT_TRUE(again.ParseFromString(request.body));
  again.clear_plot();
  request.body = again.SerializeAsString() + request.body;  // Its request_id, twice.
  Sign(*coop_.options().key, "/suyuan.v1.RegistryService/RegisterPlot", &request);
  EXPECT_THAT(Append(request), HasCode(absl::StatusCode::kPermissionDenied));
}

// What the vault opens is opened against the record's own root: it must be the claim's.
TEST_P(ForgeryTest, APrivateRootThatIsNotTheClaims) {
  const auto plot = [&](std::string_view root) {
    ledger::AppendRequest request = Request("plots/A");
    v1::RegisterPlotRequest said;
    EXPECT_TRUE(said.ParseFromString(request.body));
    said.mutable_plot()->set_person("persons/P");
    said.mutable_plot()->set_private_root(std::string(root));
    request.body = said.SerializeAsString();
    ChangeEvent(&request, [&](auto& event) {
      *event.mutable_plot_registered()->mutable_claim() = said.plot();
    });
    Sign(*coop_.options().key, "/suyuan.v1.RegistryService/RegisterPlot", &request);
    return request;
  };
  const Hash root = Sha256("what its author committed to"), other = Sha256("something else");
  ledger::AppendRequest forged = plot(AsBytes(root));
  forged.private_root = other;
  ExpectFound("another root", forged);
  forged = plot(AsBytes(root));
  ExpectFound("no root", forged);
  forged = Request("plots/A");
  forged.private_root = other;
  ExpectFound("a root of no claim", forged);
  ledger::AppendRequest honest = plot(AsBytes(root));
  honest.private_root = root;
  const auto appended = Append(honest);
  ASSERT_OK(appended);
  store::AuthorCheck authors;
  for (uint64_t sequence = 0; sequence <= appended->sequence; ++sequence) {
    const auto record = log_->GetRecord(sequence);
    ASSERT_OK(record);
    if (forged_.contains(sequence)) continue;
    EXPECT_OK(authors.Check(*record)) << sequence;
  }
}

TEST_P(ForgeryTest, WhatTheRequestDoesNotSay) {
  ledger::AppendRequest forged = Request("plots/A");
  ChangeEvent(&forged, [](auto& event) {
    event.mutable_plot_registered()->mutable_claim()->set_area_m2(7);
  });
  ExpectFound("another claim", forged);
  forged = Request("plots/A");
  ChangeEvent(&forged, [](auto& event) { event.mutable_plot_registered()->clear_claim(); });
  ExpectFound("no claim", forged);
  forged = Request("plots/A");
  event::v1::Event hold;
  hold.set_actor_party(coop_.party());
  hold.set_actor_member(coop_.member());
  hold.mutable_hold_placed()->set_batch("batches/B");
  forged.events.push_back(hold.SerializeAsString());
  ExpectFound("a hold beside it", forged);
  forged = Request("plots/A");
  forged.events.clear();
  ExpectFound("nothing of what was said", forged);
  // A refusal's bytes, taken for an arrival.
  v1::RefuseShipmentRequest refusal;
  refusal.set_request_id(RandomUuid());
  refusal.mutable_refusal()->set_shipment("shipments/S");
  refusal.mutable_refusal()->set_cause(claim::v1::REFUSAL_CAUSE_SPOILED);
  event::v1::Event arrival;
  ASSERT_TRUE(arrival.mutable_shipment_received()->mutable_claim()->ParseFromString(
      refusal.refusal().SerializeAsString()));
  ExpectFound("a claim of another kind",
              Said(coop_, "/suyuan.v1.ShipmentService/RefuseShipment", refusal, arrival));
}

TEST_P(ForgeryTest, WhatTheAuthorMayNotDo) {
  ExpectFound(
      "a release out of a request that only reads",
      Said(regulator_, "/suyuan.v1.IdentityService/GetCaller", v1::GetCallerRequest(), Release()));
  v1::ReleaseHoldRequest release;
  release.set_request_id(RandomUuid());
  *release.mutable_release() = Release().hold_released().claim();
  ExpectFound("a release by a cooperative",
              Said(coop_, "/suyuan.v1.InspectionService/ReleaseHold", release, Release()));
  ExpectFound("a release by the operator",
              Said(system_.operator_actor(), "/suyuan.v1.InspectionService/ReleaseHold", release,
                   Release()));
}

// A server that lets its operator into a cooperative, or a key in without a code, is found out.
TEST_P(ForgeryTest, AMemberThatNobodyLetIn) {
  const std::string& origin = log_->identity().origin;
  const rpc::SigningKey code_key = *rpc::KeyOfCode(origin, rpc::NewCode());
  const std::string name = rpc::NameOfKey("invitations", code_key.algorithm(), code_key.Spki());
  v1::InviteMemberRequest invite =
      system_.Invitation(coop_.party(), claim::v1::MEMBER_ROLE_MANAGER, code_key);
  event::v1::Event invited;
  invited.mutable_member_invited()->set_invitation(name);
  invited.mutable_member_invited()->set_key(
      rpc::NameOfKey("keys", system_.operator_actor().options().key->algorithm(),
                     system_.operator_actor().options().key->Spki()));
  *invited.mutable_member_invited()->mutable_claim() = invite.invitation();
  constexpr char kInvite[] = "/suyuan.v1.IdentityService/InviteMember";
  ExpectFound("the operator invites into a cooperative",
              Said(system_.operator_actor(), kInvite, invite, invited));
  // Invited rightly, and enrolled as more than that, or with a code that nobody knew.
  ASSERT_OK(invited_);
  const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  v1::EnrollKeyRequest enroll = System::Enrollment(origin, code_key_, key);
  const auto forged = [&](claim::v1::MemberRole role) {
    event::v1::Event event;
    event.mutable_member_enrolled()->set_member("members/M");
    event.mutable_member_enrolled()->set_party(coop_.party());
    event.mutable_member_enrolled()->set_role(role);
    event.mutable_member_enrolled()->set_key(rpc::NameOfKey("keys", key.algorithm(), key.Spki()));
    event.mutable_member_enrolled()->set_begins(true);
    *event.mutable_member_enrolled()->mutable_claim() = enroll.enrollment();
    rpc::ClientOptions options = coop_.options();
    options.key = key;
    ledger::AppendRequest request = Said(Actor(coop_.party(), "members/M", options),
                                         "/suyuan.v1.IdentityService/EnrollKey", enroll, event);
    request.request_key = StrCat(HexOf(key.KeyId()).substr(0, 24), "/", enroll.request_id());
    return request;
  };
  ExpectFound("a worker's code for a manager", forged(claim::v1::MEMBER_ROLE_MANAGER));
  enroll.set_request_id(RandomUuid());
  enroll.mutable_enrollment()->set_code_proof(std::string(64, 'x'));
  ExpectFound("a key without its code", forged(claim::v1::MEMBER_ROLE_WORKER));
}

TEST_P(ForgeryTest, ASystemActThatDoesMoreThanRestrict) {
  const auto key = rpc::SigningKey::Load(StrCat(system_.dir(), "/keys/", ledger::kRecallKeyFile));
  ASSERT_OK(key);
  constexpr char kExtend[] = "/suyuan.v1.RecallService/ExtendRecall";
  event::v1::Event extended;
  extended.mutable_recall_extended()->set_recall("recalls/R");
  ledger::AppendRequest act = Request("recalls/R");
  act.kind = ledger::RecordKind::kSystem;
  act.body = extended.recall_extended().SerializeAsString();
  act.request_key = StrCat("/", UuidOf(act.body));
  act.events = {Release().SerializeAsString()};
  Sign(*key, kExtend, &act);
  ExpectFound("a release", act);
  act.events = {extended.SerializeAsString()};
  act.request_key = StrCat("/", RandomUuid());
  ExpectFound("an act that happens twice", act);
  ledger::AppendRequest member = Request("plots/A");
  member.kind = ledger::RecordKind::kSystem;
  ExpectFound("a member's key for a system act", member);
  for (const auto kind : {ledger::RecordKind::kSchema, ledger::RecordKind::kNote}) {
    member = Request("plots/A");
    member.kind = kind;
    ExpectFound("a member's key for what only the ledger records", member);
  }
}

INSTANTIATE_TEST_SUITE_P(Topologies, ForgeryTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

INSTANTIATE_TEST_SUITE_P(Split, SplitForgeryTest, testing::Values(Topology::kSplit), TopologyName);

class LedgerHopTest : public LedgerClientTest {};

TEST_P(LedgerHopTest, RefusesASecondGenesis) {
  ledger::AppendRequest request = Request("plots/A");
  request.kind = ledger::RecordKind::kGenesis;
  EXPECT_THAT(Append(request), HasCode(absl::StatusCode::kPermissionDenied));
}

// Else a revocation could slip in between the check and the record.
TEST_P(LedgerHopTest, RefusesAnAppendThatDoesNotDependOnItsKey) {
  ledger::AppendRequest request = Request("plots/A");
  request.reads.clear();
  EXPECT_THAT(Append(request), HasCode(absl::StatusCode::kPermissionDenied));
}

INSTANTIATE_TEST_SUITE_P(Split, LedgerHopTest, testing::Values(Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
