// RegistryService and IdentityService over both topologies.
#include "services/rpc/keys.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "suyuan/v1/identity.pb.h"
#include "tests/support/chain.h"

namespace suyuan {
namespace {

using claim::v1::PartyRole;
using test::Actor;
using test::Chain;
using test::Fails;
using test::NamesOf;
using test::Topology;
using testing::Contains;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::Not;

class RegistryTest : public testing::TestWithParam<Topology> {
 protected:
  template <typename Message, typename Request>
  absl::StatusOr<Message> Get(Actor& actor, const std::string& what, const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<Message>("RegistryService/Get" + what, request);
  }
  absl::StatusOr<v1::ListKeysResponse> Keys(Actor& actor, const std::string& party) {
    v1::ListKeysRequest request;
    request.set_party(party);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::ListKeysResponse>("IdentityService/ListKeys", request);
  }
  absl::StatusOr<v1::ListMembersResponse> Members(Actor& actor, const std::string& party) {
    v1::ListMembersRequest request;
    request.set_party(party);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::ListMembersResponse>("IdentityService/ListMembers", request);
  }
  absl::StatusOr<v1::EnrollKeyResponse> Enroll(Actor& actor, const std::string& member,
                                               const std::string& spki) {
    auto request = Chain::New<v1::EnrollKeyRequest>();
    request.mutable_key()->set_member(member);
    request.mutable_key()->set_algorithm(claim::v1::KEY_ALGORITHM_ECDSA_P256);
    request.mutable_key()->set_spki(spki);
    return actor.Call<v1::EnrollKeyResponse>("IdentityService/EnrollKey", request);
  }
  absl::StatusOr<v1::RevokeKeyResponse> Revoke(Actor& actor, const std::string& key) {
    auto request = Chain::New<v1::RevokeKeyRequest>();
    request.mutable_revocation()->set_key(key);
    request.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_LOST);
    return actor.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", request);
  }
  static std::string KeyNameOf(const Actor& actor) {
    return StrCat("keys/", HexOf(actor.options().key->KeyId()));
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

TEST_P(RegistryTest, ServerInfoNeedsNoKeyAndSaysWhatClientsPin) {
  const auto info = system_.stranger().Call<v1::GetServerInfoResponse>(
      "IdentityService/GetServerInfo", v1::GetServerInfoRequest());
  ASSERT_OK(info);
  EXPECT_EQ(info->origin(), system_.portal().origin());
  EXPECT_EQ(info->ledger_id().size(), 4u);
  EXPECT_TRUE(info->demo());
  EXPECT_EQ(info->utc_offset_minutes(), 480);
  EXPECT_THAT(info->log_verifier_key(), testing::StartsWith(info->origin() + "+"));
  EXPECT_EQ(info->version(), SUYUAN_VERSION);
  EXPECT_EQ(domain::TimeOf(info->server_time()), system_.clock().Now());
}

TEST_P(RegistryTest, ACallerIsToldWhoHeIs) {
  Chain chain(system_);
  Actor& worker = system_.AddMember(chain.coop(), claim::v1::MEMBER_ROLE_WORKER);
  const auto caller =
      worker.Call<v1::GetCallerResponse>("IdentityService/GetCaller", v1::GetCallerRequest());
  ASSERT_OK(caller);
  EXPECT_EQ(caller->party(), chain.coop().party());
  EXPECT_EQ(caller->member(), worker.member());
  EXPECT_EQ(caller->key(), KeyNameOf(worker));
  EXPECT_EQ(caller->role(), claim::v1::MEMBER_ROLE_WORKER);
  EXPECT_THAT(caller->party_roles(), ElementsAre(claim::v1::PARTY_ROLE_COOPERATIVE));
}

TEST_P(RegistryTest, MembersAndKeysAreListedForTheirPartyAndForWhoLetsPartiesIn) {
  Actor& own = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& regulator = system_.AddParty("监管", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& worker = system_.AddMember(own, claim::v1::MEMBER_ROLE_WORKER);
  for (Actor* actor : {&own, &worker, &regulator, &system_.operator_actor()}) {
    const auto members = Members(*actor, own.party());
    ASSERT_OK(members);
    EXPECT_THAT(NamesOf(members->members()), ElementsAre(own.member(), worker.member()));
    const auto keys = Keys(*actor, own.party());
    ASSERT_OK(keys);
    EXPECT_THAT(NamesOf(keys->keys()), ElementsAre(KeyNameOf(own), KeyNameOf(worker)));
  }
  EXPECT_THAT(Members(other, own.party()), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Keys(other, own.party()), Fails(v1::REASON_NOT_FOUND));
  const std::string absent = "parties" + own.member().substr(own.member().rfind('/'));
  EXPECT_THAT(Members(regulator, absent), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Keys(regulator, absent), Fails(v1::REASON_NOT_FOUND));
}

TEST_P(RegistryTest, ARevokedKeySignsNothingMoreAndStaysListed) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& worker = system_.AddMember(manager, claim::v1::MEMBER_ROLE_WORKER);
  ASSERT_OK(Revoke(manager, KeyNameOf(worker)));
  EXPECT_THAT(
      worker.Call<v1::GetCallerResponse>("IdentityService/GetCaller", v1::GetCallerRequest()),
      Fails(v1::REASON_KEY_REVOKED));
  const auto keys = Keys(manager, manager.party());
  ASSERT_OK(keys);
  ASSERT_EQ(keys->keys_size(), 2);
  EXPECT_FALSE(keys->keys(0).revoked());
  EXPECT_TRUE(keys->keys(1).revoked());
  EXPECT_THAT(Revoke(manager, KeyNameOf(worker)), Fails(v1::REASON_KEY_REVOKED));
  EXPECT_THAT(Enroll(manager, worker.member(), worker.options().key->Spki()),
              Fails(v1::REASON_ALREADY_EXISTS));
}

// A revocation's key is free text to the field rules: it must not reach another kind of stream.
TEST_P(RegistryTest, RefusesToRevokeWhatIsNotAKey) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  std::string upper = KeyNameOf(manager);
  for (char& c : upper) c = c == 'a' ? 'A' : c;
  for (const std::string& name :
       {manager.party(), manager.member(), std::string("keys/"), std::string("keys/zz"),
        KeyNameOf(manager).substr(0, 20), "keyz" + KeyNameOf(manager).substr(4)}) {
    EXPECT_THAT(Revoke(manager, name), Fails(v1::REASON_FIELD_MALFORMED)) << name;
  }
  EXPECT_THAT(Revoke(manager, StrCat("keys/", std::string(32, '0'))), Fails(v1::REASON_NOT_FOUND));
}

TEST_P(RegistryTest, RefusesAPublicKeyThatIsNone) {
  Actor& manager = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  const std::string right = rpc::SigningKey::Generate(rpc::kEcdsaP256).Spki();
  const std::string other = rpc::SigningKey::Generate(rpc::kEd25519).Spki();
  EXPECT_THAT(Enroll(manager, manager.member(), "no key"), Fails(v1::REASON_KEY_MALFORMED));
  EXPECT_THAT(Enroll(manager, manager.member(), other), Fails(v1::REASON_KEY_MALFORMED));
  EXPECT_THAT(Enroll(manager, manager.member(), right + "x"), Fails(v1::REASON_KEY_MALFORMED));
  EXPECT_OK(Enroll(manager, manager.member(), right));
}

TEST_P(RegistryTest, AManagerManagesHisOwnPartyOnlyAndAWorkerNone) {
  Actor& own = system_.AddParty("甲", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& worker = system_.AddMember(own, claim::v1::MEMBER_ROLE_WORKER);
  auto member = Chain::New<v1::AddMemberRequest>();
  member.mutable_member()->set_party(own.party());
  member.mutable_member()->set_role(claim::v1::MEMBER_ROLE_WORKER);
  EXPECT_THAT(other.Call<v1::AddMemberResponse>("IdentityService/AddMember", member),
              Fails(v1::REASON_NOT_OWN));
  EXPECT_THAT(worker.Call<v1::AddMemberResponse>("IdentityService/AddMember", member),
              Fails(v1::REASON_NOT_ALLOWED));
  const std::string spki = rpc::SigningKey::Generate(rpc::kEcdsaP256).Spki();
  EXPECT_THAT(Enroll(other, worker.member(), spki), Fails(v1::REASON_NOT_OWN));
  EXPECT_THAT(Revoke(other, KeyNameOf(worker)), Fails(v1::REASON_NOT_OWN));
}

TEST_P(RegistryTest, ARestartLosesNothing) {
  Chain chain(system_);
  system_.Restart();
  EXPECT_OK((Get<v1::Site, v1::GetSiteRequest>(chain.coop(), "Site", chain.farm())));
  const auto keys = Keys(chain.coop(), chain.coop().party());
  ASSERT_OK(keys);
  EXPECT_THAT(NamesOf(keys->keys()), Contains(KeyNameOf(chain.coop())));
}

INSTANTIATE_TEST_SUITE_P(Topologies, RegistryTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
