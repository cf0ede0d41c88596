#include "services/domain/chain_rules.h"
#include "services/domain/complaint.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"

namespace suyuan::domain {

absl::Status CheckPrivate(World& world, const std::string& person,
                          const std::string& private_root) {
  if (person.empty() && private_root.empty()) return absl::OkStatus();
  if (person.empty() || private_root.size() != kHashSize) {
    return Error(v1::REASON_FIELD_MALFORMED, {{"field", "private_root"}});
  }
  ASSIGN_OR_RETURN(const PersonState* erased, world.Find<PersonState>(person));
  return erased == nullptr ? absl::OkStatus() : Error(v1::REASON_ERASED);
}

Decided DecideEraseMember(World& world, Context& context, const claim::v1::Erasure& claim,
                          const std::string& party) {
  if (context.caller.party.name() != party) {
    if (!context.caller.Is(claim::v1::PARTY_ROLE_REGULATOR)) return NotFound(claim.person());
    // Of a complaint's content, whether he sees it was asked before.
    if (party != kComplaintModule) {
      RETURN_IF_ERROR(CheckReach(world, context, party, claim.person()));
    }
  }
  ASSIGN_OR_RETURN(const PersonState* erased, world.Find<PersonState>(claim.person()));
  if (erased != nullptr) return Error(v1::REASON_ERASED);
  world.Write(claim.person());
  event::v1::Event event;
  event.mutable_person_erased()->set_party(party);
  *event.mutable_person_erased()->mutable_claim() = claim;
  return Decision{event};
}

}  // namespace suyuan::domain
