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
  *response.mutable_product() = product->claim;
  if (party != nullptr) response.set_party_name(party->claim.name());
  return response;
}

}  // namespace suyuan::label
