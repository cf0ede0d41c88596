#include "services/rpc/rules.h"

#include <functional>

#include "services/domain/error.h"
#include "services/domain/id.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "tests/support/domain_world.h"

namespace suyuan::rpc {
namespace {

using test::Fails;

constexpr char kUuid[] = "0b6e2a1c-5b1d-4f0e-9c55-0123456789ab";

std::string Name(const std::string& collection) {
  return collection + "/" + domain::MakeId("T3ST", "P", kUuid, 0);
}

v1::RegisterHarvestRequest Good() {
  v1::RegisterHarvestRequest request;
  request.set_request_id(kUuid);
  claim::v1::Harvest* harvest = request.mutable_harvest();
  harvest->set_product(Name("products"));
  harvest->add_plots(Name("plots"));
  harvest->set_site(Name("sites"));
  harvest->mutable_quantity()->set_amount(1);
  harvest->mutable_quantity()->set_unit(claim::v1::UNIT_MILLIGRAM);
  harvest->mutable_occur()->mutable_time()->set_seconds(1);
  return request;
}

TEST(RulesTest, AcceptsARightRequest) { EXPECT_OK(CheckRules(Good())); }

TEST(RulesTest, RefusesEachBrokenRuleAndNamesTheField) {
  struct Case {
    const char* field;
    std::function<void(v1::RegisterHarvestRequest&)> change;
    v1::Reason reason;
  };
  const Case cases[] = {
      {"request_id", [](auto& r) { r.clear_request_id(); }, v1::REASON_FIELD_REQUIRED},
      {"request_id", [](auto& r) { r.set_request_id("1"); }, v1::REASON_FIELD_MALFORMED},
      {"harvest", [](auto& r) { r.clear_harvest(); }, v1::REASON_FIELD_REQUIRED},
      {"harvest.plots", [](auto& r) { r.mutable_harvest()->clear_plots(); },
       v1::REASON_FIELD_REQUIRED},
      {"harvest.plots[0]", [](auto& r) { r.mutable_harvest()->set_plots(0, Name("sites")); },
       v1::REASON_FIELD_MALFORMED},
      {"harvest.plots",
       [](auto& r) {
         for (int i = 0; i < 50; ++i) r.mutable_harvest()->add_plots(Name("plots"));
       },
       v1::REASON_FIELD_TOO_LONG},
      {"harvest.site", [](auto& r) { r.mutable_harvest()->set_site("sites/X"); },
       v1::REASON_FIELD_MALFORMED},
      {"harvest.quantity.amount",
       [](auto& r) { r.mutable_harvest()->mutable_quantity()->set_amount(-1); },
       v1::REASON_FIELD_OUT_OF_RANGE},
      {"harvest.quantity.unit",
       [](auto& r) {
         r.mutable_harvest()->mutable_quantity()->set_unit(static_cast<claim::v1::Unit>(99));
       },
       v1::REASON_FIELD_OUT_OF_RANGE},
      {"harvest.quantity.entered",
       [](auto& r) { r.mutable_harvest()->mutable_quantity()->set_entered(std::string(41, '1')); },
       v1::REASON_FIELD_TOO_LONG},
      {"harvest.quantity.entered",
       [](auto& r) { r.mutable_harvest()->mutable_quantity()->set_entered("1\u202Ekg"); },
       v1::REASON_TEXT_NOT_ALLOWED},
      {"harvest.occur.time",
       [](auto& r) { r.mutable_harvest()->mutable_occur()->mutable_time()->set_nanos(-1); },
       v1::REASON_FIELD_OUT_OF_RANGE},
      {"harvest.occur.time",
       [](auto& r) {
         r.mutable_harvest()->mutable_occur()->mutable_time()->set_nanos(1'000'000'000);
       },
       v1::REASON_FIELD_OUT_OF_RANGE},
      {"harvest.occur.time",
       [](auto& r) {
         r.mutable_harvest()->mutable_occur()->mutable_time()->set_seconds(253'402'300'800);
       },
       v1::REASON_FIELD_OUT_OF_RANGE},
  };
  for (const Case& row : cases) {
    v1::RegisterHarvestRequest request = Good();
    row.change(request);
    const absl::Status status = CheckRules(request);
    EXPECT_THAT(status, Fails(row.reason)) << row.field;
    EXPECT_EQ(domain::DetailsOf(status)["field"], row.field);
  }
}

TEST(RulesTest, RefusesUnknownFieldsAtAnyDepth) {
  v1::RegisterHarvestRequest request = Good();
  request.mutable_harvest()
      ->mutable_occur()
      ->GetReflection()
      ->MutableUnknownFields(request.mutable_harvest()->mutable_occur())
      ->AddVarint(99, 1);
  EXPECT_THAT(CheckRules(request), Fails(v1::REASON_UNKNOWN_FIELD));
}

TEST(RulesTest, CountsCharactersNotBytes) {
  v1::RegisterPlotRequest request;
  request.set_request_id(kUuid);
  request.mutable_plot()->set_kind(claim::v1::PLOT_KIND_FIELD);
  request.mutable_plot()->set_area_m2(1);
  request.mutable_plot()->set_township("黑井镇");
  std::string name;
  for (int i = 0; i < 60; ++i) name += "禄";
  request.mutable_plot()->set_name(name);
  EXPECT_OK(CheckRules(request));
  request.mutable_plot()->set_name(name + "丰");
  EXPECT_THAT(CheckRules(request), Fails(v1::REASON_FIELD_TOO_LONG));
  for (const char* good : {"Café", "ก็", "𠮷野", "q\u0323\u0301\u0301\u0301", "မျှော်"}) {
    request.mutable_plot()->set_name(good);
    EXPECT_OK(CheckRules(request)) << good;
  }
  // The last two: not in form C; nine marks on one letter.
  for (const char* bad : {" 地", "地 ", "一  二", "Cafe\u0301",
                          "q\u0323\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"}) {
    request.mutable_plot()->set_name(bad);
    EXPECT_THAT(CheckRules(request), Fails(v1::REASON_FIELD_MALFORMED)) << bad;
  }
}

TEST(RulesTest, ADateIsADayOfTheCalendar) {
  v1::EndCertificationRequest request;
  request.set_request_id(kUuid);
  request.mutable_end()->set_certification(Name("certifications"));
  request.mutable_end()->set_cause(claim::v1::CertificationEnd::CAUSE_WITHDRAWN);
  request.mutable_end()->set_end_date("2026-11-27");
  EXPECT_OK(CheckRules(request));
  for (const char* bad : {"2026-02-30", "2026-1-1", "27.11.2026", "2026-11-27T00:00"}) {
    request.mutable_end()->set_end_date(bad);
    EXPECT_THAT(CheckRules(request), Fails(v1::REASON_FIELD_MALFORMED)) << bad;
  }
}

TEST(RulesTest, TextShowsAllItHolds) {
  for (const char* good : {"豇豆", "Lufeng 禄丰", "é", "𠮷", "🍅"}) EXPECT_TRUE(ValidText(good));
  for (const std::string& bad :
       {std::string("a\0b", 3), std::string("a\nb"), std::string("\x7f"), std::string("\u200B"),
        std::string("\u202E"), std::string("\u2066"), std::string("\uFEFF"),
        std::string("\xC0\x80"), std::string("\xED\xA0\x80"), std::string("\xF5\x80\x80\x80"),
        std::string("\xE4\xB8"), std::string("\xFF")}) {
    EXPECT_FALSE(ValidText(bad));
  }
}

TEST(RulesTest, CheckDigitsFollowTheirStandards) {
  EXPECT_TRUE(ValidGtin("4006381333931"));  // A GTIN-13 whose check digit is 1.
  EXPECT_TRUE(ValidGtin("04006381333931"));
  EXPECT_FALSE(ValidGtin("4006381333932"));
  EXPECT_FALSE(ValidGtin("400638133393"));
  EXPECT_TRUE(ValidUscc("91350100M000100Y43"));  // The example of GB 32100-2015.
  EXPECT_FALSE(ValidUscc("91350100M000100Y44"));
  EXPECT_FALSE(ValidUscc("91350100I000100Y43"));
  EXPECT_TRUE(ValidRegionCode("532331107"));
  EXPECT_FALSE(ValidRegionCode("5323311"));
}

}  // namespace
}  // namespace suyuan::rpc
