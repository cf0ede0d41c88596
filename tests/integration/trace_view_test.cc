// Real deciders, a real ledger, the real runner: the view must say what the rules let happen.
#include <map>
#include <set>

#include "services/domain/quantity.h"
#include "services/domain/time.h"
#include "services/trace/journey.h"
#include "services/trace/projection.h"
#include "services/trace/rows.h"
#include "services/trace/walk.h"
#include "storage/index/projection.h"
#include "tests/support/domain_world.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan {
namespace {

using domain::Context;
using domain::Decision;
using domain::World;

constexpr int64_t kKilogram = 1'000'000;

class TraceViewTest : public testing::Test {
 protected:
  TraceViewTest() {
    coop_.party = domain::PartyId::FromId("COOP");
    log_.clock().Set(world_.clock().Now());
    claim::v1::Site site;
    site.set_name("产地集货点");
    site.set_kind(claim::v1::SITE_KIND_FARM);
    farm_ = (*Do(&domain::DecideRegisterSite, site))[0].site_registered().site();
    claim::v1::Product product;
    product.set_name("豇豆");
    product.set_unit(claim::v1::UNIT_MILLIGRAM);
    product_ = (*Do(&domain::DecideRegisterProduct, product))[0].product_registered().product();
    claim::v1::Plot plot;
    plot.set_area_m2(100);
    plot_ = (*Do(&domain::DecideRegisterPlot, plot))[0].plot_registered().plot();
  }

  // Decides, and appends what was decided to the log.
  template <typename Claim>
  absl::StatusOr<Decision> Do(domain::Decided (*decide)(World&, Context&, const Claim&),
                              const Claim& claim) {
    absl::StatusOr<Decision> decision = world_.Run(
        coop_, [&](World& world, Context& context) { return decide(world, context, claim); });
    if (decision.ok()) Append(*decision);
    return decision;
  }
  void Append(Decision events) {
    ledger::AppendRequest request =
        test::TestAppend(log_.clock(), StrCat("decision-", next_++), {"batches/any"});
    request.events.clear();
    for (event::v1::Event& event : events) {
      event.set_actor_party(coop_.party.name());
      request.events.push_back(event.SerializeAsString());
    }
    EXPECT_OK(log_.log().AppendAndWait(request));
  }

  std::string Harvest(int64_t kilograms) {
    claim::v1::Harvest harvest;
    harvest.set_product(product_);
    harvest.add_plots(plot_);
    harvest.set_site(farm_);
    *harvest.mutable_quantity() =
        domain::QuantityOf({kilograms * kKilogram, claim::v1::UNIT_MILLIGRAM});
    *harvest.mutable_occur() = world_.Now();
    return (*Do(&domain::DecideHarvest, harvest))[0].batch_harvested().batch();
  }
  std::vector<std::string> Split(const std::string& batch, std::vector<int64_t> parts) {
    claim::v1::Split split;
    split.set_batch(batch);
    split.set_site(farm_);
    for (const int64_t part : parts) {
      *split.add_parts() = domain::QuantityOf({part * kKilogram, claim::v1::UNIT_MILLIGRAM});
    }
    *split.mutable_occur() = world_.Now();
    std::vector<std::string> made;
    const absl::StatusOr<Decision> decision = Do(&domain::DecideSplit, split);
    if (!decision.ok()) return made;
    for (const auto& output : (*decision)[0].batch_split().outputs()) {
      made.push_back(output.batch());
      children_[batch].insert(output.batch());
    }
    return made;
  }
  std::string Merge(const std::vector<std::string>& inputs) {
    claim::v1::Merge merge;
    merge.set_site(farm_);
    for (const std::string& batch : inputs) {
      claim::v1::BatchQuantity* input = merge.add_inputs();
      input->set_batch(batch);
      *input->mutable_quantity() = domain::QuantityOf({kKilogram, claim::v1::UNIT_MILLIGRAM});
    }
    *merge.mutable_occur() = world_.Now();
    const absl::StatusOr<Decision> decision = Do(&domain::DecideMerge, merge);
    if (!decision.ok()) return "";
    const std::string made = (*decision)[0].batches_merged().output().batch();
    for (const std::string& batch : inputs) children_[batch].insert(made);
    return made;
  }

  std::unique_ptr<index::Runner> Follow() {
    index::RunnerOptions options;
    options.dir = dir_ / "view";
    options.source = &log_.log();
    options.projection = &projection_;
    absl::StatusOr<std::unique_ptr<index::Runner>> runner = index::Runner::Start(options);
    EXPECT_OK(runner);
    EXPECT_OK((*runner)->WaitFor(log_.log().GetTreeHead()->size, absl::Seconds(30)));
    return *std::move(runner);
  }

  static std::set<std::string> Walked(const index::Runner& runner, trace::Direction direction,
                                      const std::string& root) {
    auto view = std::make_shared<const trace::View>(&runner.db());
    auto walk = trace::Walk::Start(view, direction, {root});
    EXPECT_OK(walk);
    std::set<std::string> found;
    while (true) {
      auto node = (*walk)->Next();
      EXPECT_OK(node);
      if (!node.ok() || *node == nullptr) return found;
      EXPECT_TRUE(found.insert((*node)->batch().name()).second) << "a batch is found twice";
    }
  }

  // The test's own bookkeeping, by depth first search: no code of the view's.
  void Collect(const std::string& batch, std::set<std::string>* all) const {
    if (!all->insert(batch).second) return;
    const auto children = children_.find(batch);
    if (children == children_.end()) return;
    for (const std::string& child : children->second) Collect(child, all);
  }

  test::TempDir dir_;
  test::LedgerFixture log_;
  test::DomainWorld world_;
  trace::TraceProjection projection_;
  domain::Caller coop_;
  std::string farm_, product_, plot_;
  std::map<std::string, std::set<std::string>> children_;
  int next_ = 0;
};

TEST_F(TraceViewTest, FindsWhatABatchWasMadeOfWithAmountsAndNames) {
  const std::string harvest = Harvest(10);
  const std::vector<std::string> parts = Split(harvest, {3, 4});
  const std::string merged = Merge({parts[0], parts[1]});
  const std::unique_ptr<index::Runner> runner = Follow();
  EXPECT_THAT(Walked(*runner, trace::Direction::kBack, merged),
              testing::UnorderedElementsAre(merged, parts[0], parts[1], harvest));
  const auto view = std::make_shared<const trace::View>(&runner->db());
  auto walk = *trace::Walk::Start(view, trace::Direction::kForward, {harvest});
  const std::unique_ptr<v1::TraceNode> root = *walk->Next();
  EXPECT_EQ(root->depth(), 0);
  EXPECT_EQ(root->product_name(), "豇豆");
  EXPECT_THAT(root->plots(), testing::ElementsAre(plot_));
  ASSERT_EQ(root->holdings_size(), 1);
  EXPECT_EQ(root->holdings(0).site_name(), "产地集货点");
  EXPECT_EQ(root->holdings(0).quantity().amount(), 3 * kKilogram);
  EXPECT_EQ(static_cast<uint64_t>(root->as_of_size()), log_.log().GetTreeHead()->size);
  EXPECT_THAT(trace::Walk::Start(view, trace::Direction::kBack, {"batches/UNKNOWN"}),
              test::Fails(v1::REASON_NOT_FOUND));
}

// A recall's scope is the walk forward: it must miss no descendant, whatever the history.
TEST_F(TraceViewTest, MissesNoDescendantAndNoGramInGeneratedHistories) {
  std::mt19937_64 random = test::SeededRandom();
  std::vector<std::string> batches;
  const auto pick = [&] { return batches[random() % batches.size()]; };
  for (int step = 0; step < 300; ++step) {
    if (batches.empty() || random() % 8 == 0) {
      batches.push_back(Harvest(20));
    } else if (random() % 2 == 0) {
      for (const std::string& made : Split(pick(), {1 + static_cast<int64_t>(random() % 4), 2})) {
        batches.push_back(made);
      }
    } else {
      const std::string made = Merge({pick(), pick(), pick()});
      if (!made.empty()) batches.push_back(made);
    }
  }
  const std::unique_ptr<index::Runner> runner = Follow();
  const trace::View view(&runner->db());
  for (const std::string& batch : batches) {
    std::set<std::string> expected;
    Collect(batch, &expected);
    EXPECT_EQ(Walked(*runner, trace::Direction::kForward, batch), expected);
    int64_t held = 0;
    const std::vector<v1::Holding> holdings = *view.HoldingsOf(batch);
    for (const v1::Holding& holding : holdings) held += holding.quantity().amount();
    EXPECT_EQ(held, world_.Available(batch, farm_));
  }
}

// A chain is as long as people make it, not as a constant allows.
TEST_F(TraceViewTest, MissesNoDescendantHoweverLongTheChain) {
  const std::string harvest = Harvest(4000);
  std::string last = harvest;
  for (int64_t depth = 1; depth <= 1100; ++depth) {
    const std::vector<std::string> parts = Split(last, {1, 3000 - depth});
    ASSERT_EQ(parts.size(), 2u);
    last = parts[1];
  }
  const std::unique_ptr<index::Runner> runner = Follow();
  EXPECT_EQ(Walked(*runner, trace::Direction::kForward, harvest).size(), 2201u);
  EXPECT_EQ(Walked(*runner, trace::Direction::kBack, last).size(), 1101u);
}

// Of the origins a journey lists only some; a certification must cover them all.
TEST_F(TraceViewTest, ACertificationCoversABatchWhereItCoversEveryOriginListedOrNot) {
  constexpr int kOrigins = trace::kOriginsMax + 10;
  const std::string holder = coop_.party.name();
  const auto mix = [&](const std::string& made, const std::string& last_party) {
    Decision events;
    event::v1::BatchesMerged merged;
    merged.set_product(product_);
    merged.mutable_output()->set_batch(made);
    *merged.mutable_output()->mutable_quantity() =
        domain::QuantityOf({kOrigins * kKilogram, claim::v1::UNIT_MILLIGRAM});
    merged.mutable_claim()->set_site(farm_);
    for (int i = 0; i < kOrigins; ++i) {
      event::v1::BatchHarvested& harvested = *events.emplace_back().mutable_batch_harvested();
      harvested.set_batch(StrCat(made, "-", 100 + i));  // In the order in which they are found.
      harvested.set_party(i + 1 < kOrigins ? holder : last_party);
      harvested.mutable_claim()->set_product(product_);
      harvested.mutable_claim()->set_site(farm_);
      *harvested.mutable_claim()->mutable_quantity() =
          domain::QuantityOf({kKilogram, claim::v1::UNIT_MILLIGRAM});
      *harvested.mutable_claim()->mutable_occur()->mutable_time() =
          domain::StampOf(world_.clock().Now() + absl::Hours(i));
      claim::v1::BatchQuantity* input = merged.mutable_claim()->add_inputs();
      input->set_batch(harvested.batch());
      *input->mutable_quantity() = harvested.claim().quantity();
    }
    *events.emplace_back().mutable_batches_merged() = merged;
    Append(events);
  };
  Decision certified(1);
  event::v1::CertificationRecorded& recorded = *certified[0].mutable_certification_recorded();
  recorded.set_certification("certifications/ONE");
  recorded.mutable_claim()->set_holder(holder);
  recorded.mutable_claim()->add_products(product_);
  Append(certified);
  mix("batches/OWN", holder);
  mix("batches/MIXED", "parties/OTHER");
  const std::unique_ptr<index::Runner> runner = Follow();
  const trace::View view(&runner->db());
  const absl::StatusOr<v1::Journey> own = trace::JourneyOf(view, "batches/OWN"),
                                    mixed = trace::JourneyOf(view, "batches/MIXED");
  ASSERT_OK(own);
  ASSERT_OK(mixed);
  ASSERT_EQ(own->certifications_size(), 1);
  EXPECT_EQ(own->certifications(0).certification(), "certifications/ONE");
  EXPECT_EQ(mixed->certifications_size(), 0);
  for (const v1::Journey& journey : {*own, *mixed}) {
    EXPECT_EQ(journey.origins_size(), trace::kOriginsMax);
    EXPECT_EQ(journey.origins_total(), kOrigins);
    EXPECT_EQ(domain::TimeOf(journey.first_harvest_time()), world_.clock().Now());
    EXPECT_EQ(domain::TimeOf(journey.last_harvest_time()),
              world_.clock().Now() + absl::Hours(kOrigins - 1));
  }
}

// Position and effects are one write: stopping anywhere repeats nothing and skips nothing.
TEST_F(TraceViewTest, AViewThatIsReopenedOrDeletedSaysTheSame) {
  std::string batch = Harvest(50);
  for (int i = 0; i < 5; ++i) {
    Split(batch, {1, 2});
    const std::unique_ptr<index::Runner> runner = Follow();
    EXPECT_EQ(runner->position(), log_.log().GetTreeHead()->size);
  }
  const auto held = [&] {
    const std::unique_ptr<index::Runner> runner = Follow();
    return (*trace::View(&runner->db()).HoldingsOf(batch))[0].quantity().amount();
  };
  const int64_t before = held();
  EXPECT_EQ(before, (50 - 5 * 3) * kKilogram);
  std::filesystem::remove_all(dir_ / "view");
  EXPECT_EQ(held(), before);
}

}  // namespace
}  // namespace suyuan
