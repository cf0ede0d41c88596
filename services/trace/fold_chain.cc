// What samplings, results, holds, shipments, labels and recalls leave in the trace view.
#include <algorithm>

#include "services/domain/deciders.h"
#include "services/trace/projection.h"
#include "services/trace/rows.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::trace {
namespace {

using event::v1::Event;

template <typename Change>
void ChangeBatch(Fold& fold, const std::string& name, Change change) {
  v1::Batch batch;
  if (!fold.rows.Get(kBatches, name, &batch)) return;
  change(batch);
  fold.rows.Put(kBatches, name, batch);
}

void RemoveFrom(google::protobuf::RepeatedPtrField<std::string>* list, const std::string& value) {
  list->erase(std::remove(list->begin(), list->end(), value), list->end());
}

void Sampled(Fold& fold, const event::v1::SampleTaken& event) {
  fold.rows.Put(kThings, event.sampling(), event);
  v1::TimelineEntry entry = fold.Entry("sample_taken", event.claim().occur());
  *entry.mutable_quantity() = event.claim().sample();
  entry.set_detail(claim::v1::SamplingPurpose_Name(event.claim().purpose()));
  entry.set_resource(event.sampling());
  fold.AddEntry(event.claim().batch(), std::move(entry));
}

// A result counts; `sequence` is its record's: what was recorded later stays before it.
void Judged(Fold& fold, const std::string& name, claim::v1::Verdict verdict, uint64_t sequence) {
  ChangeBatch(fold, name, [&](v1::Batch& batch) {
    if (static_cast<int64_t>(sequence) <= batch.verdict_sequence()) return;
    batch.set_verdict(verdict);
    batch.set_verdict_sequence(static_cast<int64_t>(sequence));
  });
}

void Resulted(Fold& fold, const event::v1::ResultRecorded& event) {
  event::v1::SampleTaken sampling;
  fold.rows.Get(kThings, event.claim().sampling(), &sampling);
  v1::Test test;
  test.set_batch(event.batch());
  test.set_lab_name(fold.at.event.actor_party());  // Resolved to its name when read.
  test.set_purpose(sampling.claim().purpose());
  *test.mutable_result() = event.claim();
  test.set_sequence(static_cast<int64_t>(fold.at.sequence));
  v1::TimelineEntry entry = fold.Entry("result_recorded", event.claim().occur());
  test.set_key(entry.key());
  *test.mutable_record_time() = entry.record_time();
  fold.rows.Put(kTests, TestKey(event.batch(), fold.at.sequence), test);
  if (domain::CountsAtOnce(event.claim())) {
    Judged(fold, event.batch(), event.claim().verdict(), fold.at.sequence);
    entry.set_detail(claim::v1::Verdict_Name(event.claim().verdict()));
  }
  entry.set_resource(event.result());
  fold.AddEntry(event.batch(), std::move(entry));
}

void Issued(Fold& fold, const event::v1::ResultIssued& event) {
  const auto sequence = static_cast<uint64_t>(event.sequence());
  v1::TimelineEntry entry = fold.Entry("result_issued", event.claim().occur());
  v1::Test test;
  if (fold.rows.Get(kTests, TestKey(event.batch(), sequence), &test)) {
    *test.mutable_issue_time() = entry.record_time();
    test.set_issue_key(entry.key());
    fold.rows.Put(kTests, TestKey(event.batch(), sequence), test);
  }
  Judged(fold, event.batch(), event.verdict(), sequence);
  entry.set_detail(claim::v1::Verdict_Name(event.verdict()));
  entry.set_resource(event.result());
  fold.AddEntry(event.batch(), std::move(entry));
}

void Held(Fold& fold, const event::v1::HoldPlaced& event) {
  fold.rows.Put(kThings, event.hold(), event);
  ChangeBatch(fold, event.batch(), [&](v1::Batch& batch) { batch.add_holds(event.hold()); });
  v1::TimelineEntry entry = fold.Entry("hold_placed", event.claim().occur());
  entry.set_detail(claim::v1::HoldCause_Name(event.cause()));
  entry.set_resource(event.hold());
  fold.AddEntry(event.batch(), std::move(entry));
}

void Released(Fold& fold, const event::v1::HoldReleased& event) {
  const claim::v1::Release& claim = event.claim();
  v1::TimelineEntry entry = fold.Entry("hold_released", claim.occur());
  ChangeBatch(fold, claim.batch(), [&](v1::Batch& batch) {
    RemoveFrom(batch.mutable_holds(), claim.hold());
    RemoveFrom(batch.mutable_released_holds(), claim.hold());
    batch.add_released_holds(claim.hold());
  });
  event::v1::Inheritance releases;
  fold.rows.Get(kThings, ReleasedKey(claim.batch()), &releases);
  event::v1::InheritedRelease release;
  release.set_hold(claim.hold());
  release.set_key(event.key());
  *release.mutable_record_time() = entry.record_time();
  auto* all = releases.mutable_releases();
  all->erase(std::remove_if(all->begin(), all->end(),
                            [&](const auto& one) { return one.hold() == claim.hold(); }),
             all->end());
  *all->Add() = std::move(release);
  fold.rows.Put(kThings, ReleasedKey(claim.batch()), releases);
  entry.set_detail(claim::v1::ReleaseBasis_Name(claim.basis()));
  entry.set_resource(claim.hold());
  fold.AddEntry(claim.batch(), std::move(entry));
}

void Dispatched(Fold& fold, const event::v1::ShipmentDispatched& event) {
  const claim::v1::Dispatch& claim = event.claim();
  v1::TimelineEntry entry = fold.Entry("shipment_dispatched", claim.occur());
  entry.set_site(claim.from_site());
  entry.set_resource(event.shipment());
  if (claim.has_keep()) *entry.mutable_keep() = claim.keep();
  for (const claim::v1::BatchQuantity& line : claim.lines()) {
    const auto& quantity = line.quantity();
    fold.Move(line.batch(), claim.from_site(), quantity.unit(), -quantity.amount());
    v1::Holding transit;
    transit.set_party(event.from_party());
    transit.set_shipment(event.shipment());
    *transit.mutable_quantity() = quantity;
    fold.rows.Put(kHoldings, HoldingKey(line.batch(), event.shipment()), transit);
    fold.Show(line.batch(), event.to_party());
    fold.Show(line.batch(), claim.carrier());
    *entry.mutable_quantity() = quantity;
    entry.set_detail(claim.to_site());
    fold.AddEntry(line.batch(), entry);
  }
}

// A shipment ends: each line leaves transit for the addressee, the sender or nowhere.
void Settled(Fold& fold, const google::protobuf::RepeatedPtrField<event::v1::SettledLine>& lines,
             const std::string& shipment, const std::string& from_site, const std::string& to_site,
             const v1::TimelineEntry& entry) {
  for (const event::v1::SettledLine& line : lines) {
    fold.rows.Delete(kHoldings, HoldingKey(line.batch(), shipment));
    fold.Move(line.batch(), to_site, line.unit(), line.received());
    fold.Move(line.batch(), from_site, line.unit(), line.returned());
    v1::TimelineEntry own = entry;
    own.set_site(to_site);
    own.set_resource(shipment);
    own.mutable_quantity()->set_unit(line.unit());
    own.mutable_quantity()->set_amount(line.received());
    if (line.received() != line.shipped()) own.set_detail("short");
    fold.AddEntry(line.batch(), std::move(own));
  }
}

void Received(Fold& fold, const event::v1::ShipmentReceived& event) {
  const claim::v1::Arrival& claim = event.claim();
  v1::TimelineEntry entry = fold.Entry("shipment_received", claim.occur());
  if (event.has_keep()) *entry.mutable_keep() = event.keep();
  if (claim.has_measured()) *entry.mutable_measured() = claim.measured();
  Settled(fold, event.lines(), claim.shipment(), event.from_site(), event.to_site(), entry);
}

// False for a drill, of which nothing is kept here: no batch, timeline or journey learns of it.
bool RecallKept(Fold& fold, const std::string& recall) {
  v1::OpenRecall kept;
  return fold.rows.Get(kThings, recall, &kept);
}

void InRecall(Fold& fold, const google::protobuf::RepeatedPtrField<std::string>& scope,
              const std::string& recall, const v1::TimelineEntry& entry) {
  for (const std::string& name : scope) {
    ChangeBatch(fold, name, [&](v1::Batch& batch) {
      const auto& recalls = batch.recalls();
      if (std::find(recalls.begin(), recalls.end(), recall) == recalls.end()) {
        batch.add_recalls(recall);
      }
    });
    fold.AddEntry(name, entry);
  }
}

void Opened(Fold& fold, const event::v1::RecallOpened& opened) {
  if (opened.claim().drill()) return;
  v1::OpenRecall kept;
  kept.set_recall(opened.recall());
  *kept.mutable_claim() = opened.claim();
  kept.set_party_name(fold.at.event.actor_party());  // Resolved to its name when read.
  v1::TimelineEntry entry = fold.Entry("recall_opened", opened.claim().occur());
  entry.set_detail(claim::v1::Hazard_Name(opened.claim().hazard()));
  entry.set_resource(opened.recall());
  *kept.mutable_record_time() = entry.record_time();
  fold.rows.Put(kThings, opened.recall(), kept);
  InRecall(fold, opened.scope(), opened.recall(), entry);
}

void Extended(Fold& fold, const event::v1::RecallExtended& extended) {
  if (!RecallKept(fold, extended.recall())) return;
  v1::TimelineEntry entry = fold.Entry("recall_extended", {});
  entry.set_resource(extended.recall());
  InRecall(fold, extended.scope(), extended.recall(), entry);
}

void Closed(Fold& fold, const event::v1::RecallClosed& event) {
  if (!RecallKept(fold, event.claim().recall())) return;
  v1::TimelineEntry entry = fold.Entry("recall_closed", event.claim().occur());
  entry.set_key(event.key());
  fold.rows.Put(kThings, ClosedKey(event.claim().recall()), entry);
}

}  // namespace

void FoldInspection(Fold& fold) {
  const Event& event = fold.at.event;
  switch (event.what_case()) {
    case Event::kSampleTaken:
      return Sampled(fold, event.sample_taken());
    case Event::kResultRecorded:
      return Resulted(fold, event.result_recorded());
    case Event::kResultIssued:
      return Issued(fold, event.result_issued());
    case Event::kHoldPlaced:
      return Held(fold, event.hold_placed());
    case Event::kHoldReleased:
      return Released(fold, event.hold_released());
    case Event::kLabelsIssued: {
      v1::TimelineEntry entry = fold.Entry("labels_issued", {});
      entry.set_detail(StrCat(event.labels_issued().claim().count()));
      entry.set_resource(event.labels_issued().run());
      return fold.AddEntry(event.labels_issued().claim().batch(), std::move(entry));
    }
    default:
      return;
  }
}

void FoldShipment(Fold& fold) {
  const Event& event = fold.at.event;
  if (event.has_shipment_dispatched()) return Dispatched(fold, event.shipment_dispatched());
  if (event.has_shipment_received()) return Received(fold, event.shipment_received());
  if (event.has_shipment_refused()) {
    const event::v1::ShipmentRefused& refused = event.shipment_refused();
    return Settled(fold, refused.lines(), refused.claim().shipment(), refused.from_site(),
                   refused.to_site(), fold.Entry("shipment_refused", refused.claim().occur()));
  }
}

void FoldRecall(Fold& fold) {
  const Event& event = fold.at.event;
  if (event.has_recall_opened()) return Opened(fold, event.recall_opened());
  if (event.has_recall_extended()) return Extended(fold, event.recall_extended());
  if (event.has_recall_closed()) return Closed(fold, event.recall_closed());
}

}  // namespace suyuan::trace
