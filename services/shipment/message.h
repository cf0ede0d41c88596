// A shipment as the API shows it.
#pragma once

#include "services/domain/states.h"
#include "services/domain/time.h"
#include "suyuan/v1/shipment.pb.h"

namespace suyuan::shipment {

inline v1::Shipment MessageOf(const domain::ShipmentState& state) {
  v1::Shipment shipment;
  shipment.set_name(state.stream());
  *shipment.mutable_claim() = state.claim;
  shipment.set_from_party(state.from_party);
  shipment.set_to_party(state.to_party);
  shipment.set_state(state.state);
  *shipment.mutable_record_time() = domain::StampOf(state.record_time);
  return shipment;
}

}  // namespace suyuan::shipment
