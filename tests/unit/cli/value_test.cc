#include "cli/value.h"

#include "cli/show.h"
#include "services/domain/error.h"
#include "services/domain/id.h"
#include "services/domain/time.h"
#include "suyuan/claim/v1/chain.pb.h"
#include "suyuan/claim/v1/registry.pb.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/test.h"

namespace suyuan::cli {
namespace {

using test::HasCode;
using testing::ElementsAre;

const absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
const std::string kBatch = "batches/" + domain::MakeId("0000", "", "", 1);

// A message with one field set from text.
template <typename Message>
absl::StatusOr<Message> With(std::string_view path, const std::string& text) {
  Message message;
  const absl::Status status = SetField(&message, path, text, &ResolveIds);
  if (!status.ok()) return status;
  return message;
}

TEST(WhenTest, ReadsTimesWithAndWithoutOffset) {
  const absl::Time time =
      absl::FromCivil(absl::CivilMinute(2026, 10, 3, 0, 20), absl::UTCTimeZone());
  for (const char* text : {"2026-10-03T08:20+08:00", "2026-10-03 08:20", "2026-10-03T08:20:00",
                           "2026-10-03T00:20Z", "2026-10-02T19:20-05:00"}) {
    const auto when = ParseWhen(text);
    ASSERT_OK(when) << text;
    EXPECT_EQ(domain::TimeOf(when->time()), time) << text;
  }
  EXPECT_EQ(ParseWhen("2026-10-02T19:20-05:00")->utc_offset_minutes(), -300);
  EXPECT_EQ(ParseWhen("2026-10-03 08:20")->utc_offset_minutes(), 480);
}

TEST(WhenTest, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026-10-03", "10:20", "2026-13-03T08:20", "2026-10-03T08:20+8",
                           "2026-10-03T08:20+99:00", "yesterday"}) {
    EXPECT_THAT(ParseWhen(text), HasCode(kInvalid)) << text;
  }
}

TEST(ValueTest, ReadsEnumsByNameAndInBothLanguages) {
  for (const char* text :
       {"county_hub", "county-hub", "COUNTY HUB", "县级集散中心", "SITE_KIND_COUNTY_HUB"}) {
    const auto site = With<claim::v1::Site>("kind", text);
    ASSERT_OK(site) << text;
    EXPECT_EQ(site->kind(), claim::v1::SITE_KIND_COUNTY_HUB);
  }
  const auto unknown = With<claim::v1::Site>("kind", "castle");
  ASSERT_THAT(unknown, HasCode(kInvalid));
  EXPECT_THAT(std::string(unknown.status().message()), testing::HasSubstr("village_point"));
  EXPECT_THAT(With<claim::v1::Site>("kind", "unspecified"), HasCode(kInvalid));
}

TEST(ValueTest, ReadsListsBetweenSemicolons) {
  EXPECT_THAT(With<claim::v1::Party>("roles", "packer; carrier")->roles(),
              ElementsAre(claim::v1::PARTY_ROLE_PACKER, claim::v1::PARTY_ROLE_CARRIER));
  EXPECT_THAT(With<claim::v1::Product>("grades", "特级;一级")->grades(),
              ElementsAre("特级", "一级"));
}

TEST(ValueTest, KeepsWhatWasTypedBesideAmountsAndAreas) {
  const auto harvest = With<claim::v1::Harvest>("quantity", "1200斤");
  EXPECT_EQ(harvest->quantity().amount(), 600'000'000);
  EXPECT_EQ(harvest->quantity().entered(), "1200斤");
  const auto plot = With<claim::v1::Plot>("area_m2", "12.5亩");
  EXPECT_EQ(plot->area_m2(), 8333);
  EXPECT_EQ(plot->area_entered(), "12.5亩");
}

TEST(ValueTest, RefusesAmountsItCannotRead) {
  const auto harvest = With<claim::v1::Harvest>("quantity", "a lot");
  EXPECT_EQ(domain::ReasonOf(harvest.status()), v1::REASON_QUANTITY_NOT_UNDERSTOOD);
}

TEST(ValueTest, ReadsSomeOfABatch) {
  const auto ship = With<claim::v1::Dispatch>("lines", kBatch + " = 3.5kg");
  ASSERT_OK(ship);
  EXPECT_EQ(ship->lines(0).batch(), kBatch);
  EXPECT_EQ(ship->lines(0).quantity().amount(), 3'500'000);
  EXPECT_THAT(With<claim::v1::Dispatch>("lines", kBatch), HasCode(kInvalid));
}

TEST(ValueTest, ReadsAShortLineWithItsCause) {
  const auto arrival = With<claim::v1::Arrival>("lines", kBatch + "=45kg;damaged");
  ASSERT_OK(arrival);
  EXPECT_EQ(arrival->lines(0).shortfall(), claim::v1::SHORTFALL_CAUSE_DAMAGED);
  EXPECT_EQ(With<claim::v1::Arrival>("lines", kBatch + "=45kg")->lines(0).shortfall(),
            claim::v1::SHORTFALL_CAUSE_UNSPECIFIED);
}

TEST(ValueTest, ReadsTemperaturesToTheTenth) {
  const struct {
    const char* text;
    int lowest, highest;
  } kCases[] = {{"0..8", 0, 80},      {"2.5..6", 25, 60}, {" -18 .. -15.5 ", -180, -155},
                {"-0.5..0.5", -5, 5}, {"4..4", 40, 40},   {"-60..100", -600, 1000},
                {"00.0..08.0", 0, 80}};
  for (const auto& of : kCases) {
    const auto ship = With<claim::v1::Dispatch>("keep", of.text);
    ASSERT_OK(ship) << of.text;
    EXPECT_EQ(ship->keep().lowest_decidegrees(), of.lowest) << of.text;
    EXPECT_EQ(ship->keep().highest_decidegrees(), of.highest) << of.text;
  }
  for (const char* text :
       {"", "4", "0-8", "0..", "..8", "0...8", "1..2..3", "0.25..8", "0,5..8", "+1..8", "--1..8",
        "- 1..8", "1e1..20", ".5..8", "5...8", "0..8℃", "99999999999..8", "0..9999", "a..b"}) {
    EXPECT_THAT(With<claim::v1::Arrival>("measured", text), HasCode(kInvalid)) << text;
  }
}

TEST(ValueTest, ReadsMeasurementsWithTheirLimit) {
  const auto result = With<claim::v1::TestResult>(
      "results", "毒死蜱=<0.01 mg/kg;limit=0.02 mg/kg;source=GB 2763-2021;en=chlorpyrifos");
  ASSERT_OK(result);
  const claim::v1::AnalyteResult& analyte = result->results(0);
  EXPECT_EQ(analyte.analyte(), "毒死蜱");
  EXPECT_EQ(analyte.analyte_en(), "chlorpyrifos");
  EXPECT_TRUE(analyte.measurement().below());
  EXPECT_EQ(analyte.measurement().value_ng_per_kg(), 10'000);
  EXPECT_EQ(analyte.measurement().limit_ng_per_kg(), 20'000);
  EXPECT_EQ(analyte.measurement().entered(), "<0.01 mg/kg");
  EXPECT_EQ(analyte.measurement().limit_source(), "GB 2763-2021");
}

TEST(ValueTest, ReadsScreenings) {
  const auto result = With<claim::v1::TestResult>("results", "有机磷类=positive;inhibition=62.5%");
  ASSERT_OK(result);
  EXPECT_EQ(result->results(0).screening().outcome(), claim::v1::SCREENING_OUTCOME_POSITIVE);
  EXPECT_EQ(result->results(0).screening().inhibition_permille(), 625);
  EXPECT_THAT(With<claim::v1::TestResult>("results", "x=negative;colour=red"), HasCode(kInvalid));
  EXPECT_THAT(With<claim::v1::TestResult>("results", "x=negative;inhibition=62.55%"),
              HasCode(kInvalid));
}

TEST(ValueTest, ReadsNamesAndBareIdsAndChecksTheirCheckCharacter) {
  const std::string id = kBatch.substr(8);
  EXPECT_EQ(With<claim::v1::Loss>("batch", kBatch)->batch(), kBatch);
  EXPECT_EQ(With<claim::v1::Loss>("batch", id)->batch(), kBatch);
  std::string wrong = id;
  wrong[10] = wrong[10] == 'A' ? 'B' : 'A';
  EXPECT_THAT(With<claim::v1::Loss>("batch", wrong), HasCode(kInvalid));
  EXPECT_THAT(With<claim::v1::Loss>("batch", "sites/" + id), HasCode(kInvalid));
}

TEST(ValueTest, RefusesNumbersThatDoNotFit) {
  EXPECT_EQ(With<claim::v1::LabelRun>("count", "400")->count(), 400);
  EXPECT_THAT(With<claim::v1::LabelRun>("count", "3000000000"), HasCode(kInvalid));
  EXPECT_THAT(With<claim::v1::LabelRun>("count", "4.5"), HasCode(kInvalid));
}

TEST(ShowTest, SaysValuesInTheUsersLanguage) {
  const auto party = With<claim::v1::Party>("roles", "packer;carrier");
  EXPECT_EQ(Shown(*party, "roles", Language::kChinese), "分拣包装、承运方");
  const auto harvest = With<claim::v1::Harvest>("quantity", "1200斤");
  EXPECT_EQ(Shown(*harvest, "quantity", Language::kChinese), "600 千克");
  EXPECT_EQ(Shown(*harvest, "quantity", Language::kEnglish), "600 kg");
  EXPECT_EQ(Shown(*harvest, "occur", Language::kEnglish), "");
  const auto result =
      With<claim::v1::TestResult>("results", "毒死蜱=0.35 mg/kg;limit=0.02 mg/kg;en=chlorpyrifos");
  EXPECT_EQ(Shown(*result, "results", Language::kChinese), "毒死蜱 0.35 mg/kg（限量 0.02 mg/kg）");
  EXPECT_EQ(Shown(*result, "results", Language::kEnglish),
            "chlorpyrifos 0.35 mg/kg (limit 0.02 mg/kg)");
  const auto arrival = With<claim::v1::Arrival>("measured", "-0.5..6");
  EXPECT_EQ(Shown(*arrival, "measured", Language::kChinese), "−0.5 至 6 ℃");
}

TEST(ShowTest, SaysPlacesByTheirNamesAndByTheirCodesWhereTheyHaveNone) {
  v1::ScanSignalCluster cluster;
  for (const char* place : {"CN-YN", "LA", "ZZ"}) {
    cluster.add_places()->set_place(place);
    cluster.mutable_places()->rbegin()->set_labels(3);
  }
  EXPECT_EQ(Shown(cluster, "places", Language::kEnglish), "Yunnan 3, Laos 3, ZZ 3");
  EXPECT_EQ(Shown(cluster, "places", Language::kChinese), "云南 3、老挝 3、ZZ 3");
  v1::LabelScans scans;
  scans.set_first_place("CN-GD");
  EXPECT_EQ(Shown(scans, "first_place", Language::kChinese), "广东");
}

TEST(ShowTest, SaysTimesAsTheirActorHadThem) {
  const auto harvest = With<claim::v1::Harvest>("occur", "2026-10-02T19:20-05:00");
  EXPECT_EQ(Shown(*harvest, "occur", Language::kChinese), "2026-10-02 19:20");
}

// Every kind of event the contract has, so that a timeline reads in words.
TEST(ShowTest, HasWordsForEveryKindOfEvent) {
  const auto* kinds = event::v1::Event::descriptor()->FindOneofByName("what");
  for (int i = 0; i < kinds->field_count(); ++i) {
    v1::TimelineEntry entry;
    entry.set_kind(kinds->field(i)->name());
    EXPECT_NE(Shown(entry, "kind", Language::kChinese), entry.kind());
    EXPECT_EQ(Shown(entry, "kind", Language::kEnglish).find('_'), std::string::npos);
  }
  v1::TimelineEntry entry;
  entry.set_detail("VERDICT_NON_CONFORMANT");
  EXPECT_EQ(Shown(entry, "detail", Language::kChinese), "不合格");
  entry.set_detail("特级");
  EXPECT_EQ(Shown(entry, "detail", Language::kEnglish), "特级");
}

TEST(ShowTest, CallsTheThingsOfEveryCollectionByAWord) {
  for (const char* collection :
       {"parties", "members", "keys", "sites", "plots", "products", "batches", "samplings",
        "results", "holds", "shipments", "labelRuns", "recalls"}) {
    EXPECT_NE(CollectionWord(collection, Language::kChinese), "") << collection;
  }
}

}  // namespace
}  // namespace suyuan::cli
