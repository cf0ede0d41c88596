// RegistryService over both topologies.
#include "tests/support/chain.h"

namespace suyuan {
namespace {

using test::Actor;
using test::Chain;
using test::Fails;
using test::NamesOf;
using test::Topology;
using testing::ElementsAre;

class RegistryTest : public testing::TestWithParam<Topology> {
 protected:
  template <typename Message, typename Request>
  absl::StatusOr<Message> Get(Actor& actor, const std::string& what, const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<Message>("RegistryService/Get" + what, request);
  }

  test::System system_{GetParam()};
};

TEST_P(RegistryTest, AThingIsReadAsItWasRegistered) {
  Chain chain(system_);
  const auto party =
      Get<v1::Party, v1::GetPartyRequest>(chain.coop(), "Party", chain.coop().party());
  ASSERT_OK(party);
  EXPECT_EQ(party->claim().name(), "金山蔬菜合作社");
  EXPECT_TRUE(party->has_record_time());
  const auto site = Get<v1::Site, v1::GetSiteRequest>(chain.coop(), "Site", chain.farm());
  ASSERT_OK(site);
  EXPECT_EQ(site->party(), chain.coop().party());
  EXPECT_EQ(site->claim().kind(), claim::v1::SITE_KIND_FARM);
  const auto plot = Get<v1::Plot, v1::GetPlotRequest>(chain.coop(), "Plot", chain.plot());
  ASSERT_OK(plot);
  EXPECT_EQ(plot->claim().area_m2(), 6666);
  const auto product =
      Get<v1::Product, v1::GetProductRequest>(chain.coop(), "Product", chain.product());
  ASSERT_OK(product);
  EXPECT_EQ(product->claim().name_en(), "Chives");
  EXPECT_EQ(product->party(), chain.coop().party());
}

TEST_P(RegistryTest, WhatIsNotRegisteredIsNotFound) {
  Chain chain(system_);
  // A right name of the right kind, of another thing.
  const std::string id = chain.farm().substr(chain.farm().rfind('/'));
  Actor& coop = chain.coop();
  EXPECT_THAT((Get<v1::Party, v1::GetPartyRequest>(coop, "Party", "parties" + id)),
              Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT((Get<v1::Site, v1::GetSiteRequest>(coop, "Site", "sites" + chain.plot().substr(5))),
              Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT((Get<v1::Plot, v1::GetPlotRequest>(coop, "Plot", "plots" + id)),
              Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT((Get<v1::Product, v1::GetProductRequest>(coop, "Product", "products" + id)),
              Fails(v1::REASON_NOT_FOUND));
}

TEST_P(RegistryTest, ListsPageInTheOrderOfRegistrationAndByParty) {
  Actor& first = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& second = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  std::vector<std::string> all, own;
  for (int i = 0; i < 7; ++i) {
    Actor& actor = i % 3 == 0 ? second : first;
    all.push_back(system_.AddSite(actor, claim::v1::SITE_KIND_SHOP));
    if (i % 3 == 0) own.push_back(all.back());
  }
  v1::ListSitesRequest request;
  request.set_page_size(2);
  request.set_min_sequence(system_.LastSequence());
  const auto sites = [](const v1::ListSitesResponse& response) { return response.sites(); };
  EXPECT_EQ(NamesOf(test::AllPages<v1::ListSitesResponse>(first, "RegistryService/ListSites",
                                                          request, sites)),
            all);
  request.set_party(second.party());
  EXPECT_EQ(NamesOf(test::AllPages<v1::ListSitesResponse>(first, "RegistryService/ListSites",
                                                          request, sites)),
            own);
}

TEST_P(RegistryTest, EveryKindOfThingIsListed) {
  Chain chain(system_);
  const int64_t now = system_.LastSequence();
  v1::ListPartiesRequest parties;
  parties.set_min_sequence(now);
  const auto listed =
      chain.coop().Call<v1::ListPartiesResponse>("RegistryService/ListParties", parties);
  ASSERT_OK(listed);
  EXPECT_THAT(NamesOf(listed->parties()),
              ElementsAre(system_.operator_actor().party(), chain.coop().party()));
  v1::ListPlotsRequest plots;
  plots.set_min_sequence(now);
  const auto fields = chain.coop().Call<v1::ListPlotsResponse>("RegistryService/ListPlots", plots);
  ASSERT_OK(fields);
  EXPECT_THAT(NamesOf(fields->plots()), ElementsAre(chain.plot()));
  v1::ListProductsRequest products;
  products.set_min_sequence(now);
  products.set_party(chain.coop().party());
  const auto goods =
      chain.coop().Call<v1::ListProductsResponse>("RegistryService/ListProducts", products);
  ASSERT_OK(goods);
  EXPECT_THAT(NamesOf(goods->products()), ElementsAre(chain.product()));
}

// A token is good for the list it was made for, and for no other.
TEST_P(RegistryTest, RefusesAPageTokenOfAnotherList) {
  Actor& shop = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  for (int i = 0; i < 3; ++i) system_.AddSite(shop, claim::v1::SITE_KIND_SHOP);
  v1::ListSitesRequest request;
  request.set_page_size(1);
  request.set_min_sequence(system_.LastSequence());
  const auto page = shop.Call<v1::ListSitesResponse>("RegistryService/ListSites", request);
  ASSERT_OK(page);
  request.set_page_token(page->next_page_token());
  EXPECT_OK(shop.Call<v1::ListSitesResponse>("RegistryService/ListSites", request));
  request.set_party(shop.party());
  EXPECT_THAT(shop.Call<v1::ListSitesResponse>("RegistryService/ListSites", request),
              Fails(v1::REASON_PAGE_TOKEN_INVALID));
  v1::ListPlotsRequest plots;
  plots.set_page_token(page->next_page_token());
  EXPECT_THAT(shop.Call<v1::ListPlotsResponse>("RegistryService/ListPlots", plots),
              Fails(v1::REASON_PAGE_TOKEN_INVALID));
}

TEST_P(RegistryTest, AViewThatHasNotComeThatFarSaysSo) {
  Actor& shop = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  v1::GetPartyRequest request;
  request.set_name(shop.party());
  request.set_min_sequence(system_.LastSequence() + 1);
  EXPECT_THAT(shop.Call<v1::Party>("RegistryService/GetParty", request),
              Fails(v1::REASON_VIEW_BEHIND));
}

TEST_P(RegistryTest, RefusalsOfTheRulesReachTheCaller) {
  Chain chain(system_);
  auto party = Chain::New<v1::RegisterPartyRequest>();
  party.mutable_party()->set_name("甲");
  party.mutable_party()->add_roles(claim::v1::PARTY_ROLE_OPERATOR);
  EXPECT_THAT(system_.operator_actor().Call<v1::RegisterPartyResponse>(
                  "RegistryService/RegisterParty", party),
              Fails(v1::REASON_PARTY_ROLE));
  EXPECT_THAT(chain.coop().Call<v1::RegisterPartyResponse>("RegistryService/RegisterParty", party),
              Fails(v1::REASON_NOT_ALLOWED));
  auto site = Chain::New<v1::RegisterSiteRequest>();
  site.mutable_site()->set_name("站点");
  site.mutable_site()->set_kind(claim::v1::SITE_KIND_VILLAGE_POINT);
  EXPECT_THAT(chain.coop().Call<v1::RegisterSiteResponse>("RegistryService/RegisterSite", site),
              Fails(v1::REASON_SITE_TREE));
}

TEST_P(RegistryTest, ARestartLosesNothing) {
  Chain chain(system_);
  system_.Restart();
  EXPECT_OK((Get<v1::Site, v1::GetSiteRequest>(chain.coop(), "Site", chain.farm())));
}

INSTANTIATE_TEST_SUITE_P(Topologies, RegistryTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
