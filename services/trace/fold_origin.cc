// What registrations, harvests, splits, merges, gradings and losses leave in the trace view.
#include "services/domain/states_identity.h"
#include "services/trace/projection.h"
#include "services/trace/rows.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::trace {
namespace {

using event::v1::Event;

v1::Batch Derived(const event::v1::DerivedBatch& output, v1::BatchKind kind,
                  const std::string& product, const std::string& party) {
  v1::Batch batch;
  batch.set_name(output.batch());
  batch.set_product(product);
  batch.set_party(party);
  batch.set_kind(kind);
  batch.set_grade(output.grade());
  *batch.mutable_quantity() = output.quantity();
  return batch;
}

void Harvested(Fold& fold, const event::v1::BatchHarvested& event) {
  const claim::v1::Harvest& claim = event.claim();
  v1::Batch batch;
  batch.set_name(event.batch());
  batch.set_product(claim.product());
  batch.set_party(event.party());
  batch.set_kind(v1::BATCH_KIND_HARVEST);
  *batch.mutable_quantity() = claim.quantity();
  fold.rows.Put(kThings, StrCat("harvest|", event.batch()), event);
  fold.NewBatch(std::move(batch), claim.site());
  v1::TimelineEntry entry = fold.Entry("batch_harvested", claim.occur());
  entry.set_site(claim.site());
  *entry.mutable_quantity() = claim.quantity();
  fold.AddEntry(event.batch(), std::move(entry));
}

void Split(Fold& fold, const event::v1::BatchSplit& event) {
  const claim::v1::Split& claim = event.claim();
  int64_t total = 0;
  v1::TimelineEntry entry = fold.Entry("batch_split", claim.occur());
  entry.set_site(claim.site());
  for (const event::v1::DerivedBatch& output : event.outputs()) {
    total += output.quantity().amount();
    v1::Batch batch = Derived(output, v1::BATCH_KIND_SPLIT, event.product(), event.origin_party());
    fold.Inherit(event.inheritance(), &batch);
    fold.NewBatch(std::move(batch), claim.site());
    fold.AddEdge(claim.batch(), output.batch(), output.quantity());
    *entry.mutable_quantity() = output.quantity();
    entry.set_resource(claim.batch());
    fold.AddEntry(output.batch(), entry);
  }
  fold.Move(claim.batch(), claim.site(), entry.quantity().unit(), -total);
  entry.mutable_quantity()->set_amount(total);
  entry.set_resource("");
  entry.set_detail(StrCat(event.outputs_size()));
  fold.AddEntry(claim.batch(), std::move(entry));
}

void Merged(Fold& fold, const event::v1::BatchesMerged& event) {
  const claim::v1::Merge& claim = event.claim();
  v1::Batch batch =
      Derived(event.output(), v1::BATCH_KIND_MERGE, event.product(), event.origin_party());
  fold.Inherit(event.inheritance(), &batch);
  fold.NewBatch(std::move(batch), claim.site());
  v1::TimelineEntry entry = fold.Entry("batches_merged", claim.occur());
  entry.set_site(claim.site());
  for (const claim::v1::BatchQuantity& input : claim.inputs()) {
    fold.AddEdge(input.batch(), event.output().batch(), input.quantity());
    fold.Move(input.batch(), claim.site(), input.quantity().unit(), -input.quantity().amount());
    *entry.mutable_quantity() = input.quantity();
    entry.set_resource(event.output().batch());
    fold.AddEntry(input.batch(), entry);
  }
  *entry.mutable_quantity() = event.output().quantity();
  entry.set_resource("");
  entry.set_detail(StrCat(claim.inputs_size()));
  fold.AddEntry(event.output().batch(), std::move(entry));
}

void Graded(Fold& fold, const event::v1::BatchGraded& event) {
  const claim::v1::Grading& claim = event.claim();
  const claim::v1::BatchQuantity& input = claim.input();
  v1::TimelineEntry entry = fold.Entry("batch_graded", claim.occur());
  entry.set_site(claim.site());
  for (const event::v1::DerivedBatch& output : event.outputs()) {
    v1::Batch batch = Derived(output, v1::BATCH_KIND_GRADE, event.product(), event.origin_party());
    fold.Inherit(event.inheritance(), &batch);
    fold.NewBatch(std::move(batch), claim.site());
    fold.AddEdge(input.batch(), output.batch(), output.quantity());
    *entry.mutable_quantity() = output.quantity();
    entry.set_detail(output.grade());
    entry.set_resource(input.batch());
    fold.AddEntry(output.batch(), entry);
  }
  fold.Move(input.batch(), claim.site(), input.quantity().unit(), -input.quantity().amount());
  *entry.mutable_quantity() = input.quantity();
  entry.set_detail(StrCat(event.outputs_size()));
  entry.set_resource("");
  fold.AddEntry(input.batch(), std::move(entry));
}

void Lost(Fold& fold, const claim::v1::Loss& claim) {
  fold.Move(claim.batch(), claim.site(), claim.quantity().unit(), -claim.quantity().amount());
  v1::TimelineEntry entry = fold.Entry("loss_recorded", claim.occur());
  entry.set_site(claim.site());
  *entry.mutable_quantity() = claim.quantity();
  entry.set_detail(claim::v1::LossCause_Name(claim.cause()));
  fold.AddEntry(claim.batch(), std::move(entry));
}

}  // namespace

void FoldRegistry(Fold& fold) {
  const Event& event = fold.at.event;
  if (const claim::v1::KeyRevocation* revocation = domain::RevocationIn(event)) {
    fold.rows.Put(kThings, RevokedKey(revocation->key()), *revocation);
  }
  if (event.change_approved().what().has_attestation()) {
    const std::string& key = event.change_approved().what().attestation().key();
    const int64_t micros = absl::ToUnixMicros(fold.at.record_time);
    fold.rows.Put(kThings, AttestedKey(key) + BigEndian64(static_cast<uint64_t>(micros)),
                  event.change_approved());
  }
  switch (event.what_case()) {
    case Event::kPartyRegistered:
      fold.rows.Put(kThings, event.party_registered().party(), event.party_registered());
      break;
    case Event::kSiteRegistered:
      fold.rows.Put(kThings, event.site_registered().site(), event.site_registered());
      break;
    case Event::kPlotRegistered:
      fold.rows.Put(kThings, event.plot_registered().plot(), event.plot_registered());
      break;
    case Event::kProductRegistered:
      fold.rows.Put(kThings, event.product_registered().product(), event.product_registered());
      break;
    default:
      break;
  }
}

void FoldOrigin(Fold& fold) {
  const Event& event = fold.at.event;
  switch (event.what_case()) {
    case Event::kBatchHarvested:
      return Harvested(fold, event.batch_harvested());
    case Event::kBatchSplit:
      return Split(fold, event.batch_split());
    case Event::kBatchesMerged:
      return Merged(fold, event.batches_merged());
    case Event::kBatchGraded:
      return Graded(fold, event.batch_graded());
    case Event::kLossRecorded:
      return Lost(fold, event.loss_recorded().claim());
    default:
      return;
  }
}

}  // namespace suyuan::trace
