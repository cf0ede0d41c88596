#include <algorithm>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/domain/temperature.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

// A holding that something is added to, whether it is there yet or not.
absl::Status Give(World& world, const std::string& batch, const std::string& site) {
  const std::string stream = HoldingStream(batch, site);
  RETURN_IF_ERROR(world.Find<HoldingState>(stream).status());
  world.Write(stream);
  return absl::OkStatus();
}

// Whether any member of the party may receive goods.
bool MayMove(const PartyState& party) {
  Caller caller;
  caller.role = claim::v1::MEMBER_ROLE_MANAGER;
  for (const int role : party.claim.roles()) {
    caller.party_roles.push_back(static_cast<claim::v1::PartyRole>(role));
  }
  return Allowed(caller, rules::v1::PERMISSION_MOVE);
}

// Loads what settling a shipment's lines may add to.
absl::Status WantGiven(World& world, const claim::v1::Dispatch& dispatch) {
  std::vector<std::string> streams;
  for (const claim::v1::BatchQuantity& line : dispatch.lines()) {
    streams.push_back(HoldingStream(line.batch(), dispatch.from_site()));
    streams.push_back(HoldingStream(line.batch(), dispatch.to_site()));
  }
  return world.Want(streams);
}

// The shipment, if the caller is its addressee and it is on its way. Its stream is written.
absl::StatusOr<const ShipmentState*> TakeOver(World& world, const Context& context,
                                              const std::string& name) {
  ASSIGN_OR_RETURN(const ShipmentState* shipment, Get<ShipmentState>(world, name));
  const std::string& caller = context.caller.party.name();
  if (shipment->to_party != caller) {
    const bool knows = shipment->from_party == caller || shipment->claim.carrier() == caller;
    return knows ? Error(v1::REASON_NOT_ADDRESSEE) : NotFound(name);
  }
  if (!shipment->open()) return Error(v1::REASON_SHIPMENT_CLOSED);
  world.Write(name);
  return shipment;
}

const claim::v1::ReceivedLine* FindLine(const claim::v1::Arrival& claim, const std::string& batch) {
  for (const claim::v1::ReceivedLine& line : claim.lines()) {
    if (line.batch() == batch) return &line;
  }
  return nullptr;
}

event::v1::SettledLine Shipped(const claim::v1::BatchQuantity& line) {
  event::v1::SettledLine settled;
  settled.set_batch(line.batch());
  settled.set_unit(line.quantity().unit());
  settled.set_shipped(line.quantity().amount());
  return settled;
}

// What became of one shipped line: shipped = received + returned + lost.
absl::StatusOr<event::v1::SettledLine> Settle(const claim::v1::BatchQuantity& shipped,
                                              const claim::v1::ReceivedLine* line) {
  event::v1::SettledLine settled = Shipped(shipped);
  if (line == nullptr) {
    settled.set_received(settled.shipped());
    return settled;
  }
  ASSIGN_OR_RETURN(const Amount received, CheckQuantity(line->quantity(), /*zero_allowed=*/true));
  if (received.unit != settled.unit()) return Error(v1::REASON_WRONG_UNIT);
  if (received.value > settled.shipped()) return Error(v1::REASON_RECEIVED_TOO_MUCH);
  const int64_t missing = settled.shipped() - received.value;
  const bool has_cause = line->shortfall() != claim::v1::SHORTFALL_CAUSE_UNSPECIFIED;
  if (has_cause != (missing > 0)) return Error(v1::REASON_SHORTFALL_CAUSE);
  settled.set_received(received.value);
  if (line->shortfall() == claim::v1::SHORTFALL_CAUSE_RETURNED) {
    settled.set_returned(missing);
  } else {
    settled.set_lost(missing);
  }
  return settled;
}

}  // namespace

Decided DecideShip(World& world, Context& context, const claim::v1::Dispatch& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  RETURN_IF_ERROR(CheckTemperatures(claim.keep()));
  if (claim.from_site() == claim.to_site()) return Error(v1::REASON_SAME_SITE);
  RETURN_IF_ERROR(GetOwnSite(world, context, claim.from_site()).status());
  ASSIGN_OR_RETURN(const SiteState* to, Get<SiteState>(world, claim.to_site()));
  ASSIGN_OR_RETURN(const PartyState* addressee, Get<PartyState>(world, to->party));
  if (!MayMove(*addressee)) return Error(v1::REASON_PARTY_ROLE);  // It would stand there for ever.
  if (!claim.carrier().empty()) {
    ASSIGN_OR_RETURN(const PartyState* carrier, Get<PartyState>(world, claim.carrier()));
    const auto& roles = carrier->claim.roles();
    if (std::find(roles.begin(), roles.end(), claim::v1::PARTY_ROLE_CARRIER) == roles.end()) {
      return Error(v1::REASON_PARTY_ROLE);
    }
  }
  std::vector<std::string> batches;
  for (const claim::v1::BatchQuantity& line : claim.lines()) batches.push_back(line.batch());
  RETURN_IF_ERROR(CheckDistinct(batches, "dispatch.lines"));
  RETURN_IF_ERROR(WantMovements(world, batches, claim.from_site()));
  for (const claim::v1::BatchQuantity& line : claim.lines()) {
    RETURN_IF_ERROR(GetMovableBatch(world, line.batch(), claim.from_site()).status());
    ASSIGN_OR_RETURN(const Amount amount, CheckQuantity(line.quantity()));
    RETURN_IF_ERROR(Take(world, line.batch(), claim.from_site(), amount));
  }
  event::v1::Event event;
  event::v1::ShipmentDispatched* dispatched = event.mutable_shipment_dispatched();
  dispatched->set_shipment(context.NewId<ShipmentId>().name());
  RETURN_IF_ERROR(Begin(world, dispatched->shipment()));
  dispatched->set_from_party(context.caller.party.name());
  dispatched->set_to_party(to->party);
  *dispatched->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideReceive(World& world, Context& context, const claim::v1::Arrival& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  RETURN_IF_ERROR(CheckTemperatures(claim.measured()));
  ASSIGN_OR_RETURN(const ShipmentState* shipment, TakeOver(world, context, claim.shipment()));
  std::vector<std::string> named;
  for (const claim::v1::ReceivedLine& line : claim.lines()) named.push_back(line.batch());
  RETURN_IF_ERROR(CheckDistinct(named, "arrival.lines"));
  const claim::v1::Dispatch& dispatch = shipment->claim;
  RETURN_IF_ERROR(WantGiven(world, dispatch));
  event::v1::Event event;
  event::v1::ShipmentReceived* received = event.mutable_shipment_received();
  size_t found = 0;
  for (const claim::v1::BatchQuantity& shipped : dispatch.lines()) {
    const claim::v1::ReceivedLine* line = FindLine(claim, shipped.batch());
    found += line != nullptr;
    ASSIGN_OR_RETURN(const event::v1::SettledLine settled, Settle(shipped, line));
    *received->add_lines() = settled;
    if (settled.received() > 0) {
      RETURN_IF_ERROR(Give(world, shipped.batch(), dispatch.to_site()));
    }
    if (settled.returned() > 0) {
      RETURN_IF_ERROR(Give(world, shipped.batch(), dispatch.from_site()));
    }
  }
  if (found != named.size()) {
    return Error(v1::REASON_NOT_FOUND, {{"resource", "arrival.lines"}});
  }
  received->set_from_site(dispatch.from_site());
  received->set_to_site(dispatch.to_site());
  if (dispatch.has_keep()) *received->mutable_keep() = dispatch.keep();
  *received->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideRefuse(World& world, Context& context, const claim::v1::Refusal& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  ASSIGN_OR_RETURN(const ShipmentState* shipment, TakeOver(world, context, claim.shipment()));
  const claim::v1::Dispatch& dispatch = shipment->claim;
  RETURN_IF_ERROR(WantGiven(world, dispatch));
  event::v1::Event event;
  event::v1::ShipmentRefused* refused = event.mutable_shipment_refused();
  for (const claim::v1::BatchQuantity& shipped : dispatch.lines()) {
    event::v1::SettledLine* line = refused->add_lines();
    *line = Shipped(shipped);
    line->set_returned(line->shipped());
    RETURN_IF_ERROR(Give(world, shipped.batch(), dispatch.from_site()));
  }
  refused->set_from_site(dispatch.from_site());
  refused->set_to_site(dispatch.to_site());
  *refused->mutable_claim() = claim;
  return Decision{event};
}

}  // namespace suyuan::domain
