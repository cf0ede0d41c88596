// What the address on a label, a carton or typed by hand names. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace suyuan::portal {

struct Address {
  enum class Names {
    kLabel,
    kBatch,
    kProduct,       // Of all its packs.
    kBelowProduct,  // A batch or variant of one that cannot be ours.
    kOther,
  };
  Names names = Names::kOther;
  std::string gtin;   // 14 digits; empty for the short forms.
  std::string code;   // Of a label: 20 characters.
  std::string batch;  // Of a batch, bare; also of a label where its address has both.
  // The one form this address has, where the one received is another: path alone.
  std::string canonical;
  // What a redirect passes on: "" or "?…".
  std::string query;
};

// A request's target: a GS1 Digital Link (/01/{gtin}/21/{code}, /01/{gtin}/10/{batch}, /01/{gtin}
// and any other, which then names kOther), /t/{code} or /b/{batch}. Codes typed in lower case, and
// I, L, O for 1, 1, 0, are folded. NOT_FOUND: the path is none of these, or its code has not the
// shape of ours. INVALID_ARGUMENT: it begins as a Digital Link and is none.
absl::StatusOr<Address> ParseAddress(std::string_view target);

}  // namespace suyuan::portal
