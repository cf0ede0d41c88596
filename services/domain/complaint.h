// A complaint 举报 as its stream folds to, its ticket, and the clocks that run. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "services/domain/states.h"
#include "storage/base/hash.h"
#include "suyuan/v1/complaint.pb.h"

namespace suyuan::domain {

// The module whose system key files complaints, and does nothing else.
inline constexpr std::string_view kComplaintModule = "complaint";

// Events as they change what is shown of a complaint; the first names it. Clocks and content are
// not among it. Nothing for events of other complaints.
void FoldComplaint(const EventAt& at, v1::Complaint* complaint);

struct ComplaintState final : StateOf<ComplaintState> {
  explicit ComplaintState(std::string_view stream) : StateOf(stream) {
    complaint.set_name(this->stream());
  }
  void Apply(const EventAt& at) override { FoldComplaint(at, &complaint); }
  v1::Complaint complaint;
};

bool IsOpen(const v1::Complaint& complaint);

// What the consumer is given: 20 characters in the shape of our ids, so that a mistyped one is
// found out. They come of a request id that is random and nobody else's.
std::string TicketOf(std::string_view ledger_id, std::string_view request_id);
// What the log has of it.
Hash TicketHash(std::string_view ticket);
// The complaint of a ticket, and the person of the vault that has its content: of the same id.
ComplaintId ComplaintOf(std::string_view ledger_id, const Hash& ticket_hash);
PersonId PersonOf(const ComplaintId& complaint);

// Working days until it is decided on whether a complaint is accepted. One that says how to reach
// the consumer may be a 投诉, which is decided on within 7 (市场监督管理投诉举报处理暂行办法
// Art. 14); of a 举报 it is decided within 15 whether there is a case (市场监督管理行政处罚程序规定
// Art. 18).
constexpr int kDecideDaysNamed = 7;
constexpr int kDecideDays = 15;
// From the acceptance on: 45 working days, after which a mediation ends (投诉举报处理暂行办法
// Art. 21); 90 days for the decision of a case (行政处罚程序规定 Art. 64).
constexpr int kAnswerDaysNamed = 45;
constexpr int kAnswerDays = 90;

// Fills decide_by_time, answer_by_time and overdue, as of `now`.
void ShowClocks(absl::Time now, int utc_offset_minutes, v1::Complaint* complaint);

}  // namespace suyuan::domain
