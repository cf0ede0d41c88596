// ShipmentService over both topologies.
#include <algorithm>

#include "tests/support/chain.h"

namespace suyuan {
namespace {

using test::Actor;
using test::Chain;
using test::Fails;
using test::NamesOf;
using test::System;
using test::Topology;
using testing::ElementsAre;
using testing::IsEmpty;

class ShipmentTest : public testing::TestWithParam<Topology> {
 protected:
  v1::ShipRequest Request(const std::string& batch, int64_t kilograms) {
    auto request = Chain::New<v1::ShipRequest>();
    claim::v1::Dispatch& claim = *request.mutable_dispatch();
    claim.set_from_site(chain_.farm());
    claim.set_to_site(shop_site_);
    claim.set_carrier(carrier_.party());
    claim::v1::BatchQuantity* line = claim.add_lines();
    line->set_batch(batch);
    *line->mutable_quantity() = System::Kilograms(kilograms);
    *claim.mutable_occur() = system_.Now();
    return request;
  }
  absl::StatusOr<v1::ShipResponse> Ship(const v1::ShipRequest& request) {
    return chain_.coop().Call<v1::ShipResponse>("ShipmentService/Ship", request);
  }
  std::string Shipped(int64_t kilograms) {
    const auto shipped = Ship(Request(batch_, kilograms));
    EXPECT_OK(shipped);
    return shipped.value_or(v1::ShipResponse()).shipment();
  }
  absl::StatusOr<v1::ReceiveShipmentResponse> Receive(
      Actor& actor, const std::string& shipment, int64_t kilograms,
      claim::v1::ShortfallCause cause = claim::v1::SHORTFALL_CAUSE_UNSPECIFIED) {
    auto request = Chain::New<v1::ReceiveShipmentRequest>();
    request.mutable_arrival()->set_shipment(shipment);
    claim::v1::ReceivedLine* line = request.mutable_arrival()->add_lines();
    line->set_batch(batch_);
    *line->mutable_quantity() = System::Kilograms(kilograms);
    line->set_shortfall(cause);
    *request.mutable_arrival()->mutable_occur() = system_.Now();
    return actor.Call<v1::ReceiveShipmentResponse>("ShipmentService/ReceiveShipment", request);
  }
  absl::StatusOr<v1::RefuseShipmentResponse> Refuse(Actor& actor, const std::string& shipment) {
    auto request = Chain::New<v1::RefuseShipmentRequest>();
    request.mutable_refusal()->set_shipment(shipment);
    request.mutable_refusal()->set_cause(claim::v1::REFUSAL_CAUSE_SPOILED);
    *request.mutable_refusal()->mutable_occur() = system_.Now();
    return actor.Call<v1::RefuseShipmentResponse>("ShipmentService/RefuseShipment", request);
  }
  absl::StatusOr<v1::Shipment> Get(Actor& actor, const std::string& name) {
    v1::GetShipmentRequest request;
    request.set_name(name);
    return actor.Call<v1::Shipment>("ShipmentService/GetShipment", request);
  }
  v1::ShipmentState StateOf(const std::string& name) {
    const auto shipment = Get(shop_, name);
    EXPECT_OK(shipment);
    return shipment.value_or(v1::Shipment()).state();
  }
  std::vector<std::string> List(Actor& actor, bool open, int page_size = 100) {
    v1::ListShipmentsRequest request;
    request.set_page_size(page_size);
    request.set_min_sequence(system_.LastSequence());
    request.set_open(open);
    return NamesOf(test::AllPages<v1::ListShipmentsResponse>(
        actor, "ShipmentService/ListShipments", request,
        [](const v1::ListShipmentsResponse& response) { return response.shipments(); }));
  }

  System system_{GetParam()};
  Chain chain_{system_};
  Actor& shop_ = system_.AddParty("门店", {claim::v1::PARTY_ROLE_RETAILER});
  Actor& carrier_ = system_.AddParty("物流", {claim::v1::PARTY_ROLE_CARRIER});
  Actor& regulator_ = system_.AddParty("监管所", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& outsider_ = system_.AddParty("旁人", {claim::v1::PARTY_ROLE_RETAILER});
  const std::string shop_site_ = system_.AddSite(shop_, claim::v1::SITE_KIND_SHOP);
  const std::string batch_ = chain_.Harvest(100);
};

TEST_P(ShipmentTest, AShipmentIsSeenByItsPartiesAndByRegulators) {
  const std::string name = Shipped(40);
  for (Actor* actor : {&chain_.coop(), &shop_, &carrier_, &regulator_}) {
    const auto shipment = Get(*actor, name);
    ASSERT_OK(shipment);
    EXPECT_EQ(shipment->state(), v1::SHIPMENT_STATE_IN_TRANSIT);
    EXPECT_EQ(shipment->from_party(), chain_.coop().party());
    EXPECT_EQ(shipment->to_party(), shop_.party());
    EXPECT_EQ(shipment->claim().lines(0).quantity().amount(), 40'000'000);
    EXPECT_TRUE(shipment->has_record_time());
  }
  EXPECT_THAT(Get(outsider_, name), Fails(v1::REASON_NOT_FOUND));
  const std::string absent = "shipments" + shop_site_.substr(shop_site_.rfind('/'));
  EXPECT_THAT(Get(regulator_, absent), Fails(v1::REASON_NOT_FOUND));
}

TEST_P(ShipmentTest, ReceivingEndsItInFullOrInPart) {
  const std::string full = Shipped(40), part = Shipped(40);
  ASSERT_OK(Receive(shop_, full, 40));
  EXPECT_EQ(StateOf(full), v1::SHIPMENT_STATE_RECEIVED);
  ASSERT_OK(Receive(shop_, part, 35, claim::v1::SHORTFALL_CAUSE_RETURNED));
  EXPECT_EQ(StateOf(part), v1::SHIPMENT_STATE_RECEIVED_IN_PART);
  // 100 − 40 − 40 + 5 returned.
  EXPECT_THAT(Ship(Request(batch_, 26)), Fails(v1::REASON_INSUFFICIENT_QUANTITY));
  EXPECT_OK(Ship(Request(batch_, 25)));
}

TEST_P(ShipmentTest, ARefusedShipmentStandsAtTheSendersAgain) {
  const std::string name = Shipped(100);
  EXPECT_THAT(Ship(Request(batch_, 1)), Fails(v1::REASON_INSUFFICIENT_QUANTITY));
  ASSERT_OK(Refuse(shop_, name));
  EXPECT_EQ(StateOf(name), v1::SHIPMENT_STATE_REFUSED);
  EXPECT_OK(Ship(Request(batch_, 100)));
}

TEST_P(ShipmentTest, OnlyTheAddresseeTakesOverAndOnlyOnce) {
  const std::string name = Shipped(40);
  EXPECT_THAT(Receive(chain_.coop(), name, 40), Fails(v1::REASON_NOT_ADDRESSEE));
  EXPECT_THAT(Refuse(carrier_, name), Fails(v1::REASON_NOT_ADDRESSEE));
  ASSERT_OK(Receive(shop_, name, 40));
  EXPECT_THAT(Receive(shop_, name, 40), Fails(v1::REASON_SHIPMENT_CLOSED));
  EXPECT_THAT(Refuse(shop_, name), Fails(v1::REASON_SHIPMENT_CLOSED));
}

TEST_P(ShipmentTest, WhatIsNotReceivedHasItsCause) {
  const std::string name = Shipped(40);
  EXPECT_THAT(Receive(shop_, name, 41), Fails(v1::REASON_RECEIVED_TOO_MUCH));
  EXPECT_THAT(Receive(shop_, name, 39), Fails(v1::REASON_SHORTFALL_CAUSE));
  EXPECT_THAT(Receive(shop_, name, 40, claim::v1::SHORTFALL_CAUSE_MISSING),
              Fails(v1::REASON_SHORTFALL_CAUSE));
  EXPECT_OK(Receive(shop_, name, 39, claim::v1::SHORTFALL_CAUSE_MISSING));
}

TEST_P(ShipmentTest, RefusesToShipWhatMayNotMove) {
  v1::ShipRequest same = Request(batch_, 1);
  same.mutable_dispatch()->set_to_site(chain_.farm());
  EXPECT_THAT(Ship(same), Fails(v1::REASON_SAME_SITE));
  v1::ShipRequest foreign = Request(batch_, 1);
  foreign.mutable_dispatch()->set_from_site(shop_site_);
  foreign.mutable_dispatch()->set_to_site(chain_.farm());
  EXPECT_THAT(Ship(foreign), Fails(v1::REASON_NOT_IN_POSSESSION));
  v1::ShipRequest carried = Request(batch_, 1);
  carried.mutable_dispatch()->set_carrier(shop_.party());
  EXPECT_THAT(Ship(carried), Fails(v1::REASON_PARTY_ROLE));
  v1::ShipRequest twice = Request(batch_, 1);
  *twice.mutable_dispatch()->add_lines() = twice.dispatch().lines(0);
  EXPECT_THAT(Ship(twice), Fails(v1::REASON_DUPLICATE));
  ASSERT_OK(regulator_.Call<v1::PlaceHoldResponse>("InspectionService/PlaceHold",
                                                   chain_.HoldRequest(batch_)));
  EXPECT_THAT(Ship(Request(batch_, 1)), Fails(v1::REASON_BATCH_ON_HOLD));
}

TEST_P(ShipmentTest, TemperaturesAreBoundedAndKeptAsClaimed) {
  v1::ShipRequest request = Request(batch_, 1);
  claim::v1::TemperatureRange& keep = *request.mutable_dispatch()->mutable_keep();
  for (const auto& [lowest, highest] : {std::pair(-601, 0), {0, 1001}}) {
    keep.set_lowest_decidegrees(lowest);
    keep.set_highest_decidegrees(highest);
    EXPECT_THAT(Ship(request), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
  }
  keep.set_lowest_decidegrees(80);
  keep.set_highest_decidegrees(0);
  EXPECT_THAT(Ship(request), Fails(v1::REASON_TEMPERATURE_RANGE));
  keep.set_lowest_decidegrees(-600);
  keep.set_highest_decidegrees(1000);
  const auto shipped = Ship(request);
  ASSERT_OK(shipped);
  EXPECT_EQ(Get(shop_, shipped->shipment())->claim().keep().lowest_decidegrees(), -600);
  auto receive = Chain::New<v1::ReceiveShipmentRequest>();
  receive.mutable_arrival()->set_shipment(shipped->shipment());
  receive.mutable_arrival()->mutable_measured()->set_lowest_decidegrees(1);
  *receive.mutable_arrival()->mutable_occur() = system_.Now();
  EXPECT_THAT(shop_.Call<v1::ReceiveShipmentResponse>("ShipmentService/ReceiveShipment", receive),
              Fails(v1::REASON_TEMPERATURE_RANGE));
}

TEST_P(ShipmentTest, ListsAreOfTheCallersOwnNewestFirst) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(Shipped(1));
  std::reverse(names.begin(), names.end());
  for (Actor* actor : {&chain_.coop(), &shop_, &carrier_, &regulator_}) {
    EXPECT_EQ(List(*actor, false, 2), names);
  }
  EXPECT_THAT(List(outsider_, false), IsEmpty());
}

TEST_P(ShipmentTest, AnEndedShipmentLeavesTheOpenOnesAndStaysAmongAll) {
  const std::string first = Shipped(1), second = Shipped(1), third = Shipped(1);
  ASSERT_OK(Receive(shop_, second, 1));
  ASSERT_OK(Refuse(shop_, first));
  for (Actor* actor : {&chain_.coop(), &shop_, &carrier_, &regulator_}) {
    EXPECT_THAT(List(*actor, true), ElementsAre(third));
    EXPECT_THAT(List(*actor, false), ElementsAre(third, second, first));
  }
  system_.Restart();
  EXPECT_THAT(List(shop_, true), ElementsAre(third));
}

// What one party lists is nobody else's to page on in.
TEST_P(ShipmentTest, RefusesAPageTokenOfAnotherPartyOrFilter) {
  for (int i = 0; i < 3; ++i) Shipped(1);
  v1::ListShipmentsRequest request;
  request.set_page_size(1);
  request.set_min_sequence(system_.LastSequence());
  const auto list = [&](Actor& actor) {
    return actor.Call<v1::ListShipmentsResponse>("ShipmentService/ListShipments", request);
  };
  const auto page = list(shop_);
  ASSERT_OK(page);
  request.set_page_token(page->next_page_token());
  EXPECT_OK(list(shop_));
  EXPECT_THAT(list(regulator_), Fails(v1::REASON_PAGE_TOKEN_INVALID));
  request.set_open(true);
  EXPECT_THAT(list(shop_), Fails(v1::REASON_PAGE_TOKEN_INVALID));
}

INSTANTIATE_TEST_SUITE_P(Topologies, ShipmentTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

}  // namespace
}  // namespace suyuan
