// A small season on the deciders: two cooperatives, a hub, a laboratory, a regulator.
#include <functional>

#include "services/domain/chain_rules.h"
#include "services/domain/quantity.h"
#include "services/domain/states_identity.h"
#include "tests/support/domain_world.h"

namespace suyuan::domain {
namespace {

using claim::v1::UNIT_MILLIGRAM;
using test::Fails;

constexpr int64_t kKilogram = 1'000'000;

claim::v1::Quantity Kilograms(int64_t count) {
  return QuantityOf({count * kKilogram, UNIT_MILLIGRAM});
}

Caller Member(std::string_view party, claim::v1::PartyRole role) {
  Caller caller;
  caller.party = PartyId::FromId(party);
  caller.role = claim::v1::MEMBER_ROLE_MANAGER;
  caller.party_roles = {role};
  caller.regions = {""};
  return caller;
}

class ChainTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const Caller* party : {&coop_, &hub_, &lab_}) Register(*party);
    Accredit(lab_);
    farm_ = Site(coop_, claim::v1::SITE_KIND_FARM);
    hub_site_ = Site(hub_, claim::v1::SITE_KIND_COUNTY_HUB);
    product_ = Product("豇豆");
    plot_ = Run(coop_, &DecideRegisterPlot,
                [] {
                  claim::v1::Plot plot;
                  plot.set_area_m2(666);
                  plot.set_area_entered("1亩");
                  return plot;
                }())[0]
                .plot_registered()
                .plot();
  }

  // The caller's party, under the id it has already.
  void Register(const Caller& caller) {
    EXPECT_OK(world_.Run(caller, [&](World& world, Context&) -> Decided {
      event::v1::Event event;
      event.mutable_party_registered()->set_party(caller.party.name());
      for (const auto role : caller.party_roles) {
        event.mutable_party_registered()->mutable_claim()->add_roles(role);
      }
      RETURN_IF_ERROR(Begin(world, caller.party.name()));
      return Decision{event};
    }));
  }

  void Accredit(const Caller& lab) {
    EXPECT_OK(world_.Run(lab, [&](World& world, Context&) -> Decided {
      event::v1::Event event;
      claim::v1::Grant* grant = event.mutable_change_approved()->mutable_what()->mutable_grant();
      grant->set_party(lab.party.name());
      grant->set_role(claim::v1::PARTY_ROLE_LAB);
      grant->add_parameters("毒死蜱");
      RETURN_IF_ERROR(Begin(world, GrantStream(lab.party.name())));
      return Decision{event};
    }));
  }

  // Runs a decider that must accept.
  template <typename Claim>
  Decision Run(const Caller& caller, Decided (*decide)(World&, Context&, const Claim&),
               const Claim& claim) {
    const absl::StatusOr<Decision> decision = Do(caller, decide, claim);
    EXPECT_OK(decision);
    return decision.ok() ? *decision : Decision(1);
  }
  template <typename Claim>
  absl::StatusOr<Decision> Do(const Caller& caller,
                              Decided (*decide)(World&, Context&, const Claim&),
                              const Claim& claim) {
    return world_.Run(
        caller, [&](World& world, Context& context) { return decide(world, context, claim); });
  }

  std::string Site(const Caller& owner, claim::v1::SiteKind kind) {
    claim::v1::Site site;
    site.set_kind(kind);
    return Run(owner, &DecideRegisterSite, site)[0].site_registered().site();
  }
  std::string Product(const std::string& name) {
    claim::v1::Product product;
    product.set_name(name);
    product.set_unit(UNIT_MILLIGRAM);
    *product.mutable_net_content() = QuantityOf({kKilogram / 2, UNIT_MILLIGRAM});
    product.add_grades("一级");
    product.add_grades("二级");
    return Run(coop_, &DecideRegisterProduct, product)[0].product_registered().product();
  }

  claim::v1::Harvest HarvestClaim(int64_t kilograms) {
    claim::v1::Harvest harvest;
    harvest.set_product(product_);
    harvest.add_plots(plot_);
    harvest.set_site(farm_);
    *harvest.mutable_quantity() = Kilograms(kilograms);
    *harvest.mutable_occur() = world_.Now();
    return harvest;
  }
  std::string Harvest(int64_t kilograms) {
    return Run(coop_, &DecideHarvest, HarvestClaim(kilograms))[0].batch_harvested().batch();
  }
  claim::v1::Dispatch Dispatch(const std::string& batch, int64_t kilograms) {
    claim::v1::Dispatch dispatch;
    dispatch.set_from_site(farm_);
    dispatch.set_to_site(hub_site_);
    claim::v1::BatchQuantity* line = dispatch.add_lines();
    line->set_batch(batch);
    *line->mutable_quantity() = Kilograms(kilograms);
    *dispatch.mutable_occur() = world_.Now();
    return dispatch;
  }
  static claim::v1::TemperatureRange Temperatures(int lowest, int highest) {
    claim::v1::TemperatureRange range;
    range.set_lowest_decidegrees(lowest);
    range.set_highest_decidegrees(highest);
    return range;
  }
  std::string Ship(const std::string& batch, int64_t kilograms) {
    return Run(coop_, &DecideShip, Dispatch(batch, kilograms))[0].shipment_dispatched().shipment();
  }
  claim::v1::Arrival Arrival(const std::string& shipment) {
    claim::v1::Arrival arrival;
    arrival.set_shipment(shipment);
    *arrival.mutable_occur() = world_.Now();
    return arrival;
  }
  claim::v1::Split SplitClaim(const std::string& batch, std::vector<int64_t> parts) {
    claim::v1::Split split;
    split.set_batch(batch);
    split.set_site(farm_);
    for (const int64_t part : parts) *split.add_parts() = Kilograms(part);
    *split.mutable_occur() = world_.Now();
    return split;
  }
  claim::v1::Recall RecallClaim(const std::string& batch) {
    claim::v1::Recall recall;
    recall.add_batches(batch);
    *recall.mutable_occur() = world_.Now();
    return recall;
  }
  std::string Hold(const std::string& batch) {
    claim::v1::Hold hold;
    hold.set_batch(batch);
    hold.set_cause(claim::v1::HOLD_CAUSE_SUSPICION);
    *hold.mutable_occur() = world_.Now();
    return Run(regulator_, &DecideHold, hold)[0].hold_placed().hold();
  }
  claim::v1::Sampling SamplingClaim(const std::string& batch, const std::string& seal) {
    claim::v1::Sampling sampling;
    sampling.set_batch(batch);
    *sampling.mutable_sample() = Kilograms(1);
    sampling.set_seal_number(seal);
    *sampling.mutable_occur() = world_.Now();
    return sampling;
  }
  claim::v1::TestResult ResultClaim(const std::string& sampling, int64_t value, int64_t limit) {
    claim::v1::TestResult result;
    result.set_sampling(sampling);
    claim::v1::AnalyteResult* analyte = result.add_results();
    analyte->set_analyte("毒死蜱");
    analyte->mutable_measurement()->set_value_ng_per_kg(value);
    analyte->mutable_measurement()->set_limit_ng_per_kg(limit);
    result.set_verdict(VerdictOf(result));
    *result.mutable_occur() = world_.Now();
    return result;
  }

  test::DomainWorld world_;
  Caller coop_ = Member("COOP", claim::v1::PARTY_ROLE_COOPERATIVE);
  Caller hub_ = Member("HUB", claim::v1::PARTY_ROLE_PACKER);
  Caller lab_ = Member("LAB", claim::v1::PARTY_ROLE_LAB);
  Caller sampler_ = [this] {
    Caller sampler = lab_;
    sampler.member = MemberId::FromId("SAMPLER");
    return sampler;
  }();
  Caller regulator_ = Member("REG", claim::v1::PARTY_ROLE_REGULATOR);
  std::string farm_, hub_site_, product_, plot_;
};

TEST_F(ChainTest, AHarvestStandsAtItsSite) {
  const std::string batch = Harvest(500);
  EXPECT_EQ(world_.Available(batch, farm_), 500 * kKilogram);
  EXPECT_EQ(world_.Find<BatchState>(batch)->party, coop_.party.name());
}

// The largest commands the contract allows. DomainWorld bounds the rounds a decision may take: the
// store gives up on one that loads its streams one after the other.
TEST_F(ChainTest, PluralCommandsLoadTheirStreamsTogether) {
  const std::string batch = Harvest(200);
  const auto split = Run(coop_, &DecideSplit, SplitClaim(batch, std::vector<int64_t>(100, 2)));
  ASSERT_EQ(split[0].batch_split().outputs_size(), 100);
  claim::v1::Merge merge;
  merge.set_site(farm_);
  *merge.mutable_occur() = world_.Now();
  claim::v1::Dispatch dispatch = Dispatch(batch, 1);
  dispatch.clear_lines();
  for (const event::v1::DerivedBatch& part : split[0].batch_split().outputs()) {
    // A closed recall each, which moving it must look at.
    claim::v1::Recall recall;
    recall.add_batches(part.batch());
    *recall.mutable_occur() = world_.Now();
    claim::v1::RecallClosure closure;
    closure.set_recall((*world_.Run(regulator_,
                                    [&](World& world, Context& context) {
                                      return DecideOpenRecall(world, context, recall,
                                                              {part.batch()}, 1);
                                    }))[0]
                           .recall_opened()
                           .recall());
    *closure.mutable_occur() = world_.Now();
    Run(regulator_, &DecideCloseRecall, closure);
    for (claim::v1::BatchQuantity* line : {merge.add_inputs(), dispatch.add_lines()}) {
      line->set_batch(part.batch());
      *line->mutable_quantity() = Kilograms(1);
    }
  }
  EXPECT_EQ(Run(coop_, &DecideMerge, merge)[0].batches_merged().claim().inputs_size(), 100);
  const std::string shipment =
      Run(coop_, &DecideShip, dispatch)[0].shipment_dispatched().shipment();
  EXPECT_EQ(Run(hub_, &DecideReceive, Arrival(shipment))[0].shipment_received().lines_size(), 100);
}

TEST_F(ChainTest, AHarvestIsRefusedForEachReason) {
  struct Case {
    const char* what;
    std::function<void(claim::v1::Harvest&)> change;
    v1::Reason reason;
  };
  const Case cases[] = {
      {"zero", [](auto& h) { h.mutable_quantity()->set_amount(0); },
       v1::REASON_QUANTITY_NOT_POSITIVE},
      {"negative", [](auto& h) { h.mutable_quantity()->set_amount(-1); },
       v1::REASON_QUANTITY_NOT_POSITIVE},
      {"overflow", [](auto& h) { h.mutable_quantity()->set_amount(INT64_MAX); },
       v1::REASON_QUANTITY_OVERFLOW},
      {"unit", [](auto& h) { h.mutable_quantity()->set_unit(claim::v1::UNIT_PIECE); },
       v1::REASON_WRONG_UNIT},
      {"text", [](auto& h) { h.mutable_quantity()->set_entered("1 kg"); },
       v1::REASON_QUANTITY_MISMATCH},
      {"future", [](auto& h) { h.mutable_occur()->mutable_time()->set_seconds(4102444800); },
       v1::REASON_TIME_IN_FUTURE},
      {"past", [](auto& h) { h.mutable_occur()->mutable_time()->set_seconds(1); },
       v1::REASON_TIME_TOO_OLD},
      {"plot twice", [](auto& h) { h.add_plots(h.plots(0)); }, v1::REASON_DUPLICATE},
      {"unknown plot", [](auto& h) { h.set_plots(0, "plots/UNKNOWN"); }, v1::REASON_NOT_FOUND},
      {"unknown product", [](auto& h) { h.set_product("products/UNKNOWN"); }, v1::REASON_NOT_FOUND},
      {"another's site", [this](auto& h) { h.set_site(hub_site_); }, v1::REASON_NOT_IN_POSSESSION},
  };
  for (const Case& row : cases) {
    claim::v1::Harvest harvest = HarvestClaim(5);
    row.change(harvest);
    EXPECT_THAT(Do(coop_, &DecideHarvest, harvest), Fails(row.reason)) << row.what;
  }
}

TEST_F(ChainTest, HarvestsAreAllOrNothingAndNameEveryBadRow) {
  Claims<claim::v1::Harvest> rows;
  for (int i = 0; i < 5; ++i) *rows.Add() = HarvestClaim(10);
  rows[1].mutable_quantity()->set_amount(0);
  rows[4].set_site(hub_site_);
  const absl::Status status = Do(coop_, &DecideHarvests, rows).status();
  const std::vector<RowError> errors = RowErrorsOf(status);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].row, 1);
  EXPECT_THAT(errors[0].status, Fails(v1::REASON_QUANTITY_NOT_POSITIVE));
  EXPECT_EQ(errors[1].row, 4);
  EXPECT_THAT(errors[1].status, Fails(v1::REASON_NOT_IN_POSSESSION));
  rows.DeleteSubrange(4, 1);
  rows.DeleteSubrange(1, 1);
  EXPECT_EQ(Run(coop_, &DecideHarvests, rows).size(), 3u);
}

TEST_F(ChainTest, CustodyChangesOnReceiptOnly) {
  const std::string batch = Harvest(500);
  const std::string shipment = Ship(batch, 300);
  EXPECT_EQ(world_.Available(batch, farm_), 200 * kKilogram);
  EXPECT_EQ(world_.Available(batch, hub_site_), 0);
  EXPECT_THAT(Do(coop_, &DecideReceive, Arrival(shipment)), Fails(v1::REASON_NOT_ADDRESSEE));
  Run(hub_, &DecideReceive, Arrival(shipment));
  EXPECT_EQ(world_.Available(batch, hub_site_), 300 * kKilogram);
  EXPECT_THAT(Do(hub_, &DecideReceive, Arrival(shipment)), Fails(v1::REASON_SHIPMENT_CLOSED));
}

TEST_F(ChainTest, ShippingIsRefusedForEachReason) {
  const std::string batch = Harvest(500);
  EXPECT_THAT(Do(coop_, &DecideShip, Dispatch(batch, 501)),
              Fails(v1::REASON_INSUFFICIENT_QUANTITY));
  EXPECT_THAT(Do(hub_, &DecideShip, Dispatch(batch, 1)), Fails(v1::REASON_NOT_IN_POSSESSION));
  claim::v1::Dispatch dispatch = Dispatch(batch, 1);
  dispatch.set_to_site(farm_);
  EXPECT_THAT(Do(coop_, &DecideShip, dispatch), Fails(v1::REASON_SAME_SITE));
  dispatch = Dispatch(batch, 1);
  *dispatch.add_lines() = dispatch.lines(0);
  EXPECT_THAT(Do(coop_, &DecideShip, dispatch), Fails(v1::REASON_DUPLICATE));
  // Whoever holds nothing of a batch does not learn whether there is one.
  EXPECT_THAT(Do(coop_, &DecideShip, Dispatch("batches/UNKNOWN", 1)),
              Fails(v1::REASON_NOT_IN_POSSESSION));
  Hold(batch);
  EXPECT_THAT(Do(coop_, &DecideShip, Dispatch(batch, 1)), Fails(v1::REASON_BATCH_ON_HOLD));
}

TEST_F(ChainTest, APartialReceiptAccountsForEveryGram) {
  const std::string batch = Harvest(500);
  claim::v1::Arrival arrival = Arrival(Ship(batch, 300));
  claim::v1::ReceivedLine* line = arrival.add_lines();
  line->set_batch(batch);
  *line->mutable_quantity() = Kilograms(280);
  EXPECT_THAT(Do(hub_, &DecideReceive, arrival), Fails(v1::REASON_SHORTFALL_CAUSE));
  line->set_shortfall(claim::v1::SHORTFALL_CAUSE_RETURNED);
  line->mutable_quantity()->set_amount(301 * kKilogram);
  EXPECT_THAT(Do(hub_, &DecideReceive, arrival), Fails(v1::REASON_RECEIVED_TOO_MUCH));
  *line->mutable_quantity() = Kilograms(280);
  Run(hub_, &DecideReceive, arrival);
  EXPECT_EQ(world_.Available(batch, hub_site_), 280 * kKilogram);
  EXPECT_EQ(world_.Available(batch, farm_), 220 * kKilogram);
}

TEST_F(ChainTest, TemperaturesGoFromTheLowestToTheHighest) {
  const std::string batch = Harvest(500);
  claim::v1::Dispatch dispatch = Dispatch(batch, 1);
  *dispatch.mutable_keep() = Temperatures(1, 0);
  EXPECT_THAT(Do(coop_, &DecideShip, dispatch), Fails(v1::REASON_TEMPERATURE_RANGE));
  *dispatch.mutable_keep() = Temperatures(-180, -180);
  const std::string shipment =
      Run(coop_, &DecideShip, dispatch)[0].shipment_dispatched().shipment();
  claim::v1::Arrival arrival = Arrival(shipment);
  *arrival.mutable_measured() = Temperatures(-150, -185);
  EXPECT_THAT(Do(hub_, &DecideReceive, arrival), Fails(v1::REASON_TEMPERATURE_RANGE));
  *arrival.mutable_measured() = Temperatures(-185, -150);  // Outside what was asked: a fact.
  EXPECT_OK(Do(hub_, &DecideReceive, arrival));
}

// What was asked stands beside what was measured, whoever reads the one record.
TEST_F(ChainTest, AReceiptSaysWhatWasAsked) {
  const std::string batch = Harvest(500);
  claim::v1::Dispatch dispatch = Dispatch(batch, 1);
  *dispatch.mutable_keep() = Temperatures(0, 80);
  const std::string asked = Run(coop_, &DecideShip, dispatch)[0].shipment_dispatched().shipment();
  const Decision received = Run(hub_, &DecideReceive, Arrival(asked));
  EXPECT_EQ(received[0].shipment_received().keep().highest_decidegrees(), 80);
  EXPECT_FALSE(received[0].shipment_received().claim().has_measured());
  claim::v1::Arrival arrival = Arrival(Ship(batch, 1));
  *arrival.mutable_measured() = Temperatures(20, 60);
  EXPECT_FALSE(Run(hub_, &DecideReceive, arrival)[0].shipment_received().has_keep());
}

TEST_F(ChainTest, ARefusalPutsEverythingBack) {
  const std::string batch = Harvest(500);
  claim::v1::Refusal refusal;
  refusal.set_shipment(Ship(batch, 300));
  *refusal.mutable_occur() = world_.Now();
  Run(hub_, &DecideRefuse, refusal);
  EXPECT_EQ(world_.Available(batch, farm_), 500 * kKilogram);
}

// Two processes that saw the same kilograms: whichever is second is turned back.
TEST_F(ChainTest, TwoDecisionsOnTheSameGramsCannotBothHold) {
  const std::string batch = Harvest(500);
  const auto decide = [&](World& world, Context& context) {
    return DecideShip(world, context, Dispatch(batch, 300));
  };
  auto first = world_.Try(coop_, decide), second = world_.Try(coop_, decide);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_OK(world_.Append(*std::move(first)));
  EXPECT_THAT(world_.Append(*std::move(second)), test::HasCode(absl::StatusCode::kAborted));
}

TEST_F(ChainTest, AHoldPlacedMeanwhileTurnsAMovementBack) {
  const std::string batch = Harvest(500);
  auto ship = world_.Try(coop_, [&](World& world, Context& context) {
    return DecideShip(world, context, Dispatch(batch, 300));
  });
  ASSERT_OK(ship);
  Hold(batch);
  EXPECT_THAT(world_.Append(*std::move(ship)), test::HasCode(absl::StatusCode::kAborted));
}

TEST_F(ChainTest, GradingBalancesToTheMilligram) {
  const std::string batch = Harvest(500);
  claim::v1::Grading grading;
  grading.mutable_input()->set_batch(batch);
  *grading.mutable_input()->mutable_quantity() = Kilograms(100);
  grading.set_site(farm_);
  claim::v1::GradeOutput* output = grading.add_outputs();
  output->set_grade("一级");
  *output->mutable_quantity() = Kilograms(90);
  *grading.mutable_loss() = QuantityOf({10 * kKilogram - 1, UNIT_MILLIGRAM});
  *grading.mutable_occur() = world_.Now();
  EXPECT_THAT(Do(coop_, &DecideGrade, grading), Fails(v1::REASON_BALANCE));
  *grading.mutable_loss() = Kilograms(10);
  output->set_grade("特级");
  EXPECT_THAT(Do(coop_, &DecideGrade, grading), Fails(v1::REASON_GRADE_UNKNOWN));
  output->set_grade("一级");
  const Decision graded = Run(coop_, &DecideGrade, grading);
  EXPECT_EQ(world_.Available(batch, farm_), 400 * kKilogram);
  EXPECT_EQ(world_.Available(graded[0].batch_graded().outputs(0).batch(), farm_), 90 * kKilogram);
}

// A descendant that the view did not know when the recall was opened must not get away meanwhile:
// nothing of the product moves, and nothing of another product is disturbed.
TEST_F(ChainTest, NothingOfARecalledProductMovesUntilTheScopeIsComplete) {
  const std::string batch = Harvest(10), apart = Harvest(10);
  const auto made = Run(coop_, &DecideSplit, SplitClaim(batch, {4, 4}));
  const std::string child = made[0].batch_split().outputs(0).batch();
  product_ = Product("另一产品");
  const std::string other = Harvest(10);
  claim::v1::Recall recall;
  recall.add_batches(batch);
  *recall.mutable_occur() = world_.Now();
  const Decision opened = *world_.Run(regulator_, [&](World& world, Context& context) {
    return DecideOpenRecall(world, context, recall, {batch}, 7);
  });
  const std::string name = opened[0].recall_opened().recall();
  EXPECT_THAT(Do(coop_, &DecideSplit, SplitClaim(batch, {1, 1})), Fails(v1::REASON_BATCH_RECALLED));
  EXPECT_THAT(Do(coop_, &DecideSplit, SplitClaim(child, {1, 1})), Fails(v1::REASON_BUSY));
  EXPECT_THAT(Do(coop_, &DecideShip, Dispatch(apart, 1)), Fails(v1::REASON_BUSY));
  EXPECT_OK(Do(coop_, &DecideShip, Dispatch(other, 1)));
  Caller system;
  system.system = true;
  const auto extend = [&](const std::vector<std::string>& scope, bool complete) {
    return world_.Run(system, [&](World& world, Context& context) {
      return DecideExtendRecall(world, context, name, scope, 9, complete);
    });
  };
  ASSERT_OK(extend({batch, child}, false));
  EXPECT_THAT(Do(coop_, &DecideShip, Dispatch(apart, 1)), Fails(v1::REASON_BUSY));
  const std::string sibling = made[0].batch_split().outputs(1).batch();
  const auto last = extend({batch, child, sibling}, true);
  ASSERT_OK(last);
  EXPECT_THAT((*last)[0].recall_extended().scope(), testing::ElementsAre(sibling));
  EXPECT_THAT(Do(coop_, &DecideSplit, SplitClaim(child, {1, 1})), Fails(v1::REASON_BATCH_RECALLED));
  EXPECT_OK(Do(coop_, &DecideShip, Dispatch(apart, 1)));
  EXPECT_TRUE(extend({apart}, true)->empty());  // What is complete grows no more.
}

TEST_F(ChainTest, AScopeIsNotCompleteWhereARecordDoesNotHoldAllOfIt) {
  const std::string batch = Harvest(10);
  claim::v1::Recall recall;
  recall.add_batches(batch);
  *recall.mutable_occur() = world_.Now();
  const Decision opened = *world_.Run(regulator_, [&](World& world, Context& context) {
    return DecideOpenRecall(world, context, recall, {batch}, 7);
  });
  std::vector<std::string> scope;
  for (size_t i = 0; i <= kRecallScopeMax; ++i) scope.push_back(Harvest(1));
  Caller system;
  system.system = true;
  const auto extend = [&] {
    return (*world_.Run(system,
                        [&](World& world, Context& context) {
                          return DecideExtendRecall(
                              world, context, opened[0].recall_opened().recall(), scope, 9, true);
                        }))[0]
        .recall_extended();
  };
  const event::v1::RecallExtended first = extend(), second = extend();
  EXPECT_EQ(static_cast<size_t>(first.scope_size()), kRecallScopeMax);
  EXPECT_FALSE(first.complete());
  EXPECT_EQ(second.scope_size(), 1);
  EXPECT_TRUE(second.complete());
}

TEST_F(ChainTest, AClosingBeforeTheScopeIsCompleteLetsTheProductMoveAgain) {
  const std::string batch = Harvest(10);
  claim::v1::Recall recall;
  recall.add_batches(batch);
  *recall.mutable_occur() = world_.Now();
  const Decision opened = *world_.Run(regulator_, [&](World& world, Context& context) {
    return DecideOpenRecall(world, context, recall, {batch}, 7);
  });
  claim::v1::RecallClosure closure;
  closure.set_recall(opened[0].recall_opened().recall());
  *closure.mutable_occur() = world_.Now();
  Run(regulator_, &DecideCloseRecall, closure);
  EXPECT_OK(Do(coop_, &DecideShip, Dispatch(batch, 1)));
}

TEST_F(ChainTest, OutputsInheritRecallsAndAnOpenRecallStopsThem) {
  const std::string batch = Harvest(500);
  claim::v1::Recall recall;
  recall.add_batches(batch);
  *recall.mutable_occur() = world_.Now();
  const Decision opened = *world_.Run(regulator_, [&](World& world, Context& context) {
    return DecideOpenRecall(world, context, recall, {batch}, 7);
  });
  EXPECT_THAT(Do(coop_, &DecideSplit, SplitClaim(batch, {1, 2})), Fails(v1::REASON_BATCH_RECALLED));
  claim::v1::RecallClosure closure;
  closure.set_recall(opened[0].recall_opened().recall());
  *closure.mutable_occur() = world_.Now();
  Run(regulator_, &DecideCloseRecall, closure);
  EXPECT_THAT(Do(regulator_, &DecideCloseRecall, closure), Fails(v1::REASON_RECALL_CLOSED));
  const Decision split = Run(coop_, &DecideSplit, SplitClaim(batch, {1, 2}));
  const BatchState* child = world_.Find<BatchState>(split[0].batch_split().outputs(0).batch());
  EXPECT_THAT(child->recalls, testing::ElementsAre(closure.recall()));
}

// A drill writes its own stream and no other: nothing can collide with it, and nothing learn of it.
TEST_F(ChainTest, ADrillStopsNothingWhetherItsScopeIsCompleteOrNot) {
  const std::string batch = Harvest(500);
  claim::v1::Recall claim = RecallClaim(batch);
  claim.set_drill(true);
  const auto open = [&](World& world, Context& context) {
    return DecideOpenRecall(world, context, claim, {batch}, 7);
  };
  const auto attempt = world_.Try(regulator_, open);
  ASSERT_OK(attempt);
  const std::string drill = attempt->events[0].recall_opened().recall();
  EXPECT_THAT(attempt->writes, testing::ElementsAre(drill));
  ASSERT_OK(world_.Append(*attempt));
  const auto all_moves = [&] {
    EXPECT_OK(Do(coop_, &DecideShip, Dispatch(batch, 1)));
    claim::v1::Grading grading;
    grading.mutable_input()->set_batch(batch);
    *grading.mutable_input()->mutable_quantity() = Kilograms(5);
    grading.set_site(farm_);
    grading.add_outputs()->set_grade("一级");
    *grading.mutable_outputs(0)->mutable_quantity() = Kilograms(5);
    *grading.mutable_occur() = world_.Now();
    const Decision graded = Run(coop_, &DecideGrade, grading);
    EXPECT_THAT(graded[0].batch_graded().inheritance().recalls(), testing::IsEmpty());
    const Decision split = Run(coop_, &DecideSplit, SplitClaim(batch, {1, 2}));
    const std::string made = split[0].batch_split().outputs(0).batch();
    EXPECT_THAT(world_.Find<BatchState>(made)->recalls, testing::IsEmpty());
    EXPECT_THAT(world_.Find<BatchState>(batch)->recalls, testing::IsEmpty());
    return made;
  };
  const std::string made = all_moves();
  Caller system;
  system.system = true;
  const auto extended = world_.Try(system, [&](World& world, Context& context) {
    return DecideExtendRecall(world, context, drill, {batch, made}, 9, true);
  });
  ASSERT_OK(extended);
  EXPECT_THAT(extended->writes, testing::ElementsAre(drill));
  ASSERT_OK(world_.Append(*extended));
  EXPECT_THAT(world_.Find<RecallState>(drill)->scope, testing::UnorderedElementsAre(batch, made));
  EXPECT_TRUE(world_.Find<RecallState>(drill)->complete);
  all_moves();
  claim::v1::RecallClosure closure;
  closure.set_recall(drill);
  *closure.mutable_occur() = world_.Now();
  Run(regulator_, &DecideCloseRecall, closure);
  EXPECT_THAT(Do(regulator_, &DecideCloseRecall, closure), Fails(v1::REASON_RECALL_CLOSED));
  all_moves();
}

TEST_F(ChainTest, ADrillIsRefusedAsARecallIs) {
  const std::string batch = Harvest(10);
  const struct {
    const char* what;
    Caller caller;
    std::vector<std::string> batches;
    v1::Reason reason;
  } kCases[] = {
      {"no such batch", regulator_, {batch, "batches/UNKNOWN"}, v1::REASON_NOT_FOUND},
      {"named twice", regulator_, {batch, batch}, v1::REASON_DUPLICATE},
  };
  for (const auto& of : kCases) {
    for (const bool drill : {false, true}) {
      claim::v1::Recall claim = RecallClaim(batch);
      claim.mutable_batches()->Assign(of.batches.begin(), of.batches.end());
      claim.set_drill(drill);
      EXPECT_THAT(world_.Run(of.caller,
                             [&](World& world, Context& context) {
                               return DecideOpenRecall(world, context, claim, {}, 7);
                             }),
                  Fails(of.reason))
          << of.what << " " << drill;
    }
  }
}

TEST_F(ChainTest, ADrillAndARecallOfTheSameBatchesKnowNothingOfEachOther) {
  const std::string batch = Harvest(500);
  const auto opened = [&](bool drill) {
    claim::v1::Recall claim = RecallClaim(batch);
    claim.set_drill(drill);
    return (*world_.Run(regulator_,
                        [&](World& world, Context& context) {
                          return DecideOpenRecall(world, context, claim, {batch}, 7);
                        }))[0]
        .recall_opened()
        .recall();
  };
  const auto close = [&](const std::string& recall) {
    claim::v1::RecallClosure closure;
    closure.set_recall(recall);
    *closure.mutable_occur() = world_.Now();
    Run(regulator_, &DecideCloseRecall, closure);
  };
  const std::string first = opened(true), recall = opened(false), second = opened(true);
  EXPECT_THAT(world_.Find<BatchState>(batch)->recalls, testing::ElementsAre(recall));
  close(first);
  EXPECT_THAT(Do(coop_, &DecideShip, Dispatch(batch, 1)), Fails(v1::REASON_BATCH_RECALLED));
  close(recall);
  EXPECT_OK(Do(coop_, &DecideShip, Dispatch(batch, 1)));
  close(second);
}

// A hundred roots are loaded at once.
TEST_F(ChainTest, ADrillOfManyBatchesLoadsThemTogether) {
  claim::v1::Recall claim = RecallClaim(Harvest(1));
  for (int i = 1; i < 100; ++i) claim.add_batches(Harvest(1));
  claim.set_drill(true);
  EXPECT_OK(world_.Run(regulator_, [&](World& world, Context& context) {
    return DecideOpenRecall(world, context, claim, {}, 7);
  }));
}

TEST_F(ChainTest, OnlyTheNamedHoldIsReleased) {
  const std::string batch = Harvest(500);
  const std::string first = Hold(batch), second = Hold(batch);
  claim::v1::Release release;
  release.set_batch(batch);
  release.set_hold(first);
  *release.mutable_occur() = world_.Now();
  Run(regulator_, &DecideRelease, release);
  EXPECT_THAT(Do(regulator_, &DecideRelease, release), Fails(v1::REASON_NOT_ON_HOLD));
  EXPECT_THAT(world_.Find<BatchState>(batch)->holds, testing::ElementsAre(second));
}

TEST_F(ChainTest, NoSampleIsLargerThanItsBatch) {
  const std::string batch = Harvest(5);
  claim::v1::Sampling sampling = SamplingClaim(batch, "S1");
  *sampling.mutable_sample() = Kilograms(6);
  EXPECT_THAT(Do(sampler_, &DecideSampling, sampling), Fails(v1::REASON_INSUFFICIENT_QUANTITY));
  *sampling.mutable_sample() = Kilograms(5);
  EXPECT_OK(Do(sampler_, &DecideSampling, sampling));
}

TEST_F(ChainTest, AValueAboveItsLimitHoldsTheBatchInTheSameRecord) {
  const std::string batch = Harvest(500);
  EXPECT_THAT(Do(coop_, &DecideSampling, SamplingClaim(batch, "S1")), Fails(v1::REASON_OWN_BATCH));
  const std::string sampling =
      Run(sampler_, &DecideSampling, SamplingClaim(batch, "S1"))[0].sample_taken().sampling();
  EXPECT_THAT(Do(sampler_, &DecideSampling, SamplingClaim(batch, "S1")),
              Fails(v1::REASON_ALREADY_EXISTS));
  claim::v1::TestResult result = ResultClaim(sampling, 60'000, 50'000);
  result.set_verdict(claim::v1::VERDICT_CONFORMANT);
  EXPECT_THAT(Do(lab_, &DecideResult, result), Fails(v1::REASON_VERDICT));
  result.set_verdict(claim::v1::VERDICT_NON_CONFORMANT);
  const Decision decision = Run(lab_, &DecideResult, result);
  ASSERT_EQ(decision.size(), 2u);
  EXPECT_EQ(decision[1].hold_placed().cause(), claim::v1::HOLD_CAUSE_FAILED_TEST);
  EXPECT_FALSE(world_.Find<BatchState>(batch)->holds.empty());
  EXPECT_THAT(Do(lab_, &DecideResult, result), Fails(v1::REASON_RESULT_EXISTS));
}

TEST_F(ChainTest, BelowAQuantificationLimitThatLiesAboveTheLimitIsNoPass) {
  claim::v1::TestResult result = ResultClaim("samplings/X", 100'000, 50'000);
  result.mutable_results(0)->mutable_measurement()->set_below(true);
  EXPECT_EQ(VerdictOf(result), claim::v1::VERDICT_INCONCLUSIVE);
  result.mutable_results(0)->mutable_measurement()->set_value_ng_per_kg(50'000);
  EXPECT_EQ(VerdictOf(result), claim::v1::VERDICT_CONFORMANT);
}

TEST_F(ChainTest, LabelsAreBoundedByMassAndVoidNumbersAreFreeAgain) {
  const std::string batch = Harvest(50);  // 100 packs of 500 g, and two more.
  claim::v1::LabelRun run;
  run.set_batch(batch);
  run.set_count(103);
  const auto issue = [&](const Caller& caller) {
    return world_.Run(caller, [&](World& world, Context& context) {
      return DecideIssueLabels(world, context, run, 1, "example.cn");
    });
  };
  EXPECT_THAT(issue(coop_), Fails(v1::REASON_LABEL_BUDGET));
  run.set_count(102);
  EXPECT_THAT(issue(hub_), Fails(v1::REASON_NOT_FOUND));
  const absl::StatusOr<Decision> issued = issue(coop_);
  ASSERT_OK(issued);
  claim::v1::LabelVoid range;
  range.set_run((*issued)[0].labels_issued().run());
  range.set_first(1);
  range.set_last(10);
  Run(coop_, &DecideVoidLabels, range);
  range.set_first(10);
  range.set_last(11);
  EXPECT_THAT(Do(coop_, &DecideVoidLabels, range), Fails(v1::REASON_LABEL_RANGE));
  run.set_count(11);
  EXPECT_THAT(issue(coop_), Fails(v1::REASON_LABEL_BUDGET));
  run.set_count(10);
  EXPECT_OK(issue(coop_));
}

// Parts have budgets of their own: mass that bears labels would be labelled twice.
TEST_F(ChainTest, WhatIsLabelledDoesNotBecomeAnotherBatch) {
  const std::string batch = Harvest(50);
  claim::v1::LabelRun run;
  run.set_batch(batch);
  const auto issue = [&](int count) {
    run.set_count(count);
    return world_.Run(coop_, [&](World& world, Context& context) {
      return DecideIssueLabels(world, context, run, 1, "example.cn");
    });
  };
  ASSERT_OK(issue(51));  // 25 kg, and one more.
  claim::v1::Split split;
  split.set_batch(batch);
  split.set_site(farm_);
  *split.mutable_occur() = world_.Now();
  const auto parts = [&](int64_t kilograms) {
    split.clear_parts();
    for (int i = 0; i < 2; ++i) {
      *split.add_parts() = QuantityOf({kilograms * kKilogram / 2, UNIT_MILLIGRAM});
    }
    return Do(coop_, &DecideSplit, split);
  };
  EXPECT_THAT(parts(26), Fails(v1::REASON_LABELS_LIVE));
  EXPECT_OK(parts(24));
  EXPECT_THAT(parts(2), Fails(v1::REASON_LABELS_LIVE));
  EXPECT_THAT(issue(4), Fails(v1::REASON_LABEL_BUDGET));
  EXPECT_OK(issue(3));  // 52 packs stand in the 26 kg that are left, and two more.
}

// A laboratory can neither take goods over nor send them back.
TEST_F(ChainTest, NothingIsShippedToWhoeverCannotReceive) {
  const std::string batch = Harvest(50);
  const std::string site = Site(lab_, claim::v1::SITE_KIND_LAB);
  claim::v1::Dispatch dispatch;
  dispatch.set_from_site(farm_);
  dispatch.set_to_site(site);
  claim::v1::BatchQuantity* line = dispatch.add_lines();
  line->set_batch(batch);
  *line->mutable_quantity() = QuantityOf({kKilogram, UNIT_MILLIGRAM});
  *dispatch.mutable_occur() = world_.Now();
  EXPECT_THAT(Do(coop_, &DecideShip, dispatch), Fails(v1::REASON_PARTY_ROLE));
}

TEST_F(ChainTest, StationsHangUnderHubsAndPointsUnderStations) {
  claim::v1::Site site;
  site.set_kind(claim::v1::SITE_KIND_TOWNSHIP_STATION);
  EXPECT_THAT(Do(hub_, &DecideRegisterSite, site), Fails(v1::REASON_SITE_TREE));
  site.set_parent(hub_site_);
  const std::string station = Run(hub_, &DecideRegisterSite, site)[0].site_registered().site();
  site.set_kind(claim::v1::SITE_KIND_VILLAGE_POINT);
  EXPECT_THAT(Do(hub_, &DecideRegisterSite, site), Fails(v1::REASON_SITE_TREE));
  site.set_parent(station);
  EXPECT_OK(Do(hub_, &DecideRegisterSite, site));
}

TEST_F(ChainTest, AGtinIsUniqueHoweverManyDigitsItIsTypedWith) {
  claim::v1::Product product;
  product.set_unit(UNIT_MILLIGRAM);
  product.set_gtin("9521234567899");
  Run(coop_, &DecideRegisterProduct, product);
  product.set_gtin("09521234567899");
  EXPECT_THAT(Do(hub_, &DecideRegisterProduct, product), Fails(v1::REASON_ALREADY_EXISTS));
}

// Whatever is tried, in whatever order: what was harvested is on hand, on its way or declared lost.
TEST_F(ChainTest, NothingIsEverCountedTwiceOrForgotten) {
  std::mt19937_64 random = test::SeededRandom();
  const auto below = [&](int64_t bound) { return static_cast<int64_t>(random() % bound); };
  std::vector<std::string> batches, shipments;
  int64_t harvested = 0, lost = 0, in_transit = 0;
  const auto pick = [&] { return batches[static_cast<size_t>(below(batches.size()))]; };
  for (int step = 0; step < 600; ++step) {
    if (batches.empty() || below(10) == 0) {
      batches.push_back(Harvest(20));
      harvested += 20 * kKilogram;
    }
    switch (below(5)) {
      case 0: {
        const auto split = Do(coop_, &DecideSplit, SplitClaim(pick(), {1 + below(5), 2}));
        if (split.ok()) {
          for (const auto& output : (*split)[0].batch_split().outputs()) {
            batches.push_back(output.batch());
          }
        }
        break;
      }
      case 1: {
        claim::v1::Merge merge;
        merge.set_site(farm_);
        *merge.mutable_occur() = world_.Now();
        for (int i = 0; i < 2; ++i) {
          claim::v1::BatchQuantity* input = merge.add_inputs();
          input->set_batch(pick());
          *input->mutable_quantity() = Kilograms(1 + below(4));
        }
        const auto merged = Do(coop_, &DecideMerge, merge);
        if (merged.ok()) batches.push_back((*merged)[0].batches_merged().output().batch());
        break;
      }
      case 2: {
        claim::v1::Loss loss;
        loss.set_batch(pick());
        loss.set_site(farm_);
        *loss.mutable_quantity() = Kilograms(1);
        *loss.mutable_occur() = world_.Now();
        if (Do(coop_, &DecideLoss, loss).ok()) lost += kKilogram;
        break;
      }
      case 3: {
        const int64_t amount = 1 + below(6);
        const auto shipped = Do(coop_, &DecideShip, Dispatch(pick(), amount));
        if (shipped.ok()) {
          shipments.push_back((*shipped)[0].shipment_dispatched().shipment());
          in_transit += amount * kKilogram;
        }
        break;
      }
      default: {
        if (shipments.empty()) break;
        const std::string shipment = shipments.back();
        shipments.pop_back();
        const auto& line = world_.Find<ShipmentState>(shipment)->claim.lines(0);
        claim::v1::Arrival arrival = Arrival(shipment);
        claim::v1::ReceivedLine* received = arrival.add_lines();
        received->set_batch(line.batch());
        const int64_t kept = below(line.quantity().amount() / kKilogram + 1) * kKilogram;
        *received->mutable_quantity() = QuantityOf({kept, UNIT_MILLIGRAM});
        const int64_t missing = line.quantity().amount() - kept;
        if (missing > 0) {
          const bool returned = below(2) == 0;
          received->set_shortfall(returned ? claim::v1::SHORTFALL_CAUSE_RETURNED
                                           : claim::v1::SHORTFALL_CAUSE_MISSING);
          if (!returned) lost += missing;
        }
        in_transit -= line.quantity().amount();
        Run(hub_, &DecideReceive, arrival);
      }
    }
    int64_t on_hand = 0;
    for (const std::string& batch : batches) {
      on_hand += world_.Available(batch, farm_) + world_.Available(batch, hub_site_);
    }
    ASSERT_EQ(on_hand + in_transit + lost, harvested) << "step " << step;
  }
}

}  // namespace
}  // namespace suyuan::domain
