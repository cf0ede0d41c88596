#include "services/trace/projection.h"

#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/time_util.h"
#include "services/store/events.h"
#include "services/trace/rows.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::trace {
namespace {

using google::protobuf::util::TimeUtil;

google::protobuf::Timestamp Stamp(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(ToMicros(time));
}

}  // namespace

std::vector<kv::Family> TraceProjection::families() const { return ViewFamilies(); }

absl::Status TraceProjection::Apply(const ledger::Record& record, index::Rows& rows) {
  Scratch scratch(rows);
  const std::string key = StrCat("keys/", HexOf(record.authorship().key_id));
  RETURN_IF_ERROR(store::ForEachEvent(record, [&](const domain::EventAt& at) {
    Fold fold{at, scratch, key};
    FoldRegistry(fold);
    FoldOrigin(fold);
    FoldCertification(fold);
    FoldInspection(fold);
    FoldShipment(fold);
    FoldRecall(fold);
    return scratch.status();
  }));
  rows.Put(kThings, kSizeKey, BigEndian64(record.leaf.sequence + 1));
  return absl::OkStatus();
}

v1::TimelineEntry Fold::Entry(std::string_view kind, const claim::v1::When& occur) const {
  v1::TimelineEntry entry;
  entry.set_event(StrCat(at.sequence, ".", at.index));
  entry.set_kind(std::string(kind));
  if (occur.has_time()) *entry.mutable_occur_time() = occur.time();
  *entry.mutable_record_time() = Stamp(at.record_time);
  entry.set_party(at.event.actor_party());
  entry.set_key(key);
  return entry;
}

void Fold::AddEntry(const std::string& batch, v1::TimelineEntry entry) {
  rows.Put(kTimeline, TimelineKey(batch, at.sequence, at.index), entry);
}

void Fold::Show(const std::string& name, const std::string& party) {
  v1::Batch batch;
  if (party.empty() || !rows.Get(kBatches, name, &batch)) return;
  rows.PutBytes(kBatches, SeenKey(party, static_cast<uint64_t>(batch.sequence()), name), name);
}

void Fold::NewBatch(v1::Batch batch, const std::string& site) {
  batch.set_sequence(static_cast<int64_t>(at.sequence));
  *batch.mutable_record_time() = Stamp(at.record_time);
  rows.Put(kBatches, batch.name(), batch);
  // Batches of one record are listed in one row's order by their name.
  for (const std::string& list :
       {std::string("all"), StrCat("party|", batch.party()), StrCat("product|", batch.product())}) {
    rows.PutBytes(kBatches, StrCat(BatchListKey(list, at.sequence, at.index), batch.name()),
                  batch.name());
  }
  Show(batch.name(), batch.party());
  if (batch.quantity().amount() == 0) return;
  v1::Holding holding = NewHolding(batch.name(), site);
  *holding.mutable_quantity() = batch.quantity();
  PutHolding(batch.name(), holding);
}

void Fold::AddEdge(const std::string& parent, const std::string& child,
                   const claim::v1::Quantity& quantity) {
  claim::v1::BatchQuantity in, out;
  in.set_batch(parent);
  *in.mutable_quantity() = quantity;
  out.set_batch(child);
  *out.mutable_quantity() = quantity;
  rows.Put(kEdges, InEdgeKey(child, parent), in);
  rows.Put(kEdges, OutEdgeKey(parent, child), out);
}

v1::Holding Fold::NewHolding(const std::string& batch, const std::string& site) {
  event::v1::SiteRegistered registered;
  rows.Get(kThings, site, &registered);
  Show(batch, registered.party());
  v1::Holding holding;
  holding.set_site(site);
  holding.set_party(registered.party());
  return holding;
}

void Fold::PutHolding(const std::string& batch, const v1::Holding& holding) {
  const std::string key = HoldingKey(batch, holding.site());
  rows.Put(kHoldings, key, holding);
  rows.PutBytes(kHoldings, StockKey(holding.party(), holding.site(), batch), key);
}

void Fold::Move(const std::string& batch, const std::string& site, claim::v1::Unit unit,
                int64_t amount) {
  if (amount == 0) return;
  v1::Holding holding;
  if (!rows.Get(kHoldings, HoldingKey(batch, site), &holding)) {
    holding = NewHolding(batch, site);
    holding.mutable_quantity()->set_unit(unit);
  }
  holding.mutable_quantity()->set_amount(holding.quantity().amount() + amount);
  if (holding.quantity().amount() == 0) {
    rows.Delete(kHoldings, HoldingKey(batch, site));
    rows.Delete(kHoldings, StockKey(holding.party(), site, batch));
    return;
  }
  PutHolding(batch, holding);
}

void Fold::Inherit(const event::v1::Inheritance& inheritance, v1::Batch* batch) const {
  *batch->mutable_holds() = inheritance.holds();
  *batch->mutable_recalls() = inheritance.recalls();
  if (inheritance.releases().empty()) return;
  for (const event::v1::InheritedRelease& release : inheritance.releases()) {
    batch->add_released_holds(release.hold());
  }
  event::v1::Inheritance releases;
  *releases.mutable_releases() = inheritance.releases();
  rows.Put(kThings, ReleasedKey(batch->name()), releases);
}

}  // namespace suyuan::trace
