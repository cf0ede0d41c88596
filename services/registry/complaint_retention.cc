#include "services/registry/complaint_retention.h"

#include <utility>

#include "services/domain/complaint.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/registry/projection.h"
#include "services/rpc/listing.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::registry {
namespace {

constexpr int kLookedAtOnce = 100;  // Whoever files or lists waits for no more.

}  // namespace

void ComplaintRetention::SweepIfDue() {
  const MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  if (now - swept_ < absl::Hours(24)) return;
  const absl::StatusOr<bool> all = Sweep(now);
  if (!all.ok()) log::Error("complaints not erased", {{"status", all.status().ToString()}});
  if (!all.ok() || *all) swept_ = now;
}

absl::StatusOr<bool> ComplaintRetention::Sweep(absl::Time now) {
  const kv::Db& db = runner_->db();
  const std::unique_ptr<kv::Iterator> row = db.NewIterator(rpc::kLists);
  const std::string prefix = StrCat(kClosedComplaints, "|");
  row->Seek(after_.empty() ? prefix : after_);
  for (int looked = 0; row->Valid() && row->key().starts_with(prefix); row->Next()) {
    if (++looked > kLookedAtOnce) return false;
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
      const absl::Status erased = vault_->Erase(person);
      if (!erased.ok()) log::Error("not erased", {{"complaint", name}, {"why", erased.ToString()}});
      missed_ |= !erased.ok();
    }
    after_ = row->key();
  }
  if (!row->status().ok()) return row->status();
  if (std::exchange(missed_, false)) after_.clear();
  return true;
}

}  // namespace suyuan::registry
