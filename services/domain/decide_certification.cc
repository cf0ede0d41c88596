// What officers find of a party's products in the registers of certifications.
#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

constexpr int kYearsMax = 10;

// One that trades and is not suspended. An officer's own party trades nothing and so has no
// product: nobody certifies himself.
absl::Status CheckHolder(World& world, const Context& context, const std::string& holder) {
  ASSIGN_OR_RETURN(const PartyState* party, Get<PartyState>(world, holder));
  // Who has no place is within everybody's reach, and in nobody's register to look up.
  if (party->claim.region_code().empty() && !ReachesAll(context.caller)) return NotFound(holder);
  RETURN_IF_ERROR(CheckReach(world, context, holder, holder));
  ASSIGN_OR_RETURN(const GrantsState* grants, world.Find<GrantsState>(GrantStream(holder)));
  const bool suspended = grants != nullptr && grants->suspended;
  return suspended ? Error(v1::REASON_HOLDER_SUSPENDED) : absl::OkStatus();
}

absl::Status CheckProducts(World& world, const claim::v1::Certification& claim) {
  const std::vector<std::string> products(claim.products().begin(), claim.products().end());
  RETURN_IF_ERROR(CheckDistinct(products, "certification.products"));
  RETURN_IF_ERROR(world.Want(products));
  for (const std::string& product : products) {
    ASSIGN_OR_RETURN(const ProductState* state, Get<ProductState>(world, product));
    if (state->party != claim.holder()) {
      return Error(v1::REASON_CERTIFIED_PRODUCT, {{"resource", product}});
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTerm(const claim::v1::Certification& claim) {
  const std::optional<absl::CivilDay> from = ParseDay(claim.from_date()),
                                      until = ParseDay(claim.until_date());
  if (!from.has_value() || !until.has_value() || *until < *from ||
      *until >= absl::CivilDay(from->year() + kYearsMax, from->month(), from->day())) {
    return Error(v1::REASON_CERTIFICATION_TERM);
  }
  return absl::OkStatus();
}

// An error has no day; all others ended on one that has been, and not before anybody could know.
absl::Status CheckEndDate(const Context& context, const CertificationState& state,
                          const claim::v1::CertificationEnd& claim) {
  const auto day = [&](absl::Time time) { return DayTextOf(time, context.utc_offset_minutes); };
  const bool error = claim.cause() == claim::v1::CertificationEnd::CAUSE_ERROR;
  const bool right =
      error ? claim.end_date().empty()
            : claim.end_date() >= day(state.record_time) && claim.end_date() <= day(context.now);
  return right ? absl::OkStatus() : Error(v1::REASON_CERTIFICATION_END_DATE);
}

}  // namespace

Decided DecideRecordCertification(World& world, Context& context,
                                  const claim::v1::Certification& claim) {
  RETURN_IF_ERROR(CheckHolder(world, context, claim.holder()));
  RETURN_IF_ERROR(CheckProducts(world, claim));
  RETURN_IF_ERROR(CheckTerm(claim));
  const std::string number = CertificationNumberStream(claim);
  ASSIGN_OR_RETURN(const CertificationNumberState* taken,
                   world.Find<CertificationNumberState>(number));
  if (taken != nullptr && taken->Overlaps(claim)) {
    return Error(v1::REASON_ALREADY_EXISTS, {{"resource", claim.number()}});
  }
  world.Write(number);
  event::v1::Event event;
  event.mutable_certification_recorded()->set_certification(
      context.NewId<CertificationId>().name());
  *event.mutable_certification_recorded()->mutable_claim() = claim;
  RETURN_IF_ERROR(Begin(world, event.certification_recorded().certification()));
  return Decision{event};
}

Decided DecideEndCertification(World& world, Context& context,
                               const claim::v1::CertificationEnd& claim) {
  ASSIGN_OR_RETURN(const CertificationState* state,
                   Get<CertificationState>(world, claim.certification()));
  RETURN_IF_ERROR(CheckReach(world, context, state->claim.holder(), claim.certification()));
  // That the end itself was an error can be said still.
  const bool error = claim.cause() == claim::v1::CertificationEnd::CAUSE_ERROR;
  if (state->error || (state->ended && !error)) return Error(v1::REASON_CERTIFICATION_ENDED);
  RETURN_IF_ERROR(CheckEndDate(context, *state, claim));
  world.Write(claim.certification());
  const std::string number = CertificationNumberStream(state->claim);
  RETURN_IF_ERROR(world.Find<CertificationNumberState>(number).status());
  world.Write(number);
  event::v1::Event event;
  *event.mutable_certification_ended()->mutable_claim() = claim;
  return Decision{event};
}

}  // namespace suyuan::domain
