#include "services/registry/complaint_retention.h"

#include "services/domain/complaint.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/registry/projection.h"
#include "services/rpc/listing.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::registry {

void ComplaintRetention::SweepIfDue() {
  const MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  if (now - swept_ < absl::Hours(24)) return;
  swept_ = now;
  const absl::Status swept = Sweep(now);
  if (!swept.ok()) log::Error("complaints not erased", {{"status", swept.ToString()}});
}

absl::Status ComplaintRetention::Sweep(absl::Time now) {
  const kv::Db& db = runner_->db();
  const std::unique_ptr<kv::Iterator> row = db.NewIterator(rpc::kLists);
  const std::string prefix = StrCat(kClosedComplaints, "|");
  row->Seek(after_.empty() ? prefix : after_);
  for (; row->Valid() && row->key().starts_with(prefix); row->Next()) {
    const std::string name(row->value());
    v1::Complaint complaint;
    ASSIGN_OR_RETURN(const bool found, rpc::FindThing(db, name, &complaint));
    if (!found) return absl::DataLossError(StrCat("no such complaint: ", name));
    const absl::Time closed = domain::TimeOf(complaint.has_answer_time() ? complaint.answer_time()
                                                                         : complaint.decide_time());
    if (now - closed < absl::Hours(24 * kComplaintKeptDays)) break;  // So are all that follow.
    const std::string person = domain::PersonOf(domain::ComplaintId::FromName(name)).name();
    // Once erased it is left alone: overwriting its key again would be a sync each.
    if (domain::ReasonOf(vault_->Load(person).status()) != v1::REASON_ERASED) {
      RETURN_IF_ERROR(vault_->Erase(person));
    }
    after_ = row->key();
  }
  return row->status();
}

}  // namespace suyuan::registry
