#include "services/domain/complaint.h"

#include "services/domain/time.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::domain {
namespace {

using event::v1::Event;

void File(const EventAt& at, v1::Complaint* complaint) {
  const event::v1::ComplaintFiled& filed = at.event.complaint_filed();
  complaint->set_kind(filed.kind());
  complaint->set_batch(filed.batch());
  complaint->set_party(filed.party());
  complaint->set_stage(v1::COMPLAINT_STAGE_RECEIVED);
  complaint->set_contact(filed.contact());
  complaint->set_photos(filed.photos());
  *complaint->mutable_file_time() = StampOf(at.record_time);
  complaint->set_sequence(static_cast<int64_t>(at.sequence));
}

void Decide(const EventAt& at, v1::ComplaintStage stage, v1::Complaint* complaint) {
  complaint->set_stage(stage);
  complaint->set_authority(at.event.actor_party());
  *complaint->mutable_decide_time() = StampOf(at.record_time);
}

}  // namespace

void FoldComplaint(const EventAt& at, v1::Complaint* complaint) {
  const Event& event = at.event;
  const std::string& name = complaint->name();
  if (event.has_complaint_filed() && event.complaint_filed().complaint() == name) {
    File(at, complaint);
  } else if (event.complaint_accepted().claim().complaint() == name) {
    Decide(at, v1::COMPLAINT_STAGE_ACCEPTED, complaint);
  } else if (event.complaint_rejected().claim().complaint() == name) {
    Decide(at, v1::COMPLAINT_STAGE_REJECTED, complaint);
    complaint->set_cause(event.complaint_rejected().claim().cause());
    complaint->set_text(event.complaint_rejected().claim().text());
  } else if (event.complaint_answered().claim().complaint() == name) {
    complaint->set_stage(v1::COMPLAINT_STAGE_ANSWERED);
    complaint->set_authority(event.actor_party());
    *complaint->mutable_answer_time() = StampOf(at.record_time);
    complaint->set_outcome(event.complaint_answered().claim().outcome());
    complaint->set_text(event.complaint_answered().claim().text());
  }
}

bool IsOpen(const v1::Complaint& complaint) {
  return complaint.stage() == v1::COMPLAINT_STAGE_RECEIVED ||
         complaint.stage() == v1::COMPLAINT_STAGE_ACCEPTED;
}

std::string TicketOf(std::string_view ledger_id, std::string_view request_id) {
  return MakeId(ledger_id, "ticket", request_id, 0);
}

Hash TicketHash(std::string_view ticket) { return Sha256("suyuan-ticket-v1\n", ticket); }

ComplaintId ComplaintOf(std::string_view ledger_id, const Hash& ticket_hash) {
  return ComplaintId::FromId(MakeId(ledger_id, "complaint", HexOf(AsBytes(ticket_hash)), 0));
}

PersonId PersonOf(const ComplaintId& complaint) { return PersonId::FromId(complaint.id()); }

void ShowClocks(absl::Time now, int utc_offset_minutes, v1::Complaint* complaint) {
  const bool named = complaint->contact();
  const absl::Time decide_by = WorkingDaysAfter(
      TimeOf(complaint->file_time()), named ? kDecideDaysNamed : kDecideDays, utc_offset_minutes);
  *complaint->mutable_decide_by_time() = StampOf(decide_by);
  complaint->set_overdue(complaint->stage() == v1::COMPLAINT_STAGE_RECEIVED && now > decide_by);
  if (!complaint->has_decide_time() || complaint->stage() == v1::COMPLAINT_STAGE_REJECTED) return;
  const absl::Time accepted = TimeOf(complaint->decide_time());
  const absl::Time answer_by =
      named ? WorkingDaysAfter(accepted, kAnswerDaysNamed, utc_offset_minutes)
            : DaysAfter(accepted, kAnswerDays, utc_offset_minutes);
  *complaint->mutable_answer_by_time() = StampOf(answer_by);
  complaint->set_overdue(complaint->stage() == v1::COMPLAINT_STAGE_ACCEPTED && now > answer_by);
}

}  // namespace suyuan::domain
