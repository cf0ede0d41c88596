// A complaint: every stage against every command, its ticket, and the clocks that run.
#include "services/domain/complaint.h"

#include <set>

#include "services/domain/chain_rules.h"
#include "storage/base/bytes.h"
#include "storage/base/uuid.h"
#include "tests/support/domain_world.h"

namespace suyuan::domain {
namespace {

using test::Fails;
using v1::ComplaintStage;

constexpr char kBatch[] = "batches/T3ST00000000000000B0";
constexpr char kParty[] = "parties/T3ST00000000000000P0";

Caller Officer(const std::string& region) {
  Caller caller;
  caller.party = PartyId::FromId("T3ST00000000000000R0");
  caller.member = MemberId::FromId("T3ST00000000000000M0");
  caller.role = claim::v1::MEMBER_ROLE_OFFICER;
  caller.party_roles = {claim::v1::PARTY_ROLE_REGULATOR};
  caller.regions = {region};
  return caller;
}

Caller Filer() {
  Caller caller;
  caller.system = true;
  caller.module = std::string(kComplaintModule);
  return caller;
}

class ComplaintTest : public testing::Test {
 protected:
  void SetUp() override {
    EXPECT_OK(world_.Run(Officer(""), [](World& world, Context&) -> Decided {
      Decision events(2);
      event::v1::PartyRegistered& party = *events[0].mutable_party_registered();
      party.set_party(kParty);
      party.mutable_claim()->set_region_code("532302");
      event::v1::BatchHarvested& harvested = *events[1].mutable_batch_harvested();
      harvested.set_batch(kBatch);
      harvested.set_party(kParty);
      RETURN_IF_ERROR(Begin(world, kParty));
      RETURN_IF_ERROR(Begin(world, kBatch));
      return events;
    }));
  }
  static event::v1::ComplaintFiled Proposal(const std::string& ticket, const std::string& batch) {
    event::v1::ComplaintFiled proposal;
    proposal.set_kind(claim::v1::COMPLAINT_KIND_SPOILED);
    proposal.set_batch(batch);
    proposal.set_ticket_hash(std::string(AsBytes(TicketHash(ticket))));
    proposal.set_private_root(std::string(32, 'r'));
    return proposal;
  }
  absl::StatusOr<Decision> FileAs(const Caller& caller, const event::v1::ComplaintFiled& proposal) {
    return world_.Run(caller, [&](World& world, Context& context) {
      return DecideFileComplaint(world, context, proposal);
    });
  }
  // Its name.
  std::string File(const std::string& batch = kBatch) {
    const std::string ticket = TicketOf("T3ST", RandomUuid());
    EXPECT_OK(FileAs(Filer(), Proposal(ticket, batch)));
    return ComplaintOf("T3ST", TicketHash(ticket)).name();
  }
  absl::Status Accept(const Caller& caller, const std::string& name) {
    claim::v1::ComplaintAcceptance claim;
    claim.set_complaint(name);
    *claim.mutable_occur() = world_.Now();
    return world_
        .Run(caller, [&](World& world,
                         Context& context) { return DecideAcceptComplaint(world, context, claim); })
        .status();
  }
  absl::Status Reject(const Caller& caller, const std::string& name) {
    claim::v1::ComplaintRejection claim;
    claim.set_complaint(name);
    claim.set_cause(claim::v1::COMPLAINT_REJECTION_CAUSE_NO_LEAD);
    *claim.mutable_occur() = world_.Now();
    return world_
        .Run(caller, [&](World& world,
                         Context& context) { return DecideRejectComplaint(world, context, claim); })
        .status();
  }
  absl::Status Answer(const Caller& caller, const std::string& name) {
    claim::v1::ComplaintAnswer claim;
    claim.set_complaint(name);
    claim.set_outcome(claim::v1::COMPLAINT_OUTCOME_CONFIRMED);
    claim.set_text("已责令下架。");
    *claim.mutable_occur() = world_.Now();
    return world_
        .Run(caller, [&](World& world,
                         Context& context) { return DecideAnswerComplaint(world, context, claim); })
        .status();
  }
  const v1::Complaint& Find(const std::string& name) const {
    return world_.Find<ComplaintState>(name)->complaint;
  }

  test::DomainWorld world_;
  const Caller officer_ = Officer("5323");
};

TEST_F(ComplaintTest, IsAcceptedThenAnsweredOrRejectedAndNothingElse) {
  const auto at = [this](ComplaintStage stage) {
    const std::string name = File();
    if (stage == v1::COMPLAINT_STAGE_REJECTED) {
      EXPECT_OK(Reject(officer_, name));
    }
    if (stage == v1::COMPLAINT_STAGE_ACCEPTED || stage == v1::COMPLAINT_STAGE_ANSWERED) {
      EXPECT_OK(Accept(officer_, name));
    }
    if (stage == v1::COMPLAINT_STAGE_ANSWERED) {
      EXPECT_OK(Answer(officer_, name));
    }
    EXPECT_EQ(Find(name).stage(), stage);
    return name;
  };
  for (int number = v1::COMPLAINT_STAGE_RECEIVED; number <= v1::COMPLAINT_STAGE_ANSWERED;
       ++number) {
    const auto stage = static_cast<ComplaintStage>(number);
    const bool received = stage == v1::COMPLAINT_STAGE_RECEIVED;
    const bool accepted = stage == v1::COMPLAINT_STAGE_ACCEPTED;
    const auto expect = [&](const absl::Status& status, bool allowed) {
      EXPECT_EQ(status.ok(), allowed) << number << ": " << status;
      if (!allowed) {
        EXPECT_THAT(status, Fails(v1::REASON_COMPLAINT_STAGE));
      }
    };
    expect(Accept(officer_, at(stage)), received);
    expect(Reject(officer_, at(stage)), received);
    expect(Answer(officer_, at(stage)), accepted);
  }
}

TEST_F(ComplaintTest, IsOfTheOfficersInWhoseJurisdictionTheBatchIs) {
  const std::string name = File();
  EXPECT_EQ(Find(name).party(), kParty);
  EXPECT_THAT(Accept(Officer("532301"), name), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Reject(Officer("53"), "complaints/T3ST00000000000000X0"),
              Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(Accept(Officer("532302"), name));
  EXPECT_THAT(Answer(Officer("532301"), name), Fails(v1::REASON_NOT_FOUND));
  // About no batch of ours it is everybody's.
  EXPECT_OK(Accept(Officer("532301"), File("")));
}

TEST_F(ComplaintTest, IsFiledByItsModuleAloneAndOnceATicket) {
  const auto proposal = Proposal(TicketOf("T3ST", RandomUuid()), kBatch);
  Caller recall = Filer();
  recall.module = "recall";
  EXPECT_THAT(FileAs(recall, proposal), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(FileAs(officer_, proposal), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_OK(FileAs(Filer(), proposal));
  EXPECT_THAT(FileAs(Filer(), proposal), Fails(v1::REASON_ALREADY_EXISTS));
  auto wrong = Proposal(TicketOf("T3ST", RandomUuid()), "batches/T3ST00000000000000X0");
  EXPECT_THAT(FileAs(Filer(), wrong), Fails(v1::REASON_NOT_FOUND));
  wrong = Proposal(TicketOf("T3ST", RandomUuid()), kBatch);
  wrong.set_ticket_hash("short");
  EXPECT_THAT(FileAs(Filer(), wrong), Fails(v1::REASON_FIELD_MALFORMED));
  wrong.set_ticket_hash(std::string(32, 't'));
  wrong.clear_private_root();
  EXPECT_THAT(FileAs(Filer(), wrong), Fails(v1::REASON_FIELD_MALFORMED));
}

TEST(TicketTest, IsAnIdThatNeitherLogNorComplaintGivesAway) {
  std::set<std::string> tickets;
  for (int i = 0; i < 1000; ++i) {
    const std::string ticket = TicketOf("T3ST", RandomUuid());
    EXPECT_TRUE(ValidId(ticket)) << ticket;
    EXPECT_NE(ComplaintOf("T3ST", TicketHash(ticket)).id(), ticket);
    tickets.insert(ticket);
  }
  EXPECT_EQ(tickets.size(), 1000u);
  // For ever: what somebody wrote down must still be found.
  EXPECT_EQ(TicketOf("T3ST", "01234567-89ab-4def-8123-456789abcdef"), "T3STSZ4GC8MDVB9TWFC0");
  EXPECT_EQ(HexOf(AsBytes(TicketHash("T3ST0000000000000000"))),
            "9a357963058ea02b837f3f23d2475a5a00717dc3fc36b1bed7ddfe89f929ceb7");
}

absl::Time Local(int year, int month, int day, int hour) {
  return absl::FromCivil(absl::CivilHour(year, month, day, hour), absl::FixedTimeZone(480 * 60));
}

// Friday 27 November 2026: the day itself does not count, nor do Saturday and Sunday.
TEST(ClockTest, CountsWorkingDaysFromTheDayAfter) {
  for (const int hour : {0, 12, 23}) {
    EXPECT_EQ(WorkingDaysAfter(Local(2026, 11, 27, hour), 1, 480), Local(2026, 12, 1, 0));
    EXPECT_EQ(WorkingDaysAfter(Local(2026, 11, 27, hour), 7, 480), Local(2026, 12, 9, 0));
    EXPECT_EQ(WorkingDaysAfter(Local(2026, 11, 27, hour), 15, 480), Local(2026, 12, 19, 0));
    EXPECT_EQ(DaysAfter(Local(2026, 11, 27, hour), 90, 480), Local(2027, 2, 26, 0));
  }
  EXPECT_EQ(WorkingDaysAfter(Local(2026, 11, 28, 9), 1, 480), Local(2026, 12, 1, 0));
}

v1::Complaint ShownAt(absl::Time now, bool contact, absl::Time accepted = absl::InfinitePast()) {
  v1::Complaint complaint;
  complaint.set_stage(v1::COMPLAINT_STAGE_RECEIVED);
  complaint.set_contact(contact);
  *complaint.mutable_file_time() = StampOf(Local(2026, 11, 27, 9));
  if (accepted != absl::InfinitePast()) {
    complaint.set_stage(v1::COMPLAINT_STAGE_ACCEPTED);
    *complaint.mutable_decide_time() = StampOf(accepted);
  }
  ShowClocks(now, 480, &complaint);
  return complaint;
}

TEST(ClockTest, OneWhoCanBeReachedIsToldSooner) {
  EXPECT_EQ(TimeOf(ShownAt(Local(2026, 11, 27, 10), true).decide_by_time()), Local(2026, 12, 9, 0));
  EXPECT_EQ(TimeOf(ShownAt(Local(2026, 11, 27, 10), false).decide_by_time()),
            Local(2026, 12, 19, 0));
  const absl::Time accepted = Local(2026, 12, 1, 9);
  EXPECT_EQ(TimeOf(ShownAt(accepted, true, accepted).answer_by_time()), Local(2027, 2, 3, 0));
  EXPECT_EQ(TimeOf(ShownAt(accepted, false, accepted).answer_by_time()), Local(2027, 3, 2, 0));
  EXPECT_FALSE(ShownAt(accepted, false).has_answer_by_time());
}

TEST(ClockTest, IsOverdueOnceTheDayIsOverAndNotAfterItIsDone) {
  EXPECT_FALSE(ShownAt(Local(2026, 12, 8, 23), true).overdue());
  EXPECT_TRUE(ShownAt(Local(2026, 12, 9, 1), true).overdue());
  EXPECT_FALSE(ShownAt(Local(2026, 12, 9, 1), false).overdue());
  const absl::Time accepted = Local(2026, 12, 1, 9);
  EXPECT_FALSE(ShownAt(Local(2027, 3, 1, 23), false, accepted).overdue());
  EXPECT_TRUE(ShownAt(Local(2027, 3, 2, 1), false, accepted).overdue());
  v1::Complaint answered = ShownAt(Local(2026, 12, 2, 9), false, accepted);
  answered.set_stage(v1::COMPLAINT_STAGE_ANSWERED);
  ShowClocks(Local(2030, 1, 1, 0), 480, &answered);
  EXPECT_FALSE(answered.overdue());
}

}  // namespace
}  // namespace suyuan::domain
