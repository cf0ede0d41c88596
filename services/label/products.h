// What is known of a product by its GTIN alone: of no batch, and of no pack.
#pragma once

#include "absl/status/statusor.h"
#include "services/store/store.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {

// NOT_FOUND: no product of that GTIN is registered. Blocks on the ledger. Thread-safe.
absl::StatusOr<v1::ResolveProductResponse> ResolveProduct(store::Store& store,
                                                          const v1::ResolveProductRequest& request);

}  // namespace suyuan::label
