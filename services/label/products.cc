#include "services/label/products.h"

#include "services/domain/chain_rules.h"
#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "services/label/code.h"
#include "storage/base/status.h"

namespace suyuan::label {

absl::StatusOr<v1::ResolveProductResponse> ResolveProduct(
    store::Store& store, const v1::ResolveProductRequest& request) {
  const std::string stream = domain::UniqueStream("gtin", Gtin14(request.gtin()));
  ASSIGN_OR_RETURN(const auto taken, store.Find<domain::UniqueState>(stream));
  if (taken == nullptr) return domain::NotFound("product");
  ASSIGN_OR_RETURN(const auto product, store.Find<domain::ProductState>(taken->product));
  if (product == nullptr) return absl::DataLossError("a GTIN leads to no product");
  ASSIGN_OR_RETURN(const auto party, store.Find<domain::PartyState>(product->party));
  v1::ResolveProductResponse response;
  claim::v1::Product& shown = *response.mutable_product();
  shown.set_name(product->claim.name());
  shown.set_name_en(product->claim.name_en());
  shown.set_gtin(product->claim.gtin());
  shown.set_unit(product->claim.unit());
  if (product->claim.has_net_content()) {
    shown.mutable_net_content()->set_unit(product->claim.net_content().unit());
    shown.mutable_net_content()->set_amount(product->claim.net_content().amount());
  }
  if (party != nullptr) response.set_party_name(party->claim.name());
  return response;
}

}  // namespace suyuan::label
