// A complaint as its pages meet it.
#pragma once

#include <string>

#include "services/portal/page_complaint.h"
#include "tests/unit/portal/page_fixtures.h"

namespace suyuan::portal {

inline constexpr char kTicket[] = "SY01C9D8E7F6G5H4J3K2";

inline ComplaintDraft EmptyDraft() {
  ComplaintDraft draft;
  draft.id = "01234567-89ab-4def-8123-456789abcdef";
  return draft;
}

inline ComplaintDraft FullDraft() {
  ComplaintDraft draft = EmptyDraft();
  draft.about = "/t/7K2M9QX4RTV0ACDEFGHJ";
  draft.label = "7K2M9QX4RTV0ACDEFGHJ";
  draft.kind = claim::v1::COMPLAINT_KIND_SPOILED;
  draft.text = "在县城市场买的豇豆，第二天就烂了。";
  draft.contact = "13900000000";
  return draft;
}

inline v1::Complaint ReceivedComplaint() {
  v1::Complaint complaint;
  complaint.set_name("complaints/SY010A2B3C4D5E6F7G8H");
  complaint.set_kind(claim::v1::COMPLAINT_KIND_SPOILED);
  complaint.set_stage(v1::COMPLAINT_STAGE_RECEIVED);
  complaint.set_contact(true);
  complaint.set_sequence(7'341'905);
  *complaint.mutable_file_time() = domain::StampOf(At(3, 18, 20));
  *complaint.mutable_decide_by_time() = domain::StampOf(At(13, 0, 0));
  return complaint;
}

inline v1::Complaint AcceptedComplaint() {
  v1::Complaint complaint = ReceivedComplaint();
  complaint.set_stage(v1::COMPLAINT_STAGE_ACCEPTED);
  complaint.set_authority_name("禄丰市市场监督管理局");
  *complaint.mutable_decide_time() = domain::StampOf(At(4, 10, 0));
  *complaint.mutable_answer_by_time() = domain::StampOf(At(30, 0, 0));
  return complaint;
}

inline v1::Complaint AnsweredComplaint() {
  v1::Complaint complaint = AcceptedComplaint();
  complaint.set_stage(v1::COMPLAINT_STAGE_ANSWERED);
  complaint.set_outcome(claim::v1::COMPLAINT_OUTCOME_CONFIRMED);
  complaint.set_text("已责令下架并退款。");
  *complaint.mutable_answer_time() = domain::StampOf(At(6, 9, 0));
  return complaint;
}

}  // namespace suyuan::portal
