// From the address on a label to what is shown of it: a GS1-conformant resolver whose links all end
// here. Decision record 0014 says where it is stricter.
#pragma once

#include "services/http/server.h"
#include "services/portal/address.h"
#include "services/portal/journeys.h"
#include "services/portal/page_cache.h"
#include "services/portal/portal.h"
#include "services/portal/proof.h"
#include "services/portal/scan_page.h"
#include "services/portal/visit.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::portal {

// Thread-safe.
class Resolver {
 public:
  explicit Resolver(const PortalOptions& options)
      : options_(options), networks_(options.clock, options.utc_offset_minutes) {}

  // 200 with the page, its JSON or its linkset, as `linkType` and Accept say, or with the proof of
  // what it shows ("?proof=json|file|page"); 301 to the canonical
  // address; 307 to its product, where a batch is not known; 400: no well-formed Digital Link; 404:
  // nothing of ours, or no link of that type; 503: the answer cannot be had now. A wrong check and
  // a code never issued are answered alike.
  void Handle(http::Request request, http::Respond respond) const;

  // A POST of the form on a label's page: 200 with the page and what came of its PIN; 404 as for
  // Handle; 413, 415: no such form.
  void CheckPin(http::Request request, http::Respond respond) const;

  // "/find?code=…": to the address of a code that was typed, blanks and dashes in it or not; 404
  // where it cannot be one of ours.
  http::Response Find(const http::Request& request) const;
  http::Response Welcome(const http::Request& request) const;

 private:
  PageFacts FactsFor(const http::Request& request) const;
  void Prove(const http::Request& request, ProofForm form, const v1::ResolveLabelResponse& label,
             const http::Respond& respond) const;
  http::Response Show(const http::Request& request, const Address& address,
                      v1::ResolveLabelResponse label) const;
  // A product by its own code.
  void ShowProduct(http::Request request, const Address& address,
                   const http::Respond& respond) const;
  // To the product above a batch that is not known, where that is; else as if nothing were above.
  void WalkUp(http::Request request, const Address& address, const http::Respond& respond) const;
  // A look at a label's page, which is counted.
  void Scan(http::Request request, const Address& address, const http::Respond& respond) const;
  http::Response Scanned(const http::Request& request, v1::ResolveLabelResponse label,
                         const v1::ResolveBatchResponse& batch) const;
  // The page of `label`, whose journey is `journey` of that version.
  http::Response Page(const http::Request& request, v1::ResolveLabelResponse label,
                      const v1::Journey& journey, std::string_view version) const;
  // The page of a label, with what came of a PIN.
  void ShowPin(const http::Request& request, const Address& address,
               const v1::CheckLabelPinResponse& pin, const http::Respond& respond) const;
  // With what every answer about a label or batch says in its header.
  http::Response Linked(const http::Request& request, http::Response response) const;
  http::Response Refuse(const http::Request& request, const absl::Status& status) const;

  const PortalOptions options_;
  mutable Journeys journeys_;
  mutable PageCache pages_;
  mutable NetworkTags networks_;
};

}  // namespace suyuan::portal
