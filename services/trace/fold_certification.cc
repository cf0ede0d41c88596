// What certifications leave in the trace view: a row for each product they cover.
#include "services/trace/projection.h"
#include "services/trace/rows.h"
#include "storage/base/text.h"

namespace suyuan::trace {
namespace {

void Recorded(Fold& fold, const event::v1::CertificationRecorded& event) {
  const claim::v1::Certification& claim = event.claim();
  fold.rows.Put(kThings, event.certification(), event);
  const v1::TimelineEntry entry = fold.Entry("certification_recorded", {});
  v1::HeldCertification held;
  held.set_certification(event.certification());
  held.set_scheme(claim.scheme());
  held.set_number(claim.number());
  held.set_body(claim.body());
  held.set_from_date(claim.from_date());
  held.set_until_date(claim.until_date());
  held.set_authority_name(entry.party());  // Resolved to its name when read.
  held.set_sequence(static_cast<int64_t>(fold.at.sequence));
  held.set_key(entry.key());
  *held.mutable_record_time() = entry.record_time();
  for (const std::string& product : claim.products()) {
    fold.rows.Put(kThings, CertifiedKey(claim.holder(), product, event.certification()), held);
  }
}

void Ended(Fold& fold, const claim::v1::CertificationEnd& claim) {
  event::v1::CertificationRecorded recorded;
  if (!fold.rows.Get(kThings, claim.certification(), &recorded)) return;
  // Who said so, for that may come to be disputed; an error may be said of what has ended.
  v1::TimelineEntry entry = fold.Entry("certification_ended", {});
  const std::string end = CertificationEndKey(claim.certification());
  v1::TimelineEntry before;
  if (fold.rows.Get(kThings, end, &before)) entry.set_detail("again");
  fold.rows.Put(kThings, end, entry);
  for (const std::string& product : recorded.claim().products()) {
    const std::string key = CertifiedKey(recorded.claim().holder(), product, claim.certification());
    v1::HeldCertification held;
    if (!fold.rows.Get(kThings, key, &held)) continue;
    *held.mutable_end() = claim;
    fold.rows.Put(kThings, key, held);
  }
}

}  // namespace

void FoldCertification(Fold& fold) {
  const event::v1::Event& event = fold.at.event;
  if (event.has_certification_recorded()) Recorded(fold, event.certification_recorded());
  if (event.has_certification_ended()) Ended(fold, event.certification_ended().claim());
}

}  // namespace suyuan::trace
