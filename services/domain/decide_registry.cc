#include <algorithm>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

constexpr size_t kGtinSize = 14;

// A value that only one thing may have. ALREADY_EXISTS where it is taken.
absl::Status TakeUnique(World& world, std::string_view kind, const std::string& value) {
  const std::string stream = UniqueStream(kind, value);
  ASSIGN_OR_RETURN(const UniqueState* taken, world.Find<UniqueState>(stream));
  if (taken != nullptr) return Error(v1::REASON_ALREADY_EXISTS, {{"resource", value}});
  world.Write(stream);
  return absl::OkStatus();
}

// What a site's parent must be; unspecified: any or none.
claim::v1::SiteKind ParentKind(claim::v1::SiteKind kind) {
  switch (kind) {
    case claim::v1::SITE_KIND_TOWNSHIP_STATION:
      return claim::v1::SITE_KIND_COUNTY_HUB;
    case claim::v1::SITE_KIND_VILLAGE_POINT:
      return claim::v1::SITE_KIND_TOWNSHIP_STATION;
    default:
      return claim::v1::SITE_KIND_UNSPECIFIED;
  }
}

}  // namespace

Decided DecideRegisterParty(World& world, Context& context, const claim::v1::Party& claim) {
  for (const int role : claim.roles()) {
    switch (role) {
      case claim::v1::PARTY_ROLE_COOPERATIVE:
      case claim::v1::PARTY_ROLE_PACKER:
      case claim::v1::PARTY_ROLE_CARRIER:
      case claim::v1::PARTY_ROLE_RETAILER:
        break;
      default:  // There is one operator, genesis's; who tests, supervises or audits is granted it.
        return Error(v1::REASON_PARTY_ROLE);
    }
  }
  if (!Reaches(context.caller, claim.region_code())) return Error(v1::REASON_NOT_ALLOWED);
  if (!claim.uscc().empty()) RETURN_IF_ERROR(TakeUnique(world, "uscc", claim.uscc()));
  event::v1::Event event;
  event.mutable_party_registered()->set_party(context.NewId<PartyId>().name());
  *event.mutable_party_registered()->mutable_claim() = claim;
  RETURN_IF_ERROR(Begin(world, event.party_registered().party()));
  return Decision{event};
}

Decided DecideRegisterSite(World& world, Context& context, const claim::v1::Site& claim) {
  const claim::v1::SiteKind wanted = ParentKind(claim.kind());
  if (claim.parent().empty()) {
    if (wanted != claim::v1::SITE_KIND_UNSPECIFIED) return Error(v1::REASON_SITE_TREE);
  } else {
    ASSIGN_OR_RETURN(const SiteState* parent, Get<SiteState>(world, claim.parent()));
    const bool right = wanted == claim::v1::SITE_KIND_UNSPECIFIED
                           ? claim.kind() != claim::v1::SITE_KIND_COUNTY_HUB
                           : parent->claim.kind() == wanted;
    if (!right) return Error(v1::REASON_SITE_TREE);
  }
  event::v1::Event event;
  event.mutable_site_registered()->set_site(context.NewId<SiteId>().name());
  event.mutable_site_registered()->set_party(context.caller.party.name());
  *event.mutable_site_registered()->mutable_claim() = claim;
  RETURN_IF_ERROR(Begin(world, event.site_registered().site()));
  return Decision{event};
}

Decided DecideRegisterPlot(World& world, Context& context, const claim::v1::Plot& claim) {
  if (!claim.area_entered().empty()) {
    ASSIGN_OR_RETURN(const int64_t area, ParseArea(claim.area_entered()));
    if (area != claim.area_m2()) {
      return Error(v1::REASON_QUANTITY_MISMATCH, {{"entered", claim.area_entered()}});
    }
  }
  RETURN_IF_ERROR(CheckPrivate(world, claim.person(), claim.private_root()));
  event::v1::Event event;
  event.mutable_plot_registered()->set_plot(context.NewId<PlotId>().name());
  event.mutable_plot_registered()->set_party(context.caller.party.name());
  *event.mutable_plot_registered()->mutable_claim() = claim;
  RETURN_IF_ERROR(Begin(world, event.plot_registered().plot()));
  return Decision{event};
}

Decided DecideRegisterProduct(World& world, Context& context, const claim::v1::Product& claim) {
  if (claim.has_net_content()) {
    RETURN_IF_ERROR(CheckQuantity(claim.net_content()).status());
    if (claim.net_content().unit() != claim.unit()) return Error(v1::REASON_WRONG_UNIT);
  }
  RETURN_IF_ERROR(CheckDistinct({claim.grades().begin(), claim.grades().end()}, "product.grades"));
  if (!claim.gtin().empty()) {
    // GTIN-8, -12 and -13 are GTIN-14 with zeros in front (GS1 General Specifications).
    const std::string zeros(kGtinSize - std::min(kGtinSize, claim.gtin().size()), '0');
    RETURN_IF_ERROR(TakeUnique(world, "gtin", zeros + claim.gtin()));
  }
  event::v1::Event event;
  event.mutable_product_registered()->set_product(context.NewId<ProductId>().name());
  event.mutable_product_registered()->set_party(context.caller.party.name());
  *event.mutable_product_registered()->mutable_claim() = claim;
  RETURN_IF_ERROR(Begin(world, event.product_registered().product()));
  return Decision{event};
}

Decided DecideProductUse(World& world, Context& context, const claim::v1::ProductUse& claim) {
  ASSIGN_OR_RETURN(const ProductState* product, Get<ProductState>(world, claim.product()));
  if (product->party != context.caller.party.name()) {
    return Error(v1::REASON_NOT_OWN, {{"resource", claim.product()}});
  }
  RETURN_IF_ERROR(Get<PartyState>(world, claim.party()).status());
  world.Write(claim.product());
  event::v1::Event event;
  *event.mutable_product_use_set()->mutable_claim() = claim;
  return Decision{event};
}

}  // namespace suyuan::domain
