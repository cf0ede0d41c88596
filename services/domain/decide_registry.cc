#include <algorithm>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
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

// Managers act for their own party; those who let parties in, for any.
absl::Status CheckManages(const Context& context, const std::string& party) {
  if (context.caller.party.name() == party ||
      Allowed(context.caller, rules::v1::PERMISSION_MANAGE_PARTIES)) {
    return absl::OkStatus();
  }
  return Error(v1::REASON_NOT_OWN, {{"resource", party}});
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
  const auto& roles = claim.roles();
  if (std::find(roles.begin(), roles.end(), claim::v1::PARTY_ROLE_OPERATOR) != roles.end() ||
      std::find(roles.begin(), roles.end(), claim::v1::PARTY_ROLE_UNSPECIFIED) != roles.end()) {
    return Error(v1::REASON_PARTY_ROLE);  // There is one operator: genesis's.
  }
  if (!claim.uscc().empty()) RETURN_IF_ERROR(TakeUnique(world, "uscc", claim.uscc()));
  event::v1::Event event;
  event.mutable_party_registered()->set_party(context.NewId<PartyId>().name());
  *event.mutable_party_registered()->mutable_claim() = claim;
  RETURN_IF_ERROR(Begin(world, event.party_registered().party()));
  return Decision{event};
}

Decided DecideAddMember(World& world, Context& context, const claim::v1::Member& claim) {
  RETURN_IF_ERROR(CheckManages(context, claim.party()));
  RETURN_IF_ERROR(Get<PartyState>(world, claim.party()).status());
  event::v1::Event event;
  event.mutable_member_added()->set_member(context.NewId<MemberId>().name());
  *event.mutable_member_added()->mutable_claim() = claim;
  RETURN_IF_ERROR(Begin(world, event.member_added().member()));
  return Decision{event};
}

Decided DecideEnrollKey(World& world, Context& context, const std::string& key,
                        const claim::v1::Key& claim) {
  ASSIGN_OR_RETURN(const MemberState* member, Get<MemberState>(world, claim.member()));
  RETURN_IF_ERROR(CheckManages(context, member->claim.party()));
  // A key belongs to one member of one party, for ever: revoked ones are not enrolled again.
  RETURN_IF_ERROR(Begin(world, key));
  event::v1::Event event;
  event.mutable_key_enrolled()->set_key(key);
  event.mutable_key_enrolled()->set_party(member->claim.party());
  *event.mutable_key_enrolled()->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideRevokeKey(World& world, Context& context, const claim::v1::KeyRevocation& claim) {
  ASSIGN_OR_RETURN(const KeyState* key, Get<KeyState>(world, claim.key()));
  // A module's key is the ledger's: without it a recall would never be complete.
  if (!key->module.empty()) return NotFound(claim.key());
  RETURN_IF_ERROR(CheckManages(context, key->party));
  if (key->revoked) return Error(v1::REASON_KEY_REVOKED);
  world.Write(claim.key());
  event::v1::Event event;
  *event.mutable_key_revoked()->mutable_claim() = claim;
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

}  // namespace suyuan::domain
