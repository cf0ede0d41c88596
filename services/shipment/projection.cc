#include "services/shipment/projection.h"

#include <set>

#include "services/domain/states.h"
#include "services/rpc/listing.h"
#include "services/shipment/message.h"
#include "services/store/fold_cache.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"

namespace suyuan::shipment {
namespace {

using event::v1::Event;

// Whose lists a shipment is in, each once.
std::set<std::string> PartiesOf(const v1::Shipment& shipment) {
  std::set<std::string> parties = {shipment.from_party(), shipment.to_party()};
  if (!shipment.claim().carrier().empty()) parties.insert(shipment.claim().carrier());
  return parties;
}

void Dispatch(const domain::EventAt& at, kv::WriteBatch& write) {
  domain::ShipmentState state(at.event.shipment_dispatched().shipment());
  state.Apply(at);
  const v1::Shipment shipment = MessageOf(state);
  const std::string position = rpc::NewestFirst(at.sequence, at.index);
  rpc::PutThing(write, shipment.name(), position, shipment);
  for (const std::string_view list : {kAll, kOpen}) {
    rpc::AddToList(write, list, position, shipment.name());
    for (const std::string& party : PartiesOf(shipment)) {
      rpc::AddToList(write, rpc::ListOf(party, list), position, shipment.name());
    }
  }
}

absl::Status Settle(const domain::EventAt& at, const std::string& name, const kv::Db& db,
                    kv::WriteBatch& write) {
  v1::Shipment shipment;
  std::string position;
  ASSIGN_OR_RETURN(const bool found, rpc::FindThing(db, name, &shipment, &position));
  if (!found) return absl::DataLossError("a shipment ends that never began: " + name);
  domain::ShipmentState state(name);
  state.Apply(at);
  shipment.set_state(state.state);
  rpc::PutThing(write, name, position, shipment);
  rpc::RemoveFromList(write, kOpen, position);
  for (const std::string& party : PartiesOf(shipment)) {
    rpc::RemoveFromList(write, rpc::ListOf(party, kOpen), position);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<kv::Family> ShipmentProjection::families() const { return rpc::ListingFamilies(); }

absl::Status ShipmentProjection::Apply(const ledger::Record& record, const kv::Db& db,
                                       kv::WriteBatch& write) {
  ASSIGN_OR_RETURN(const std::vector<Event> events, store::ParseEvents(record));
  int index = 0;
  for (const Event& event : events) {
    const domain::EventAt at{event, record.leaf.sequence, index++,
                             FromMicros(record.leaf.record_micros)};
    if (event.has_shipment_dispatched()) {
      Dispatch(at, write);
    } else if (event.has_shipment_received()) {
      RETURN_IF_ERROR(Settle(at, event.shipment_received().claim().shipment(), db, write));
    } else if (event.has_shipment_refused()) {
      RETURN_IF_ERROR(Settle(at, event.shipment_refused().claim().shipment(), db, write));
    }
  }
  return absl::OkStatus();
}

}  // namespace suyuan::shipment
