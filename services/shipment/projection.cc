#include "services/shipment/projection.h"

#include <set>

#include "services/domain/states.h"
#include "services/rpc/listing.h"
#include "services/shipment/message.h"
#include "services/store/events.h"
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

void Dispatch(const domain::EventAt& at, index::Rows& rows) {
  domain::ShipmentState state(at.event.shipment_dispatched().shipment());
  state.Apply(at);
  const v1::Shipment shipment = MessageOf(state);
  const std::string position = rpc::NewestFirst(at.sequence, at.index);
  rpc::PutThing(rows, shipment.name(), position, shipment);
  for (const std::string_view list : {kAll, kOpen}) {
    rpc::AddToList(rows, list, position, shipment.name());
    for (const std::string& party : PartiesOf(shipment)) {
      rpc::AddToList(rows, rpc::ListOf(party, list), position, shipment.name());
    }
  }
}

absl::Status Settle(const domain::EventAt& at, const std::string& name, index::Rows& rows) {
  v1::Shipment shipment;
  std::string position;
  ASSIGN_OR_RETURN(const bool found, rpc::FindThing(rows, name, &shipment, &position));
  if (!found) return absl::DataLossError("a shipment ends that never began: " + name);
  domain::ShipmentState state(name);
  state.Apply(at);
  shipment.set_state(state.state);
  rpc::PutThing(rows, name, position, shipment);
  rpc::RemoveFromList(rows, kOpen, position);
  for (const std::string& party : PartiesOf(shipment)) {
    rpc::RemoveFromList(rows, rpc::ListOf(party, kOpen), position);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<kv::Family> ShipmentProjection::families() const { return rpc::ListingFamilies(); }

absl::Status ShipmentProjection::Apply(const ledger::Record& record, index::Rows& rows) {
  return store::ForEachEvent(record, [&rows](const domain::EventAt& at) {
    const Event& event = at.event;
    if (event.has_shipment_dispatched()) Dispatch(at, rows);
    if (event.has_shipment_received()) {
      return Settle(at, event.shipment_received().claim().shipment(), rows);
    }
    if (event.has_shipment_refused()) {
      return Settle(at, event.shipment_refused().claim().shipment(), rows);
    }
    return absl::OkStatus();
  });
}

}  // namespace suyuan::shipment
