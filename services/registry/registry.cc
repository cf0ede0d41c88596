#include "services/registry/registry.h"

#include <utility>

#include "services/domain/deciders.h"
#include "services/registry/projection.h"
#include "services/registry/services.h"
#include "services/rpc/view.h"
#include "storage/base/status.h"
#include "suyuan/v1/registry.pb.h"

namespace suyuan::registry {
namespace {

using domain::Context;
using domain::World;
using rpc::Call;
using rpc::Recorded;

void AddCommands(rpc::Handlers& handlers) {
  handlers.Command<v1::RegisterPartyRequest, v1::RegisterPartyResponse>(
      "RegisterParty",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRegisterParty(world, context, request.party());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_party(recorded.events[0].party_registered().party());
      });
  handlers.Command<v1::RegisterSiteRequest, v1::RegisterSiteResponse>(
      "RegisterSite",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRegisterSite(world, context, request.site());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_site(recorded.events[0].site_registered().site());
      });
  handlers.Command<v1::RegisterPlotRequest, v1::RegisterPlotResponse>(
      "RegisterPlot",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRegisterPlot(world, context, request.plot());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_plot(recorded.events[0].plot_registered().plot());
      });
  handlers.Command<v1::RegisterProductRequest, v1::RegisterProductResponse>(
      "RegisterProduct",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRegisterProduct(world, context, request.product());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_product(recorded.events[0].product_registered().product());
      });
  handlers.Command<v1::SetProductUseRequest, v1::SetProductUseResponse>(
      "SetProductUse",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideProductUse(world, context, request.product_use());
      },
      [](const auto&, const Recorded&, auto*) {});
}

void AddCertifying(rpc::Handlers& handlers) {
  handlers.Command<v1::RecordCertificationRequest, v1::RecordCertificationResponse>(
      "RecordCertification",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRecordCertification(world, context, request.certification());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_certification(recorded.events[0].certification_recorded().certification());
      });
  handlers.Command<v1::EndCertificationRequest, v1::EndCertificationResponse>(
      "EndCertification",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideEndCertification(world, context, request.end());
      },
      [](const auto&, const Recorded&, auto*) {});
}

template <typename Message, typename Request>
void AddGet(rpc::Handlers& handlers, std::string_view method, const index::Runner* runner) {
  handlers.Query<Request, Message>(method, [runner](const Call&, const Request& request) {
    return GetThing<Message>(*runner, request.name());
  });
}

// `things(response)`: where the listed things go.
template <typename Request, typename Response, typename Things>
void AddList(rpc::Handlers& handlers, std::string_view method, const index::Runner* runner,
             std::string_view list, Things things) {
  handlers.Query<Request, Response>(
      method, [=](const Call& call, const Request& request) -> absl::StatusOr<Response> {
        std::string chosen(list);
        if constexpr (requires { request.party(); }) {
          if (!request.party().empty()) chosen = rpc::ListOf(request.party(), list);
        }
        Response response;
        ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                         rpc::ListThings(runner->db(), call, request, chosen, things(response)));
        return response;
      });
}

class Registry final : public rpc::Module {
 public:
  absl::Status Open(const rpc::Host& host, RegistrySettings settings) {
    log_ = host.log;
    ASSIGN_OR_RETURN(vault_, Vault::Open({settings.vault_dir, settings.keys_dir,
                                          host.log->identity().origin, nullptr}));
    ASSIGN_OR_RETURN(runner_, rpc::StartView(host, &projection_));
    registry_ = RegistryHandlers(runner_.get());
    identity_ = IdentityHandlers(host, runner_.get());
    AddPrivate(host, vault_.get(), *identity_);
    complaints_ =
        ComplaintHandlers(host, runner_.get(), vault_.get(), std::move(settings.complaint_key));
    return absl::OkStatus();
  }
  absl::Status Start() override { return EraseAgain(*log_, *vault_); }
  std::vector<const rpc::Handlers*> services() const override {
    return {registry_.get(), identity_.get(), complaints_.get()};
  }

 private:
  ledger::Client* log_ = nullptr;
  std::unique_ptr<Vault> vault_;
  RegistryProjection projection_;
  std::unique_ptr<index::Runner> runner_;
  std::unique_ptr<rpc::Handlers> registry_;
  std::unique_ptr<rpc::Handlers> identity_;
  std::unique_ptr<rpc::Handlers> complaints_;
};

}  // namespace

std::unique_ptr<rpc::Handlers> RegistryHandlers(index::Runner* runner) {
  auto handlers = std::make_unique<rpc::Handlers>(
      v1::Party::descriptor()->file()->FindServiceByName("RegistryService"));
  rpc::WaitForView(runner, handlers.get());
  AddCommands(*handlers);
  AddCertifying(*handlers);
  AddGet<v1::Party, v1::GetPartyRequest>(*handlers, "GetParty", runner);
  AddGet<v1::Site, v1::GetSiteRequest>(*handlers, "GetSite", runner);
  AddGet<v1::Plot, v1::GetPlotRequest>(*handlers, "GetPlot", runner);
  AddGet<v1::Product, v1::GetProductRequest>(*handlers, "GetProduct", runner);
  AddList<v1::ListPartiesRequest, v1::ListPartiesResponse>(
      *handlers, "ListParties", runner, kParties,
      [](v1::ListPartiesResponse& response) { return response.mutable_parties(); });
  AddList<v1::ListSitesRequest, v1::ListSitesResponse>(
      *handlers, "ListSites", runner, kSites,
      [](v1::ListSitesResponse& response) { return response.mutable_sites(); });
  AddList<v1::ListPlotsRequest, v1::ListPlotsResponse>(
      *handlers, "ListPlots", runner, kPlots,
      [](v1::ListPlotsResponse& response) { return response.mutable_plots(); });
  AddList<v1::ListProductsRequest, v1::ListProductsResponse>(
      *handlers, "ListProducts", runner, kProducts,
      [](v1::ListProductsResponse& response) { return response.mutable_products(); });
  AddList<v1::ListCertificationsRequest, v1::ListCertificationsResponse>(
      *handlers, "ListCertifications", runner, kCertifications,
      [](v1::ListCertificationsResponse& response) { return response.mutable_certifications(); });
  return handlers;
}

absl::StatusOr<std::unique_ptr<rpc::Module>> MakeRegistry(const rpc::Host& host,
                                                          RegistrySettings settings) {
  auto registry = std::make_unique<Registry>();
  RETURN_IF_ERROR(registry->Open(host, std::move(settings)));
  return registry;
}

}  // namespace suyuan::registry
