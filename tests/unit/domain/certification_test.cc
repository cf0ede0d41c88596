// Certifications: who records what of whom, for how long, and how they end.
#include "services/domain/chain_rules.h"
#include "services/domain/states_identity.h"
#include "tests/support/domain_world.h"

namespace suyuan::domain {
namespace {

using claim::v1::CertificationEnd;
using test::Fails;

constexpr char kHolder[] = "parties/T3ST00000000000000P0",
               kOther[] = "parties/T3ST00000000000000P1";
constexpr char kTomato[] = "products/T3ST00000000000000A0",
               kLeek[] = "products/T3ST00000000000000A1",
               kForeign[] = "products/T3ST00000000000000A2";
constexpr v1::Reason kOk = v1::REASON_UNSPECIFIED;

Caller Officer(const std::string& region) {
  Caller caller;
  caller.party = PartyId::FromId("T3ST00000000000000R0");
  caller.role = claim::v1::MEMBER_ROLE_OFFICER;
  caller.party_roles = {claim::v1::PARTY_ROLE_REGULATOR};
  caller.regions = {region};
  return caller;
}

class CertificationTest : public testing::Test {
 protected:
  void SetUp() override {
    // A little before midnight in the county.
    world_.clock().Set(
        absl::FromCivil(absl::CivilSecond(2026, 11, 4, 23, 30, 0), absl::FixedTimeZone(480 * 60)));
    Decision events;
    const std::string office = officer_.party.name();
    for (const std::string& name : {std::string(kHolder), std::string(kOther), office}) {
      event::v1::PartyRegistered& party = *events.emplace_back().mutable_party_registered();
      party.set_party(name);
      party.mutable_claim()->set_region_code("532302");
    }
    for (const std::string name : {kTomato, kLeek, kForeign}) {
      event::v1::ProductRegistered& product = *events.emplace_back().mutable_product_registered();
      product.set_product(name);
      product.set_party(name == kForeign ? kOther : kHolder);
    }
    Put({kHolder, kOther, office, kTomato, kLeek, kForeign}, events);
  }
  void Put(const std::vector<std::string>& streams, const Decision& events) {
    EXPECT_OK(world_.Run(officer_, [&](World& world, Context&) -> Decided {
      for (const std::string& stream : streams) RETURN_IF_ERROR(Begin(world, stream));
      return events;
    }));
  }
  void Suspend(const std::string& party) {
    Decision events(1);
    claim::v1::Suspension& suspension =
        *events[0].mutable_change_approved()->mutable_what()->mutable_suspension();
    suspension.set_party(party);
    suspension.set_suspended(true);
    Put({GrantStream(party)}, events);
  }
  static claim::v1::Certification Claim() {
    claim::v1::Certification claim;
    claim.set_holder(kHolder);
    claim.set_scheme(claim::v1::CERTIFICATION_SCHEME_GREEN_FOOD);
    claim.set_number("LB-15-0001");
    claim.set_body("绿色食品发展中心");
    claim.add_products(kTomato);
    claim.set_from_date("2026-01-01");
    claim.set_until_date("2028-12-31");
    return claim;
  }
  absl::StatusOr<Decision> Record(const Caller& caller, const claim::v1::Certification& claim) {
    return world_.Run(caller, [&](World& world, Context& context) {
      return DecideRecordCertification(world, context, claim);
    });
  }
  // Its name.
  std::string Recorded(const claim::v1::Certification& claim = Claim()) {
    const absl::StatusOr<Decision> decision = Record(officer_, claim);
    EXPECT_OK(decision);
    return decision.ok() ? (*decision)[0].certification_recorded().certification() : "";
  }
  absl::Status End(const Caller& caller, const std::string& name, CertificationEnd::Cause cause,
                   const std::string& date) {
    CertificationEnd claim;
    claim.set_certification(name);
    claim.set_cause(cause);
    claim.set_end_date(date);
    return world_
        .Run(caller,
             [&](World& world, Context& context) {
               return DecideEndCertification(world, context, claim);
             })
        .status();
  }

  test::DomainWorld world_;
  const Caller officer_ = Officer("5323");
};

TEST_F(CertificationTest, IsOfAHoldersOwnProductsForATermThatHasAnEnd) {
  const struct {
    const char* what;
    std::function<void(claim::v1::Certification&)> change;
    v1::Reason reason;
  } kCases[] = {
      {"as it should be", [](auto&) {}, kOk},
      {"two products", [](auto& c) { c.add_products(kLeek); }, kOk},
      {"one product twice", [](auto& c) { c.add_products(kTomato); }, v1::REASON_DUPLICATE},
      {"another party's product", [](auto& c) { c.add_products(kForeign); },
       v1::REASON_CERTIFIED_PRODUCT},
      {"no such product", [](auto& c) { c.set_products(0, "products/T3ST00000000000000X0"); },
       v1::REASON_NOT_FOUND},
      {"no such holder", [](auto& c) { c.set_holder("parties/T3ST00000000000000X0"); },
       v1::REASON_NOT_FOUND},
      {"one day", [](auto& c) { c.set_until_date("2026-01-01"); }, kOk},
      {"backwards", [](auto& c) { c.set_until_date("2025-12-31"); }, v1::REASON_CERTIFICATION_TERM},
      {"ten years", [](auto& c) { c.set_until_date("2035-12-31"); }, kOk},
      {"ten years and a day", [](auto& c) { c.set_until_date("2036-01-01"); },
       v1::REASON_CERTIFICATION_TERM},
      {"over already", [](auto& c) { c.set_until_date("2026-02-01"); }, kOk},
  };
  int number = 0;
  for (const auto& of : kCases) {
    claim::v1::Certification claim = Claim();
    claim.set_number(StrCat("N-", ++number));
    of.change(claim);
    EXPECT_EQ(ReasonOf(Record(officer_, claim).status()), of.reason) << of.what;
  }
}

// A regulator's party trades nothing, and so there is no product that it could certify as its own.
TEST_F(CertificationTest, IsRecordedAndEndedByOfficersOfTheHoldersPlace) {
  EXPECT_THAT(Record(Officer("532301"), Claim()), Fails(v1::REASON_NOT_FOUND));
  claim::v1::Certification own = Claim();
  own.set_holder(officer_.party.name());
  EXPECT_THAT(Record(officer_, own), Fails(v1::REASON_CERTIFIED_PRODUCT));
  const std::string name = Recorded();
  EXPECT_THAT(End(Officer("532301"), name, CertificationEnd::CAUSE_ERROR, ""),
              Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(End(Officer("532302"), name, CertificationEnd::CAUSE_ERROR, ""));
}

TEST_F(CertificationTest, IsNotRecordedForASuspendedHolderAndYetEnded) {
  const std::string name = Recorded();
  Suspend(kHolder);
  claim::v1::Certification claim = Claim();
  claim.set_number("LB-15-0002");
  EXPECT_THAT(Record(officer_, claim), Fails(v1::REASON_HOLDER_SUSPENDED));
  EXPECT_OK(End(officer_, name, CertificationEnd::CAUSE_CANCELLED, "2026-11-04"));
}

// A renewed certificate may keep its number, and its terms do not overlap; one that was recorded in
// error had none.
TEST_F(CertificationTest, TermsOfANumberDoNotOverlap) {
  const std::string name = Recorded();
  claim::v1::Certification again = Claim();
  again.set_from_date("2028-12-31");
  again.set_until_date("2031-12-30");
  EXPECT_THAT(Record(officer_, again), Fails(v1::REASON_ALREADY_EXISTS));
  again.set_number("LB/15.0001");  // Written otherwise it is the same.
  EXPECT_THAT(Record(officer_, again), Fails(v1::REASON_ALREADY_EXISTS));
  again.set_from_date("2029-01-01");
  Recorded(again);
  EXPECT_THAT(Record(officer_, again), Fails(v1::REASON_ALREADY_EXISTS));
  EXPECT_THAT(Record(officer_, Claim()), Fails(v1::REASON_ALREADY_EXISTS));
  EXPECT_OK(End(officer_, name, CertificationEnd::CAUSE_ERROR, ""));
  const std::string right = Recorded();
  // Withdrawn and given anew.
  EXPECT_OK(End(officer_, right, CertificationEnd::CAUSE_WITHDRAWN, "2026-11-04"));
  claim::v1::Certification anew = Claim();
  anew.set_from_date("2026-11-03");
  EXPECT_THAT(Record(officer_, anew), Fails(v1::REASON_ALREADY_EXISTS));
  anew.set_from_date("2026-11-04");
  Recorded(anew);
}

TEST_F(CertificationTest, ANumberOfAnotherSchemeIsAnotherAndAnIndicationHasManyUsers) {
  Recorded();
  claim::v1::Certification organic = Claim();
  organic.set_scheme(claim::v1::CERTIFICATION_SCHEME_ORGANIC);
  Recorded(organic);
  claim::v1::Certification place = Claim();
  place.set_scheme(claim::v1::CERTIFICATION_SCHEME_GEOGRAPHICAL_INDICATION);
  Recorded(place);
  EXPECT_THAT(Record(officer_, place), Fails(v1::REASON_ALREADY_EXISTS));
  place.set_holder(kOther);
  place.set_products(0, kForeign);
  Recorded(place);
}

// An end may have been of the wrong one, or somebody else's.
TEST_F(CertificationTest, ThatAnEndWasAnErrorCanBeSaidOnce) {
  const std::string name = Recorded();
  EXPECT_OK(End(officer_, name, CertificationEnd::CAUSE_WITHDRAWN, "2026-11-04"));
  EXPECT_THAT(End(officer_, name, CertificationEnd::CAUSE_CANCELLED, "2026-11-04"),
              Fails(v1::REASON_CERTIFICATION_ENDED));
  EXPECT_OK(End(officer_, name, CertificationEnd::CAUSE_ERROR, ""));
  EXPECT_THAT(End(officer_, name, CertificationEnd::CAUSE_ERROR, ""),
              Fails(v1::REASON_CERTIFICATION_ENDED));
  Recorded();
}

TEST_F(CertificationTest, AHolderWithoutAPlaceIsOfWhoeverSupervisesAll) {
  constexpr char kNowhere[] = "parties/T3ST00000000000000P9",
                 kThing[] = "products/T3ST00000000000000A9";
  Decision events(2);
  events[0].mutable_party_registered()->set_party(kNowhere);
  events[1].mutable_product_registered()->set_product(kThing);
  events[1].mutable_product_registered()->set_party(kNowhere);
  Put({kNowhere, kThing}, events);
  claim::v1::Certification claim = Claim();
  claim.set_holder(kNowhere);
  claim.set_products(0, kThing);
  EXPECT_THAT(Record(officer_, claim), Fails(v1::REASON_NOT_FOUND));
  EXPECT_OK(Record(Officer(""), claim).status());
}

// Recorded on 4 November, local time; what is asked for on the 6th.
TEST_F(CertificationTest, EndsOnceBetweenItsRecordAndToday) {
  const struct {
    CertificationEnd::Cause cause;
    const char* date;
    v1::Reason reason;
  } kCases[] = {
      {CertificationEnd::CAUSE_WITHDRAWN, "2026-11-04", kOk},
      {CertificationEnd::CAUSE_WITHDRAWN, "2026-11-06", kOk},
      {CertificationEnd::CAUSE_CANCELLED, "2026-11-05", kOk},
      {CertificationEnd::CAUSE_WITHDRAWN, "2026-11-03", v1::REASON_CERTIFICATION_END_DATE},
      {CertificationEnd::CAUSE_CANCELLED, "2026-11-07", v1::REASON_CERTIFICATION_END_DATE},
      {CertificationEnd::CAUSE_WITHDRAWN, "", v1::REASON_CERTIFICATION_END_DATE},
      {CertificationEnd::CAUSE_ERROR, "", kOk},
      {CertificationEnd::CAUSE_ERROR, "2026-11-05", v1::REASON_CERTIFICATION_END_DATE},
  };
  std::vector<std::string> names;
  for (size_t i = 0; i < std::size(kCases); ++i) {
    claim::v1::Certification claim = Claim();
    claim.set_number(StrCat("N-", i));
    names.push_back(Recorded(claim));
  }
  world_.clock().Advance(absl::Hours(24 + 1));
  for (size_t i = 0; i < std::size(kCases); ++i) {
    const auto& of = kCases[i];
    EXPECT_EQ(ReasonOf(End(officer_, names[i], of.cause, of.date)), of.reason) << i;
    if (of.reason != kOk) continue;
    EXPECT_THAT(End(officer_, names[i], of.cause, of.date), Fails(v1::REASON_CERTIFICATION_ENDED));
  }
  EXPECT_THAT(
      End(officer_, "certifications/T3ST00000000000000X0", CertificationEnd::CAUSE_ERROR, ""),
      Fails(v1::REASON_NOT_FOUND));
}

TEST(DayTest, IsWrittenInOneWay) {
  EXPECT_EQ(ParseDay("2028-02-29"), absl::CivilDay(2028, 2, 29));
  for (const char* bad :
       {"", "2026-02-29", "2026-13-01", "2026-1-1", " 2026-01-01", "2026-01-01 ", "26-01-01",
        "12026-01-01", "-999-01-01", "2026/01/01", "２０２６-01-01"}) {
    EXPECT_FALSE(ParseDay(bad).has_value()) << bad;
  }
  const absl::Time evening = absl::FromUnixSeconds(1'793'808'000);  // 2026-11-04 16:00 UTC.
  EXPECT_EQ(DayTextOf(evening, 0), "2026-11-04");
  EXPECT_EQ(DayTextOf(evening, 480), "2026-11-05");
}

}  // namespace
}  // namespace suyuan::domain
