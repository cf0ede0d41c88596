#include "services/shipment/shipment.h"

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
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

bool SeesAll(const domain::Caller& caller) {
  return domain::Allowed(caller, rules::v1::PERMISSION_AUDIT);
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
  if (party != state->from_party && party != state->to_party && party != state->claim.carrier() &&
      !SeesAll(caller)) {
    return domain::NotFound(name);
  }
  return MessageOf(*state);
}

absl::StatusOr<v1::ListShipmentsResponse> Shipment::ListShipments(
    const Call& call, const v1::ListShipmentsRequest& request) const {
  std::string list(request.open() ? kOpen : kAll);
  if (!SeesAll(*call.caller)) list = rpc::ListOf(call.caller->party.name(), list);
  v1::ListShipmentsResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      rpc::ListThings(runner_->db(), call, request, list, response.mutable_shipments()));
  return response;
}

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::Module>> MakeShipment(const rpc::Host& host) {
  auto shipment = std::make_unique<Shipment>(host);
  RETURN_IF_ERROR(shipment->Open());
  return shipment;
}

}  // namespace suyuan::shipment
