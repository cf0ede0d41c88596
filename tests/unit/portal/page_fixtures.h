// A batch of cowpeas as a consumer meets it, in every state its page may have to tell of.
#pragma once

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "services/domain/quantity.h"
#include "services/domain/time.h"
#include "services/portal/scan_page.h"

namespace suyuan::portal {

constexpr int64_t kGram = 1000;  // In milligrams.
constexpr int64_t kKilogram = 1000 * kGram;

inline absl::Time At(int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilSecond(2026, 11, day, hour, minute, 0),
                         absl::FixedTimeZone(480 * 60));
}

inline claim::v1::Quantity Milligrams(int64_t amount) {
  return domain::QuantityOf({amount, claim::v1::UNIT_MILLIGRAM});
}

inline void AddStep(v1::Journey& journey, const std::string& kind, absl::Time time,
                    const std::string& site, const std::string& party,
                    const std::string& detail = "", int64_t milligrams = 0) {
  v1::TimelineEntry* step = journey.add_steps();
  step->set_kind(kind);
  *step->mutable_occur_time() = domain::StampOf(time);
  *step->mutable_record_time() = domain::StampOf(time + absl::Minutes(2));
  step->set_site_name(site);
  step->set_party_name(party);
  step->set_detail(detail);
  if (milligrams > 0) *step->mutable_quantity() = Milligrams(milligrams);
}

inline void AddOrigin(v1::Journey& journey, const std::string& party, const std::string& village,
                      const std::string& plot, absl::Time time, int64_t milligrams) {
  v1::Origin* origin = journey.add_origins();
  origin->set_party_name(party);
  origin->set_township("黑井镇");
  origin->set_village(village);
  origin->set_plot_name(plot);
  origin->set_plot_kind(claim::v1::PLOT_KIND_GREENHOUSE);
  *origin->mutable_harvest_time() = domain::StampOf(time);
  // Added in the order of their harvests.
  if (journey.origins_size() == 1) *journey.mutable_first_harvest_time() = domain::StampOf(time);
  *journey.mutable_last_harvest_time() = domain::StampOf(time);
  *origin->mutable_quantity() = Milligrams(milligrams);
  journey.set_origins_total(journey.origins_total() + 1);
}

inline v1::HeldCertification& AddCertification(v1::Journey& journey,
                                               claim::v1::CertificationScheme scheme,
                                               const std::string& from, const std::string& until) {
  v1::HeldCertification& held = *journey.add_certifications();
  held.set_scheme(scheme);
  held.set_number("SAMPLE-" + std::to_string(journey.certifications_size()));
  held.set_body("样例绿色食品发展中心");
  held.set_from_date(from);
  held.set_until_date(until);
  held.set_authority_name("禄丰市农业农村局");
  held.set_sequence(7210044);
  *held.mutable_record_time() = domain::StampOf(At(1, 10, 0));
  return held;
}

inline void EndOn(const std::string& date, claim::v1::CertificationEnd::Cause cause,
                  v1::HeldCertification& held) {
  held.mutable_end()->set_cause(cause);
  held.mutable_end()->set_end_date(date);
}

inline void AddMeasured(v1::Test& test, const std::string& zh, const std::string& en,
                        int64_t ng_per_kg, int64_t limit, bool below = false) {
  claim::v1::AnalyteResult* result = test.mutable_result()->add_results();
  result->set_analyte(zh);
  result->set_analyte_en(en);
  result->mutable_measurement()->set_below(below);
  result->mutable_measurement()->set_value_ng_per_kg(ng_per_kg);
  result->mutable_measurement()->set_limit_ng_per_kg(limit);
  result->mutable_measurement()->set_limit_source("GB 2763-2026");
}

inline v1::Test& AddTest(v1::Journey& journey, claim::v1::Verdict verdict) {
  v1::Test& test = *journey.add_tests();
  test.set_batch(journey.batch().name());
  test.set_lab_name("楚雄州农产品质量安全检测中心");
  test.set_purpose(claim::v1::SAMPLING_PURPOSE_SPOT_CHECK);
  test.mutable_result()->set_method("GB 23200.121-2021");
  test.mutable_result()->set_verdict(verdict);
  *test.mutable_result()->mutable_occur()->mutable_time() = domain::StampOf(At(4, 16, 20));
  return test;
}

inline void AddLaboratoryTest(v1::Journey& journey) {
  v1::Test& test = AddTest(journey, claim::v1::VERDICT_CONFORMANT);
  AddMeasured(test, "毒死蜱", "chlorpyrifos", 10'000, 20'000, true);
  AddMeasured(test, "灭蝇胺", "cyromazine", 82'000, 500'000);
  AddMeasured(test, "噻虫胺", "clothianidin", 4'000, 10'000);
  AddMeasured(test, "氟虫腈", "fipronil", 5'000, 20'000, true);
  AddMeasured(test, "克百威", "carbofuran", 10'000, 20'000, true);
  AddMeasured(test, "阿维菌素", "abamectin", 12'000, 50'000);
}

// Measured; nobody has issued it, and so no answer is told.
inline v1::Test& AddUnissuedTest(v1::Journey& journey) {
  v1::Test& test = AddTest(journey, claim::v1::VERDICT_UNSPECIFIED);
  test.set_provisional(true);
  return test;
}

inline void AddScreening(v1::Journey& journey, claim::v1::ScreeningOutcome outcome,
                         claim::v1::Verdict verdict) {
  v1::Test& test = AddTest(journey, verdict);
  test.set_lab_name("黑井镇农产品质量安全监管站");
  test.mutable_result()->set_method("GB/T 5009.199-2003");
  claim::v1::AnalyteResult* result = test.mutable_result()->add_results();
  result->set_analyte("有机磷和氨基甲酸酯类农药");
  result->set_analyte_en("organophosphates and carbamates");
  result->mutable_screening()->set_outcome(outcome);
}

// Harvested, on its way, received; not tested yet.
inline v1::ResolveLabelResponse UntestedLabel() {
  v1::ResolveLabelResponse label;
  label.set_batch("batches/SY010A2B3C4D5E6F7G8H");
  label.set_number(123);
  v1::Journey& journey = *label.mutable_journey();
  journey.mutable_batch()->set_name(label.batch());
  journey.mutable_batch()->set_grade("特级");
  *journey.mutable_batch()->mutable_quantity() = Milligrams(420 * kKilogram);
  claim::v1::Product& product = *journey.mutable_product();
  product.set_name("豇豆");
  product.set_name_en("Cowpea");
  product.set_shelf_life_days(7);
  *product.mutable_net_content() = Milligrams(500 * kGram);
  AddOrigin(journey, "禄丰黑井兴农蔬菜专业合作社", "复隆村", "3 号棚", At(4, 7, 10),
            600 * kKilogram);
  AddStep(journey, "batch_harvested", At(4, 7, 10), "黑井产地集货点", "禄丰黑井兴农蔬菜专业合作社",
          "", 600 * kKilogram);
  AddStep(journey, "batch_graded", At(4, 9, 30), "黑井产地集货点", "禄丰黑井兴农蔬菜专业合作社",
          "特级", 420 * kKilogram);
  AddStep(journey, "labels_issued", At(4, 10, 5), "", "禄丰黑井兴农蔬菜专业合作社", "840");
  AddStep(journey, "shipment_dispatched", At(4, 11, 0), "黑井产地集货点",
          "禄丰黑井兴农蔬菜专业合作社", "金山县级集散中心");
  AddStep(journey, "shipment_received", At(4, 13, 40), "金山县级集散中心", "禄丰市供销集团", "",
          420 * kKilogram);
  journey.set_shipped(true);
  journey.set_sequence(7341905);
  journey.set_as_of_size(9120331);
  return label;
}

// The first leg is asked to be kept at `keep` and measured at `measured`, in tenths of a degree.
inline v1::ResolveLabelResponse ChilledLabel(std::pair<int, int> keep,
                                             std::pair<int, int> measured) {
  v1::ResolveLabelResponse label = UntestedLabel();
  const auto set = [](claim::v1::TemperatureRange* range, std::pair<int, int> ends) {
    range->set_lowest_decidegrees(ends.first);
    range->set_highest_decidegrees(ends.second);
  };
  for (v1::TimelineEntry& step : *label.mutable_journey()->mutable_steps()) {
    if (step.kind() == "shipment_dispatched") set(step.mutable_keep(), keep);
    if (step.kind() != "shipment_received") continue;
    set(step.mutable_keep(), keep);
    set(step.mutable_measured(), measured);
  }
  return label;
}

inline v1::ResolveLabelResponse UnissuedLabel() {
  v1::ResolveLabelResponse label = UntestedLabel();
  AddUnissuedTest(*label.mutable_journey());
  AddStep(*label.mutable_journey(), "result_recorded", At(4, 16, 20), "",
          "楚雄州农产品质量安全检测中心", "");
  return label;
}

inline v1::ResolveLabelResponse TestedLabel() {
  v1::ResolveLabelResponse label = UntestedLabel();
  AddLaboratoryTest(*label.mutable_journey());
  AddStep(*label.mutable_journey(), "result_recorded", At(4, 16, 20), "",
          "楚雄州农产品质量安全检测中心", "VERDICT_CONFORMANT");
  AddStep(*label.mutable_journey(), "shipment_dispatched", At(5, 18, 0), "金山县级集散中心",
          "禄丰市供销集团", "广通镇乡镇站点");
  AddStep(*label.mutable_journey(), "shipment_received", At(5, 19, 10), "广通镇乡镇站点",
          "禄丰市供销集团", "", 418 * kKilogram);
  return label;
}

inline v1::ResolveLabelResponse ScreenedLabel() {
  v1::ResolveLabelResponse label = UntestedLabel();
  AddScreening(*label.mutable_journey(), claim::v1::SCREENING_OUTCOME_NEGATIVE,
               claim::v1::VERDICT_CONFORMANT);
  return label;
}

inline v1::ResolveLabelResponse UndecidedLabel() {
  v1::ResolveLabelResponse label = UntestedLabel();
  AddScreening(*label.mutable_journey(), claim::v1::SCREENING_OUTCOME_INVALID,
               claim::v1::VERDICT_INCONCLUSIVE);
  return label;
}

inline v1::ResolveLabelResponse FailedLabel() {
  v1::ResolveLabelResponse label = UntestedLabel();
  v1::Test& test = AddTest(*label.mutable_journey(), claim::v1::VERDICT_NON_CONFORMANT);
  AddMeasured(test, "灭蝇胺", "cyromazine", 82'000, 500'000);
  AddMeasured(test, "毒死蜱", "chlorpyrifos", 31'500, 20'000);
  AddMeasured(test, "噁霉灵", "hymexazol", 4'000, 0);
  return label;
}

inline v1::ResolveLabelResponse HeldLabel() {
  v1::ResolveLabelResponse label = FailedLabel();
  label.mutable_journey()->set_on_hold(true);
  label.mutable_journey()->set_hold_cause(claim::v1::HOLD_CAUSE_FAILED_TEST);
  AddStep(*label.mutable_journey(), "hold_placed", At(4, 16, 20), "",
          "楚雄州农产品质量安全检测中心", "HOLD_CAUSE_FAILED_TEST");
  return label;
}

inline v1::ResolveLabelResponse RecalledLabel() {
  v1::ResolveLabelResponse label = HeldLabel();
  v1::OpenRecall& recall = *label.mutable_journey()->mutable_recall();
  recall.set_party_name("禄丰市农业农村局");
  recall.mutable_claim()->set_hazard(claim::v1::HAZARD_PESTICIDE_RESIDUE);
  recall.mutable_claim()->set_level(claim::v1::RECALL_LEVEL_TWO);
  recall.mutable_claim()->set_notice_zh(
      "这批豇豆检出毒死蜱超过国家限量，请停止食用并退回购买处，凭标签全额退款。");
  recall.mutable_claim()->set_notice_en(
      "Chlorpyrifos above the national limit was found in these cowpeas. Stop eating them and take "
      "them back for a full refund.");
  *recall.mutable_record_time() = domain::StampOf(At(5, 8, 30));
  AddStep(*label.mutable_journey(), "recall_opened", At(5, 8, 30), "", "禄丰市农业农村局",
          "HAZARD_PESTICIDE_RESIDUE");
  return label;
}

inline v1::ResolveLabelResponse VoidedLabel() {
  v1::ResolveLabelResponse label = TestedLabel();
  label.set_voided(true);
  return label;
}

// One of a run whose steps are recorded.
inline v1::ResolveLabelResponse LabelIn(v1::LabelState state, claim::v1::RetireCause cause = {}) {
  v1::ResolveLabelResponse label = TestedLabel();
  label.set_state(state);
  label.set_steps_recorded(true);
  if (state != v1::LABEL_STATE_GENERATED && state != v1::LABEL_STATE_VOIDED) {
    *label.mutable_state_time() = domain::StampOf(At(4, 10, 5));
  }
  label.set_retire_cause(cause);
  return label;
}

inline v1::ResolveLabelResponse ScannedLabel() {
  v1::ResolveLabelResponse label = LabelIn(v1::LABEL_STATE_APPLIED);
  label.mutable_scans()->set_first_day("2026-11-05");
  label.mutable_scans()->set_count_at_least(6);
  label.mutable_scans()->set_unusual(true);
  return label;
}

// With a PIN under a scratch layer.
inline v1::ResolveLabelResponse PinLabel() {
  v1::ResolveLabelResponse label = ScannedLabel();
  label.mutable_scans()->clear_unusual();
  label.set_has_pin(true);
  return label;
}

// Harvested on 4 November: one that holds, one that was withdrawn since, one that came later.
inline v1::ResolveLabelResponse CertifiedLabel() {
  v1::ResolveLabelResponse label = TestedLabel();
  v1::Journey& journey = *label.mutable_journey();
  AddCertification(journey, claim::v1::CERTIFICATION_SCHEME_GREEN_FOOD, "2026-01-01", "2028-12-31");
  EndOn("2026-11-05", claim::v1::CertificationEnd::CAUSE_WITHDRAWN,
        AddCertification(journey, claim::v1::CERTIFICATION_SCHEME_GAP, "2026-01-01", "2026-12-31"));
  AddCertification(journey, claim::v1::CERTIFICATION_SCHEME_ORGANIC, "2026-11-05", "2027-11-04");
  return label;
}

inline v1::ResolveLabelResponse NotShippedLabel() {
  v1::ResolveLabelResponse label = TestedLabel();
  v1::Journey& journey = *label.mutable_journey();
  journey.set_shipped(false);
  journey.mutable_steps()->DeleteSubrange(3, journey.steps_size() - 3);
  return label;
}

// As much of everything as a journey may hold.
inline v1::ResolveLabelResponse LargestLabel() {
  v1::ResolveLabelResponse label = UntestedLabel();
  v1::Journey& journey = *label.mutable_journey();
  journey.clear_steps();
  journey.clear_origins();
  for (int i = 0; i < 50; ++i) {
    AddOrigin(journey, "禄丰第" + std::to_string(i * 7919) + "号蔬菜专业合作社",
              "第" + std::to_string(i) + "村民小组", std::to_string(i * 31) + " 号大棚",
              At(1, 6, 0) + absl::Minutes(i * 17), (i + 1) * 37 * kKilogram);
  }
  journey.set_origins_total(4321);
  for (int i = 0; i < 20; ++i) {
    AddCertification(journey, claim::v1::CERTIFICATION_SCHEME_GEOGRAPHICAL_INDICATION, "2026-01-01",
                     "2028-12-31")
        .set_body("第" + std::to_string(i * 641) + "认证中心");
  }
  for (int i = 0; i < 50; ++i) {
    v1::Test& test = AddTest(journey, claim::v1::VERDICT_CONFORMANT);
    test.set_batch("batches/" + std::to_string(i));
    test.set_lab_name("第" + std::to_string(i * 104729) + "检测中心");
    for (int k = 0; k < 600; ++k) {
      AddMeasured(test, "农药" + std::to_string(i * 613 + k * 97), "pesticide",
                  1 + i * 911 + k * 37, 1'000'000 + k * 1000);
    }
  }
  for (int i = 0; i < 200; ++i) {
    AddStep(journey, i % 2 == 0 ? "shipment_dispatched" : "shipment_received",
            At(1, 8, 0) + absl::Minutes(i * 61), "第" + std::to_string(i * 641) + "站点",
            "第" + std::to_string(i * 331) + "物流公司", "第" + std::to_string(i * 53) + "站点",
            (i + 1) * 3 * kKilogram);
    v1::TimelineEntry& step = *journey.mutable_steps()->rbegin();
    step.mutable_keep()->set_lowest_decidegrees(-i * 3);
    step.mutable_keep()->set_highest_decidegrees(i * 2);
    if (i % 4 != 1) continue;  // Else it was asked and not measured.
    step.mutable_measured()->set_lowest_decidegrees(-i * 4);
    step.mutable_measured()->set_highest_decidegrees(i * 3);
  }
  return label;
}

inline v1::ResolveProductResponse KnownProduct() {
  v1::ResolveProductResponse known;
  *known.mutable_product() = UntestedLabel().journey().product();
  known.mutable_product()->set_gtin("09520123456788");
  known.mutable_product()->add_grades("特级");
  known.set_party_name("禄丰黑井兴农蔬菜专业合作社");
  return known;
}

inline PageFacts FactsOf(absl::Time now = At(6, 9, 15)) {
  PageFacts facts;
  facts.public_url = "https://trace.example.cn";
  facts.now = now;
  return facts;
}

}  // namespace suyuan::portal
