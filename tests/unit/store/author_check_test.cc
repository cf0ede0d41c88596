// What `store verify` finds out about authors, on records that no server would have written.
#include "services/store/author_check.h"

#include "services/rpc/keys.h"
#include "services/store/events.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "tests/support/test.h"

namespace suyuan::store {
namespace {

using test::HasCode;
using testing::HasSubstr;

constexpr char kOrigin[] = "test/00";
constexpr char kParty[] = "parties/A", kMember[] = "members/A";
constexpr char kRecordLoss[] = "/suyuan.v1.OriginService/RecordLoss";

std::string KeyName(const rpc::SigningKey& key) { return "keys/" + HexOf(key.KeyId()); }

// Records of a test stand one after the other, after the first.
uint64_t NextSequence() {
  static uint64_t last = 0;
  return ++last;
}

// A record as it would stand in the log, signed by `key`.
ledger::Record Sign(const rpc::SigningKey& key, ledger::RecordKind kind, const std::string& method,
                    const std::string& body, const std::vector<event::v1::Event>& events,
                    const std::string& request_key = "A/request",
                    uint64_t sequence = NextSequence()) {
  ledger::Authorship authorship;
  authorship.algorithm = key.algorithm();
  authorship.key_id = key.KeyId();
  authorship.method = method;
  authorship.signature = key.Sign(ledger::SignedText(kOrigin, authorship, body));
  ledger::Terms terms;
  terms.request_key = request_key;
  const std::string salt(ledger::kSaltSize, 's');
  ledger::Record record;
  record.leaf.kind = kind;
  record.leaf.sequence = sequence;
  record.items = {{ledger::ItemType::kAuthorship, salt, authorship.Encode()},
                  {ledger::ItemType::kRequest, salt, body},
                  {ledger::ItemType::kTerms, salt, terms.Encode()}};
  for (const event::v1::Event& event : events) {
    record.items.push_back({ledger::ItemType::kEvent, salt, event.SerializeAsString()});
  }
  return record;
}

event::v1::Event ByMember() {
  event::v1::Event event;
  event.set_actor_party(kParty);
  event.set_actor_member(kMember);
  return event;
}

class AuthorCheckTest : public testing::Test {
 protected:
  AuthorCheckTest() { EXPECT_OK(check_.Check(Genesis())); }

  // `term_seconds`: when the member's term ends, since 1970; 0: never.
  ledger::Record Genesis(int64_t term_seconds = 0) {
    std::vector<event::v1::Event> events(7, ByMember());
    events[0].mutable_ledger_created()->set_origin(kOrigin);
    event::v1::KeyEnrolled& enrolled = *events[1].mutable_key_enrolled();
    enrolled.set_key(KeyName(member_));
    enrolled.set_party(kParty);
    enrolled.mutable_claim()->set_member(kMember);
    enrolled.mutable_claim()->set_algorithm(claim::v1::KEY_ALGORITHM_ECDSA_P256);
    enrolled.mutable_claim()->set_spki(member_.Spki());
    event::v1::SystemKeyEnrolled& system = *events[2].mutable_system_key_enrolled();
    system.set_key(KeyName(module_));
    system.set_algorithm(claim::v1::KEY_ALGORITHM_ED25519);
    system.set_spki(module_.Spki());
    event::v1::PartyRegistered& party = *events[3].mutable_party_registered();
    party.set_party(kParty);
    party.mutable_claim()->add_roles(claim::v1::PARTY_ROLE_COOPERATIVE);
    event::v1::MemberAdded& added = *events[4].mutable_member_added();
    added.set_member(kMember);
    added.mutable_claim()->set_party(kParty);
    added.mutable_claim()->set_role(claim::v1::MEMBER_ROLE_MANAGER);
    if (term_seconds > 0) added.mutable_claim()->mutable_until_time()->set_seconds(term_seconds);
    event::v1::SystemKeyEnrolled& audit = *events[5].mutable_system_key_enrolled();
    audit.set_key(KeyName(audit_));
    audit.set_module(std::string(kAuditModule));
    audit.set_algorithm(claim::v1::KEY_ALGORITHM_ED25519);
    audit.set_spki(audit_.Spki());
    event::v1::SystemKeyEnrolled& complaints = *events[6].mutable_system_key_enrolled();
    complaints.set_key(KeyName(complaints_));
    complaints.set_module("complaint");
    complaints.set_algorithm(claim::v1::KEY_ALGORITHM_ED25519);
    complaints.set_spki(complaints_.Spki());
    return Sign(member_, ledger::RecordKind::kGenesis, "/suyuan.ledger.v1/Create", "", events,
                "genesis", /*sequence=*/0);
  }
  // A record of the audit log: a report of `reported` beside what is kept.
  ledger::Record Sums(const rpc::SigningKey& key, const std::vector<event::v1::Event>& reported,
                      const std::vector<event::v1::Event>& kept) {
    event::v1::AccessReport report;
    report.set_number(1);
    report.set_events_hash(std::string(AsBytes(HashOfEvents(reported))));
    const std::string body = report.SerializeAsString();
    return Sign(key, ledger::RecordKind::kSystem, "/suyuan.ledger.v1.LedgerService/ReportAccess",
                body, kept, StrCat("/", UuidOf(body)));
  }
  // A loss, said in the request and again in the event.
  ledger::Record Loss(const rpc::SigningKey& key, int64_t asked, int64_t recorded,
                      const std::string& request_key = "A/request") {
    v1::RecordLossRequest request;
    request.set_request_id("request");
    request.mutable_loss()->mutable_quantity()->set_amount(asked);
    event::v1::Event event = ByMember();
    event.mutable_loss_recorded()->mutable_claim()->mutable_quantity()->set_amount(recorded);
    return Sign(key, ledger::RecordKind::kCommand, kRecordLoss, request.SerializeAsString(),
                {event}, request_key);
  }

  const rpc::SigningKey member_ = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  const rpc::SigningKey module_ = rpc::SigningKey::Generate(rpc::kEd25519);
  const rpc::SigningKey audit_ = rpc::SigningKey::Generate(rpc::kEd25519);
  const rpc::SigningKey complaints_ = rpc::SigningKey::Generate(rpc::kEd25519);
  AuthorCheck check_;
};

void ExpectRefused(const absl::Status& status, const std::string& why) {
  EXPECT_THAT(status, HasCode(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(std::string(status.message()), HasSubstr(why));
}

TEST_F(AuthorCheckTest, AcceptsWhatItsAuthorSigned) {
  EXPECT_EQ(check_.origin(), kOrigin);
  EXPECT_OK(check_.Check(Loss(member_, 5, 5)));
}

TEST_F(AuthorCheckTest, RefusesAKeyNobodyEnrolled) {
  ExpectRefused(check_.Check(Loss(rpc::SigningKey::Generate(rpc::kEcdsaP256), 5, 5)),
                "not enrolled");
}

TEST_F(AuthorCheckTest, RefusesASignatureOverOtherBytes) {
  ledger::Record record = Loss(member_, 5, 5);
  record.items[1].bytes = Loss(member_, 6, 6).items[1].bytes;
  ExpectRefused(check_.Check(record), "does not verify");
}

// The operator could write the event; he cannot make it say what was not signed.
TEST_F(AuthorCheckTest, RefusesAnEventThatSaysSomethingElse) {
  ExpectRefused(check_.Check(Loss(member_, 5, 6)), "something else");
}

TEST_F(AuthorCheckTest, RefusesASecondEventOfOneClaim) {
  ledger::Record record = Loss(member_, 5, 5);
  record.items.push_back(record.items.back());
  ExpectRefused(check_.Check(record), "something else");
}

TEST_F(AuthorCheckTest, RefusesAnotherActorsNameAndAnotherPartysRequestKey) {
  ledger::Record record = Loss(member_, 5, 5);
  event::v1::Event event = ByMember();
  event.set_actor_party("parties/B");
  record.items.back().bytes = event.SerializeAsString();
  ExpectRefused(check_.Check(record), "another actor");
  ExpectRefused(check_.Check(Loss(member_, 5, 5, "B/request")), "not the request's own");
}

TEST_F(AuthorCheckTest, RefusesWhatAKeySignsAfterItIsRevokedAndKeepsWhatItSignedBefore) {
  event::v1::Event event = ByMember();
  event.mutable_key_revoked()->mutable_claim()->set_key(KeyName(member_));
  v1::RevokeKeyRequest request;
  request.set_request_id("request");
  *request.mutable_revocation() = event.key_revoked().claim();
  EXPECT_OK(check_.Check(Loss(member_, 5, 5)));
  EXPECT_OK(check_.Check(Sign(member_, ledger::RecordKind::kCommand,
                              "/suyuan.v1.IdentityService/RevokeKey", request.SerializeAsString(),
                              {event})));
  ExpectRefused(check_.Check(Loss(member_, 7, 7)), "revoked");
}

TEST_F(AuthorCheckTest, AModulesKeyMayOnlyRestrict) {
  event::v1::Event extended, released;
  extended.mutable_recall_extended()->set_recall("recalls/A");
  released.mutable_hold_released();
  const auto act = [&](const event::v1::Event& event) {
    return check_.Check(Sign(module_, ledger::RecordKind::kSystem, "/suyuan.v1.RecallService/X", "",
                             {event}, StrCat("/", UuidOf(""))));
  };
  EXPECT_OK(act(extended));
  ExpectRefused(act(released), "does not restrict");
  ExpectRefused(check_.Check(Loss(module_, 5, 5)), "module's key");
}

// The audit log's key sums accesses and does nothing else; nobody else sums, and a sum is as
// signed.
TEST_F(AuthorCheckTest, OnlyTheAuditLogsKeySumsAccessesAndOnlyAsItSigned) {
  event::v1::Event sum, other, hold;
  sum.mutable_access_summed()->set_count(3);
  other.mutable_access_summed()->set_count(2);
  hold.mutable_hold_placed();
  EXPECT_OK(check_.Check(Sums(audit_, {sum}, {sum})));
  ExpectRefused(check_.Check(Sums(audit_, {sum}, {other})), "other sums");
  ExpectRefused(check_.Check(Sums(audit_, {sum, other}, {other, sum})), "other sums");
  ExpectRefused(check_.Check(Sums(audit_, {sum}, {})), "other sums");
  ExpectRefused(check_.Check(Sums(audit_, {hold}, {hold})), "the audit log's alone");
  ExpectRefused(check_.Check(Sums(module_, {sum}, {sum})), "the audit log's alone");
}

TEST_F(AuthorCheckTest, OnlyTheComplaintsKeyFilesAndOnlyWhatItSignedAndNothingElse) {
  event::v1::ComplaintFiled proposal;
  proposal.set_kind(claim::v1::COMPLAINT_KIND_ILLNESS);
  event::v1::Event filed, hold, other;
  *filed.mutable_complaint_filed() = proposal;
  filed.mutable_complaint_filed()->set_complaint("complaints/A");  // Derived.
  filed.mutable_complaint_filed()->set_party(kParty);
  other = filed;
  other.mutable_complaint_filed()->set_kind(claim::v1::COMPLAINT_KIND_OTHER);
  hold.mutable_hold_placed();
  const auto act = [&](const rpc::SigningKey& key, std::vector<event::v1::Event> events) {
    const std::string body = proposal.SerializeAsString();
    return check_.Check(Sign(key, ledger::RecordKind::kSystem,
                             "/suyuan.v1.ComplaintService/FileComplaint", body, std::move(events),
                             StrCat("/", UuidOf(body))));
  };
  EXPECT_OK(act(complaints_, {filed}));
  ExpectRefused(act(complaints_, {other}), "another complaint");
  ExpectRefused(act(complaints_, {filed, filed}), "another complaint");
  ExpectRefused(act(complaints_, {hold}), "another complaint");
  ExpectRefused(act(module_, {filed}), "its module's key alone");
  proposal.Clear();  // Signs nothing, and so may do nothing.
  ExpectRefused(act(complaints_, {hold}), "its module's key alone");
}

TEST_F(AuthorCheckTest, ACommandCannotFoundALedgerOrEnrolAModule) {
  event::v1::Event event = ByMember();
  event.mutable_system_key_enrolled()->set_key("keys/00");
  v1::RecordLossRequest request;
  request.set_request_id("request");
  ExpectRefused(check_.Check(Sign(member_, ledger::RecordKind::kCommand, kRecordLoss,
                                  request.SerializeAsString(), {event})),
                "nobody claimed");
}

// Everything in these records is of 1970, so that a time since then is an age.
TEST_F(AuthorCheckTest, AMembersTermAndAKeysAgeAreThoseOfTheRecordsTime) {
  const auto at = [&](const AuthorCheck& check, int64_t seconds) {
    ledger::Record record = Loss(member_, 5, 5);
    record.leaf.decided_micros = seconds * 1'000'000;
    return check.CheckAt(record);
  };
  constexpr int64_t kTwoYears = 2 * 365 * 24 * 3600;
  EXPECT_OK(at(check_, kTwoYears - 1));
  ExpectRefused(at(check_, kTwoYears), "does not allow");
  AuthorCheck with_term;
  ASSERT_OK(with_term.Check(Genesis(/*term_seconds=*/3600)));
  EXPECT_OK(at(with_term, 3599));
  ExpectRefused(at(with_term, 3600), "does not allow");
}

// What came later does not change what held before: records are checked after all were learnt.
TEST_F(AuthorCheckTest, ARightIsThatOfTheRecordsPosition) {
  const ledger::Record before = Loss(member_, 5, 5);
  event::v1::Event event = ByMember();
  event.mutable_key_revoked()->mutable_claim()->set_key(KeyName(member_));
  v1::RevokeKeyRequest request;
  request.set_request_id("request");
  *request.mutable_revocation() = event.key_revoked().claim();
  const ledger::Record revocation =
      Sign(member_, ledger::RecordKind::kCommand, "/suyuan.v1.IdentityService/RevokeKey",
           request.SerializeAsString(), {event});
  const ledger::Record after = Loss(member_, 5, 5);
  EXPECT_FALSE(AuthorCheck::Teaches(before));
  ASSERT_TRUE(AuthorCheck::Teaches(revocation));
  EXPECT_OK(check_.Learn(revocation));
  EXPECT_OK(check_.CheckAt(before));
  ExpectRefused(check_.CheckAt(after), "revoked");
}

}  // namespace
}  // namespace suyuan::store
