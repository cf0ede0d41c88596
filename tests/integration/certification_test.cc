// A certification from the officer's record to the pages of what was harvested under it.
#include "storage/base/text.h"
#include "suyuan/v1/label.pb.h"
#include "tests/support/chain.h"
#include "tests/support/command_line.h"
#include "tests/support/http.h"

namespace suyuan::test {
namespace {

using claim::v1::CertificationEnd;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kHere[] = "532302", kElsewhere[] = "532301";

class CertificationServiceTest : public testing::TestWithParam<Topology> {
 protected:
  // "2026-11-27", so many days from now.
  std::string Day(int days) {
    return domain::DayTextOf(system_.clock().Now() + absl::Hours(24 * days), 480);
  }
  v1::RecordCertificationRequest Request(const std::string& number) {
    auto request = Chain::New<v1::RecordCertificationRequest>();
    claim::v1::Certification& claim = *request.mutable_certification();
    claim.set_holder(coop_.party());
    claim.set_scheme(claim::v1::CERTIFICATION_SCHEME_GREEN_FOOD);
    claim.set_number(number);
    claim.set_body("样例绿色食品发展中心");
    claim.add_products(product_);
    claim.set_from_date(Day(-30));
    claim.set_until_date(Day(300));
    return request;
  }
  absl::StatusOr<v1::RecordCertificationResponse> Record(
      Actor& actor, const v1::RecordCertificationRequest& request) {
    return actor.Call<v1::RecordCertificationResponse>("RegistryService/RecordCertification",
                                                       request);
  }
  // Its name.
  std::string Recorded(const std::string& number) {
    const auto response = Record(officer_, Request(number));
    EXPECT_OK(response);
    return response.ok() ? response->certification() : "";
  }
  absl::Status End(Actor& actor, const std::string& name, CertificationEnd::Cause cause,
                   const std::string& date) {
    auto request = Chain::New<v1::EndCertificationRequest>();
    request.mutable_end()->set_certification(name);
    request.mutable_end()->set_cause(cause);
    request.mutable_end()->set_end_date(date);
    return actor.Call<v1::EndCertificationResponse>("RegistryService/EndCertification", request)
        .status();
  }
  // The officer's key is compromised, as his party says.
  void Suspect(const Actor& officer, absl::Time since) {
    auto revoke = Chain::New<v1::RevokeKeyRequest>();
    revoke.mutable_revocation()->set_key(
        rpc::NameOfKey("keys", officer.options().key->algorithm(), officer.options().key->Spki()));
    revoke.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_COMPROMISED);
    *revoke.mutable_revocation()->mutable_suspected_since() = domain::StampOf(since);
    EXPECT_OK(officer_.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", revoke));
  }
  std::string Harvest(Actor& actor, const std::string& plot, const std::string& site) {
    return system_.Harvest(actor, product_, plot, site, 100);
  }
  std::string Merge(const std::vector<std::string>& batches) {
    auto request = Chain::New<v1::MergeBatchesRequest>();
    request.mutable_merge()->set_site(farm_);
    for (const std::string& batch : batches) {
      claim::v1::BatchQuantity* input = request.mutable_merge()->add_inputs();
      input->set_batch(batch);
      *input->mutable_quantity() = System::Kilograms(10);
    }
    *request.mutable_merge()->mutable_occur() = system_.Now();
    const auto response =
        coop_.Call<v1::MergeBatchesResponse>("OriginService/MergeBatches", request);
    EXPECT_OK(response);
    return response->batch();
  }
  v1::Journey JourneyOf(const std::string& batch) {
    v1::ResolveBatchRequest request;
    request.set_batch(batch);
    request.set_min_sequence(system_.LastSequence());
    const auto response =
        system_.stranger().Call<v1::ResolveBatchResponse>("LabelService/ResolveBatch", request);
    EXPECT_OK(response);
    return response->journey();
  }
  std::vector<std::string> NumbersOn(const std::string& batch) {
    std::vector<std::string> numbers;
    const v1::Journey journey = JourneyOf(batch);
    for (const auto& held : journey.certifications()) numbers.push_back(held.number());
    return numbers;
  }
  std::string Page(const std::string& batch) {
    JourneyOf(batch);  // As of the newest record.
    return Fetch(system_.portal().http_port(), "GET",
                 StrCat("/b/", batch.substr(batch.find('/') + 1), "?lang=zh"))
        .body;
  }
  std::vector<v1::Certification> List(Actor& actor, const std::string& party) {
    v1::ListCertificationsRequest request;
    request.set_page_size(1);
    request.set_party(party);
    request.set_min_sequence(system_.LastSequence());
    return AllPages<v1::ListCertificationsResponse>(
        actor, "RegistryService/ListCertifications", request, [](const auto& response) {
          return std::vector<v1::Certification>(response.certifications().begin(),
                                                response.certifications().end());
        });
  }

  System system_{GetParam()};
  Actor& coop_ = system_.AddParty("金山蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE}, kHere);
  Actor& other_ = system_.AddParty("仁兴蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE}, kHere);
  Actor& officer_ = system_.AddParty("禄丰监管所", {claim::v1::PARTY_ROLE_REGULATOR}, kHere);
  Actor& elsewhere_ = system_.AddParty("楚雄监管所", {claim::v1::PARTY_ROLE_REGULATOR}, kElsewhere);
  const std::string product_ = system_.AddProduct(coop_);
  const std::string farm_ = system_.AddSite(coop_, claim::v1::SITE_KIND_FARM);
  const std::string plot_ = system_.AddPlot(coop_);
};

TEST_P(CertificationServiceTest, GoesFromTheOfficersRecordToThePageAndItsEnd) {
  const std::string before = Harvest(coop_, plot_, farm_);
  EXPECT_THAT(Page(before), HasSubstr("<li>绿色食品、有机等认证"));
  const auto recorded = Record(officer_, Request("LB-1"));
  ASSERT_OK(recorded);
  // Recorded after the harvest, and yet it held on that day.
  const v1::Journey journey = JourneyOf(before);
  ASSERT_EQ(journey.certifications_size(), 1);
  const v1::HeldCertification& held = journey.certifications(0);
  EXPECT_EQ(held.certification(), recorded->certification());
  EXPECT_EQ(held.authority_name(), "禄丰监管所");
  EXPECT_EQ(held.sequence(), recorded->receipt().sequence());
  EXPECT_EQ(held.standing(), v1::STANDING_VALID);
  const std::string page = Page(before);
  for (const std::string& said :
       {std::string("<h3>绿色食品</h3>"), std::string("编号 LB-1"), std::string("核对：禄丰监管所"),
        StrCat("有效期 ", Day(-30), " 至 ", Day(300))}) {
    EXPECT_THAT(page, HasSubstr(said));
  }

  system_.clock().Advance(absl::Hours(48));
  ASSERT_OK(End(officer_, recorded->certification(), CertificationEnd::CAUSE_WITHDRAWN, Day(0)));
  EXPECT_THAT(Page(before), HasSubstr(StrCat("采收时有效，已于 ", Day(0), " 撤销")));
  const std::string after = Harvest(coop_, plot_, farm_);
  EXPECT_THAT(Page(after), Not(HasSubstr("绿色食品</h3>")));
  EXPECT_THAT(Page(after), HasSubstr("<li>绿色食品、有机等认证"));
}

TEST_P(CertificationServiceTest, OneRecordedInErrorIsNowhereAndItsNumberIsFree) {
  const std::string batch = Harvest(coop_, plot_, farm_);
  const std::string name = Recorded("LB-1");
  EXPECT_THAT(Record(officer_, Request("LB-1")), Fails(v1::REASON_ALREADY_EXISTS));
  ASSERT_OK(End(officer_, name, CertificationEnd::CAUSE_ERROR, ""));
  EXPECT_THAT(NumbersOn(batch), IsEmpty());
  EXPECT_THAT(End(officer_, name, CertificationEnd::CAUSE_ERROR, ""),
              Fails(v1::REASON_CERTIFICATION_ENDED));
  Recorded("LB-1");
  EXPECT_THAT(NumbersOn(batch), ElementsAre("LB-1"));
}

TEST_P(CertificationServiceTest, NobodyButAnOfficerOfThePlaceRecordsOrEndsIt) {
  EXPECT_THAT(Record(coop_, Request("LB-1")), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Record(elsewhere_, Request("LB-1")), Fails(v1::REASON_NOT_FOUND));
  Actor& officer = system_.AddMember(officer_, claim::v1::MEMBER_ROLE_OFFICER);
  const auto recorded = Record(officer, Request("LB-1"));
  ASSERT_OK(recorded);
  for (Actor* actor : {&coop_, &elsewhere_}) {
    EXPECT_FALSE(
        End(*actor, recorded->certification(), CertificationEnd::CAUSE_WITHDRAWN, Day(0)).ok());
  }
  v1::RecordCertificationRequest foreign = Request("LB-2");
  foreign.mutable_certification()->set_holder(other_.party());
  EXPECT_THAT(Record(officer, foreign), Fails(v1::REASON_CERTIFIED_PRODUCT));
}

// It is of a party's produce: another's, under the same product, is not praised with it.
TEST_P(CertificationServiceTest, AMixShowsOnlyWhatCoversEveryOrigin) {
  v1::SetProductUseRequest use = Chain::New<v1::SetProductUseRequest>();
  use.mutable_product_use()->set_product(product_);
  use.mutable_product_use()->set_party(other_.party());
  use.mutable_product_use()->set_allowed(true);
  ASSERT_OK(coop_.Call<v1::SetProductUseResponse>("RegistryService/SetProductUse", use));
  Recorded("LB-1");
  const std::string site = system_.AddSite(other_, claim::v1::SITE_KIND_FARM);
  const std::string theirs = Harvest(other_, system_.AddPlot(other_), site);
  system_.Receive(coop_, system_.Ship(other_, theirs, 100, site, farm_));
  const std::string first = Harvest(coop_, plot_, farm_), second = Harvest(coop_, plot_, farm_);
  EXPECT_THAT(NumbersOn(Merge({first, second})), ElementsAre("LB-1"));
  EXPECT_THAT(NumbersOn(theirs), IsEmpty());
  const std::string mixed = Merge({first, theirs});
  EXPECT_THAT(NumbersOn(mixed), IsEmpty());
  EXPECT_EQ(JourneyOf(mixed).origins_total(), 2);
  EXPECT_THAT(Page(mixed), HasSubstr("<li>绿色食品、有机等认证"));
}

// What somebody else may have signed praises nothing.
TEST_P(CertificationServiceTest, ADisputedOneIsNotShown) {
  const std::string batch = Harvest(coop_, plot_, farm_);
  Actor& officer = system_.AddMember(officer_, claim::v1::MEMBER_ROLE_OFFICER);
  const absl::Time stolen = system_.clock().Now();
  system_.clock().Advance(absl::Minutes(10));
  ASSERT_OK(Record(officer, Request("LB-1")));
  EXPECT_THAT(NumbersOn(batch), ElementsAre("LB-1"));
  Suspect(officer, stolen);
  EXPECT_THAT(NumbersOn(batch), IsEmpty());
}

TEST_P(CertificationServiceTest, ADisputedEndEndsNothing) {
  const std::string batch = Harvest(coop_, plot_, farm_);
  const std::string withdrawn = Recorded("LB-1"), wrong = Recorded("LB-2");
  Actor& officer = system_.AddMember(officer_, claim::v1::MEMBER_ROLE_OFFICER);
  const absl::Time stolen = system_.clock().Now();
  system_.clock().Advance(absl::Minutes(10));
  ASSERT_OK(End(officer, withdrawn, CertificationEnd::CAUSE_WITHDRAWN, Day(0)));
  ASSERT_OK(End(officer, wrong, CertificationEnd::CAUSE_ERROR, ""));
  EXPECT_THAT(NumbersOn(batch), ElementsAre("LB-1"));
  Suspect(officer, stolen);
  const v1::Journey journey = JourneyOf(batch);
  ASSERT_EQ(journey.certifications_size(), 2);
  for (const v1::HeldCertification& held : journey.certifications()) {
    EXPECT_FALSE(held.has_end()) << held.number();
  }
}

// He could choose it: it must have held on the day he said so, too.
TEST_P(CertificationServiceTest, TheGrowersWordForHisDayDoesNotDecideAlone) {
  v1::RecordCertificationRequest ends = Request("LB-1");
  ends.mutable_certification()->set_until_date(Day(0));
  ASSERT_OK(Record(officer_, ends));
  const claim::v1::When last_day = system_.Now();
  system_.clock().Advance(absl::Hours(48));
  auto request = Chain::New<v1::RegisterHarvestRequest>();
  request.mutable_harvest()->set_product(product_);
  request.mutable_harvest()->add_plots(plot_);
  request.mutable_harvest()->set_site(farm_);
  *request.mutable_harvest()->mutable_quantity() = System::Kilograms(10);
  *request.mutable_harvest()->mutable_occur() = last_day;
  const auto harvested =
      coop_.Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest", request);
  ASSERT_OK(harvested);
  EXPECT_THAT(Page(harvested->batch()), Not(HasSubstr("绿色食品</h3>")));
}

TEST_P(CertificationServiceTest, IsListedForEveryMemberWithItsEnd) {
  Actor& auditor = system_.AddParty("审计所", {claim::v1::PARTY_ROLE_AUDITOR});
  const std::string first = Recorded("LB-1"), second = Recorded("LB-2");
  ASSERT_OK(End(officer_, first, CertificationEnd::CAUSE_CANCELLED, Day(0)));
  for (Actor* actor : {&coop_, &officer_, &auditor}) {
    const std::vector<v1::Certification> all = List(*actor, coop_.party());
    EXPECT_THAT(NamesOf(all), ElementsAre(first, second));
    EXPECT_EQ(all[0].end().cause(), CertificationEnd::CAUSE_CANCELLED);
    EXPECT_EQ(all[0].authority(), officer_.party());
    EXPECT_TRUE(all[0].has_end_record_time());
    EXPECT_FALSE(all[1].has_end());
  }
  EXPECT_THAT(List(officer_, other_.party()), IsEmpty());
  system_.Restart();
  EXPECT_THAT(NamesOf(List(coop_, "")), ElementsAre(first, second));
}

INSTANTIATE_TEST_SUITE_P(Topologies, CertificationServiceTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

TEST(CertificationCommandTest, AreRecordedEndedListedAndImported) {
  System system(Topology::kOneProcess);
  CommandLine line(&system);
  const std::string coop = line.AddParty("coop", "cooperative");
  line.AddParty("bureau", "regulator");
  const auto run = [&](const std::string& who, std::vector<std::string> arguments) {
    const Ran ran = line.Run(who, std::move(arguments));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran;
  };
  const std::string product =
      run("coop", {"product", "register", "--name", "番茄", "--unit", "milligram"}).Text("product");
  std::vector<std::string> record = {"certification", "record",     "--holder",  coop,
                                     "--scheme",      "green-food", "--number",  "LB-1",
                                     "--body",        "样例中心",   "--product", product,
                                     "--from",        "2026-01-01", "--until",   "2028-12-31"};
  EXPECT_EQ(line.Run("coop", record).code, 4);  // Nobody praises himself.
  const std::string name = run("bureau", record).Text("certification");
  const Ran again = line.Run("bureau", record);
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, HasSubstr("REASON_ALREADY_EXISTS"));
  record.back() = "2028-2-31";
  EXPECT_THAT(line.Run("bureau", record).err, HasSubstr("certification.until_date"));
  run("bureau", {"certification", "end", name, "--cause", "error"});

  line.Write("certifications.csv",
             StrCat("holder,scheme,number,body,products,from_date,until_date\n", coop,
                    ",organic,ORG-1,样例中心,", product, ",2026-01-01,2026-12-31\n"));
  run("bureau", {"import", "certifications", line.path("certifications.csv")});
  const Ran list = run("coop", {"certification", "list", "--party", coop, "--min-sequence",
                                StrCat(system.LastSequence())});
  EXPECT_EQ(list["certifications"].list_value().values_size(), 2);
  EXPECT_THAT(list.out, HasSubstr("CAUSE_ERROR"));
  EXPECT_THAT(list.out, HasSubstr("ORG-1"));
}

}  // namespace
}  // namespace suyuan::test
