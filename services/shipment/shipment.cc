#include "services/shipment/shipment.h"

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/states_identity.h"
#include "services/rpc/listing.h"
#include "services/rpc/view.h"
#include "services/shipment/message.h"
#include "services/shipment/projection.h"
#include "storage/base/status.h"

namespace suyuan::shipment {
namespace {

using domain::Context;
using domain::World;
using rpc::Call;
using rpc::Recorded;

// Whether one of the shipment's parties is in the regulator's jurisdiction.
absl::StatusOr<bool> Supervised(store::Store* store, const domain::Caller& caller,
                                const std::string& from, const std::string& to) {
  if (!caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) return false;
  for (const std::string& name : {from, to}) {
    ASSIGN_OR_RETURN(const auto party, store->Find<domain::PartyState>(name));
    if (party != nullptr && domain::Supervises(caller, party->claim.region_code())) return true;
  }
  return false;
}

class Shipment final : public rpc::Module {
 public:
  explicit Shipment(const rpc::Host& host)
      : host_(host),
        handlers_(v1::Shipment::descriptor()->file()->FindServiceByName("ShipmentService")) {
    AddCommands();
    handlers_.Query<v1::GetShipmentRequest, v1::Shipment>(
        "GetShipment", [this](const Call& call, const v1::GetShipmentRequest& request) {
          return GetShipment(*call.caller, request.name());
        });
    handlers_.Query<v1::ListShipmentsRequest, v1::ListShipmentsResponse>(
        "ListShipments", [this](const Call& call, const v1::ListShipmentsRequest& request) {
          return ListShipments(call, request);
        });
  }
  absl::Status Open() {
    ASSIGN_OR_RETURN(runner_, rpc::StartView(host_, &projection_));
    rpc::WaitForView(runner_.get(), &handlers_);
    return absl::OkStatus();
  }
  std::vector<const rpc::Handlers*> services() const override { return {&handlers_}; }

 private:
  void AddCommands();
  absl::StatusOr<v1::Shipment> GetShipment(const domain::Caller& caller,
                                           const std::string& name) const;
  absl::StatusOr<v1::ListShipmentsResponse> ListShipments(
      const Call& call, const v1::ListShipmentsRequest& request) const;

  const rpc::Host host_;
  ShipmentProjection projection_;
  std::unique_ptr<index::Runner> runner_;
  rpc::Handlers handlers_;
};

void Shipment::AddCommands() {
  handlers_.Command<v1::ShipRequest, v1::ShipResponse>(
      "Ship",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideShip(world, context, request.dispatch());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_shipment(recorded.events[0].shipment_dispatched().shipment());
      });
  handlers_.Command<v1::ReceiveShipmentRequest, v1::ReceiveShipmentResponse>(
      "ReceiveShipment",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideReceive(world, context, request.arrival());
      },
      [](const auto&, const Recorded&, auto*) {});
  handlers_.Command<v1::RefuseShipmentRequest, v1::RefuseShipmentResponse>(
      "RefuseShipment",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRefuse(world, context, request.refusal());
      },
      [](const auto&, const Recorded&, auto*) {});
}

absl::StatusOr<v1::Shipment> Shipment::GetShipment(const domain::Caller& caller,
                                                   const std::string& name) const {
  ASSIGN_OR_RETURN(const auto state, host_.store->Find<domain::ShipmentState>(name));
  if (state == nullptr) return domain::NotFound(name);
  const std::string& party = caller.party.name();
  const bool concerned = party == state->from_party || party == state->to_party ||
                         party == state->claim.carrier() || domain::SeesLedger(caller);
  if (!concerned) {
    ASSIGN_OR_RETURN(const bool supervised,
                     Supervised(host_.store, caller, state->from_party, state->to_party));
    if (!supervised) return domain::NotFound(name);
  }
  return MessageOf(*state);
}

absl::StatusOr<v1::ListShipmentsResponse> Shipment::ListShipments(
    const Call& call, const v1::ListShipmentsRequest& request) const {
  std::string list(request.open() ? kOpen : kAll);
  const domain::Caller& caller = *call.caller;
  // A regulator of a part of the ledger looks through all of it for what is his to see.
  const bool chooses = !domain::SeesLedger(caller) && caller.Is(claim::v1::PARTY_ROLE_REGULATOR);
  if (!chooses && !domain::SeesLedger(caller)) list = rpc::ListOf(caller.party.name(), list);
  v1::ListShipmentsResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      rpc::ListThings(runner_->db(), call, request, list, response.mutable_shipments()));
  if (!chooses) return response;
  v1::ListShipmentsResponse chosen;
  chosen.set_next_page_token(response.next_page_token());
  for (v1::Shipment& shipment : *response.mutable_shipments()) {
    ASSIGN_OR_RETURN(const bool supervised,
                     Supervised(host_.store, caller, shipment.from_party(), shipment.to_party()));
    if (supervised) *chosen.add_shipments() = std::move(shipment);
  }
  return chosen;
}

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::Module>> MakeShipment(const rpc::Host& host) {
  auto shipment = std::make_unique<Shipment>(host);
  RETURN_IF_ERROR(shipment->Open());
  return shipment;
}

}  // namespace suyuan::shipment
