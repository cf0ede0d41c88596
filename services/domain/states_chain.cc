// Batches, what stands of them where, and what is on its way.
#include <algorithm>

#include "services/domain/deciders.h"
#include "services/domain/states.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

using event::v1::Event;

bool Names(const google::protobuf::RepeatedPtrField<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

void BatchState::Derive(const EventAt& at, const event::v1::DerivedBatch& output,
                        v1::BatchKind derived, const std::string& of_product,
                        const std::string& origin, const event::v1::Inheritance& inheritance) {
  if (output.batch() != stream()) return;
  kind = derived;
  product = of_product;
  party = origin;
  maker = at.event.actor_party();
  quantity = output.quantity();
  grade = output.grade();
  holds.insert(inheritance.holds().begin(), inheritance.holds().end());
  recalls.assign(inheritance.recalls().begin(), inheritance.recalls().end());
  for (const event::v1::InheritedRelease& release : inheritance.releases()) {
    releases.push_back({release.hold(), release.key(), TimeOf(release.record_time())});
  }
  sequence = at.sequence;
  record_time = at.record_time;
}

void BatchState::Released(const event::v1::HoldReleased& event, absl::Time time) {
  if (event.claim().batch() != stream()) return;
  const std::string& hold = event.claim().hold();
  holds.erase(hold);
  std::erase_if(releases, [&](const Release& release) { return release.hold == hold; });
  if (!event.key().empty()) releases.push_back({hold, event.key(), time});
}

void BatchState::Apply(const EventAt& at) {
  const Event& event = at.event;
  const auto in_recall = [&](const auto& scope, const std::string& recall) {
    const bool known = std::find(recalls.begin(), recalls.end(), recall) != recalls.end();
    if (!known && Names(scope, stream())) recalls.push_back(recall);
  };
  switch (event.what_case()) {
    case Event::kBatchHarvested: {
      if (event.batch_harvested().batch() != stream()) return;
      event::v1::DerivedBatch whole;
      whole.set_batch(stream());
      *whole.mutable_quantity() = event.batch_harvested().claim().quantity();
      return Derive(at, whole, v1::BATCH_KIND_HARVEST, event.batch_harvested().claim().product(),
                    event.batch_harvested().party(), {});
    }
    case Event::kBatchSplit:
      for (const event::v1::DerivedBatch& output : event.batch_split().outputs()) {
        Derive(at, output, v1::BATCH_KIND_SPLIT, event.batch_split().product(),
               event.batch_split().origin_party(), event.batch_split().inheritance());
      }
      return;
    case Event::kBatchesMerged:
      return Derive(at, event.batches_merged().output(), v1::BATCH_KIND_MERGE,
                    event.batches_merged().product(), event.batches_merged().origin_party(),
                    event.batches_merged().inheritance());
    case Event::kBatchGraded:
      for (const event::v1::DerivedBatch& output : event.batch_graded().outputs()) {
        Derive(at, output, v1::BATCH_KIND_GRADE, event.batch_graded().product(),
               event.batch_graded().origin_party(), event.batch_graded().inheritance());
      }
      return;
    case Event::kResultRecorded:
      if (event.result_recorded().batch() == stream() &&
          CountsAtOnce(event.result_recorded().claim())) {
        verdict = event.result_recorded().claim().verdict();
        verdict_sequence = at.sequence;
      }
      return;
    case Event::kResultIssued: {
      const event::v1::ResultIssued& issued = event.result_issued();
      const auto recorded = static_cast<uint64_t>(issued.sequence());
      if (issued.batch() == stream() && recorded > verdict_sequence) {
        verdict = issued.verdict();
        verdict_sequence = recorded;
      }
      return;
    }
    case Event::kHoldPlaced:
      if (event.hold_placed().batch() == stream()) holds.insert(event.hold_placed().hold());
      return;
    case Event::kHoldReleased:
      return Released(event.hold_released(), at.record_time);
    case Event::kRecallOpened:
      return in_recall(event.recall_opened().scope(), event.recall_opened().recall());
    case Event::kRecallExtended:
      return in_recall(event.recall_extended().scope(), event.recall_extended().recall());
    default:
      return;
  }
}

HoldingState::HoldingState(std::string_view stream) : StateOf(stream) {
  const size_t first = stream.find('/'), second = stream.rfind('/');
  batch_ = BatchId::FromId(stream.substr(first + 1, second - first - 1)).name();
  site_ = SiteId::FromId(stream.substr(second + 1)).name();
}

void HoldingState::Add(const std::string& batch, const std::string& site, claim::v1::Unit of_unit,
                       int64_t amount) {
  if (batch != batch_ || site != site_) return;
  unit = of_unit;
  available += amount;
  // Every writer checked it at this version; below zero means that the log was not written by us.
  SUYUAN_CHECK(available >= 0);
}

void HoldingState::Apply(const EventAt& at) {
  const Event& event = at.event;
  const auto add = [this](const std::string& batch, const std::string& site,
                          const claim::v1::Quantity& quantity, int sign) {
    Add(batch, site, quantity.unit(), sign * quantity.amount());
  };
  const auto settle = [this](const auto& settled) {
    for (const event::v1::SettledLine& line : settled.lines()) {
      Add(line.batch(), settled.to_site(), line.unit(), line.received());
      Add(line.batch(), settled.from_site(), line.unit(), line.returned());
    }
  };
  switch (event.what_case()) {
    case Event::kBatchHarvested: {
      const claim::v1::Harvest& claim = event.batch_harvested().claim();
      return add(event.batch_harvested().batch(), claim.site(), claim.quantity(), 1);
    }
    case Event::kBatchSplit: {
      const claim::v1::Split& claim = event.batch_split().claim();
      for (const event::v1::DerivedBatch& output : event.batch_split().outputs()) {
        add(output.batch(), claim.site(), output.quantity(), 1);
        add(claim.batch(), claim.site(), output.quantity(), -1);
      }
      return;
    }
    case Event::kBatchesMerged: {
      const claim::v1::Merge& claim = event.batches_merged().claim();
      for (const claim::v1::BatchQuantity& input : claim.inputs()) {
        add(input.batch(), claim.site(), input.quantity(), -1);
      }
      const event::v1::DerivedBatch& output = event.batches_merged().output();
      return add(output.batch(), claim.site(), output.quantity(), 1);
    }
    case Event::kBatchGraded: {
      const claim::v1::Grading& claim = event.batch_graded().claim();
      add(claim.input().batch(), claim.site(), claim.input().quantity(), -1);
      for (const event::v1::DerivedBatch& output : event.batch_graded().outputs()) {
        add(output.batch(), claim.site(), output.quantity(), 1);
      }
      return;
    }
    case Event::kLossRecorded: {
      const claim::v1::Loss& claim = event.loss_recorded().claim();
      return add(claim.batch(), claim.site(), claim.quantity(), -1);
    }
    case Event::kShipmentDispatched: {
      const claim::v1::Dispatch& claim = event.shipment_dispatched().claim();
      for (const claim::v1::BatchQuantity& line : claim.lines()) {
        add(line.batch(), claim.from_site(), line.quantity(), -1);
      }
      return;
    }
    case Event::kShipmentReceived:
      return settle(event.shipment_received());
    case Event::kShipmentRefused:
      return settle(event.shipment_refused());
    default:
      return;
  }
}

void ShipmentState::Apply(const EventAt& at) {
  const Event& event = at.event;
  if (event.shipment_dispatched().shipment() == stream()) {
    from_party = event.shipment_dispatched().from_party();
    to_party = event.shipment_dispatched().to_party();
    claim = event.shipment_dispatched().claim();
    state = v1::SHIPMENT_STATE_IN_TRANSIT;
    record_time = at.record_time;
  } else if (event.shipment_received().claim().shipment() == stream()) {
    const auto& lines = event.shipment_received().lines();
    const bool full = std::all_of(lines.begin(), lines.end(), [](const auto& line) {
      return line.received() == line.shipped();
    });
    state = full ? v1::SHIPMENT_STATE_RECEIVED : v1::SHIPMENT_STATE_RECEIVED_IN_PART;
  } else if (event.shipment_refused().claim().shipment() == stream()) {
    state = v1::SHIPMENT_STATE_REFUSED;
  }
}

}  // namespace suyuan::domain
