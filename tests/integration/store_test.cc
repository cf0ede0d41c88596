// Commands through the store onto a real ledger: replay, races, revoked keys.
#include "services/store/store.h"

#include <latch>
#include <thread>

#include "absl/strings/str_format.h"
#include "services/domain/deciders.h"
#include "services/domain/quantity.h"
#include "services/domain/states.h"
#include "services/domain/time.h"
#include "services/rpc/waiting.h"
#include "storage/base/text.h"
#include "tests/support/domain_world.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::store {
namespace {

using domain::Context;
using domain::World;
using test::Fails;

constexpr int64_t kKilogram = 1'000'000;

class StoreTest : public testing::Test {
 protected:
  StoreTest()
      : store_(&log_.log(), &log_.clock(), [](std::function<void()> task) {
          std::thread(std::move(task)).detach();
          return true;
        }) {
    caller_.party = domain::PartyId::FromId("COOP");
    caller_.member = domain::MemberId::FromId("MEMBER");
    caller_.key = domain::KeyId::FromId("00");
    event::v1::Event party, member, key;
    party.mutable_party_registered()->set_party(caller_.party.name());
    member.mutable_member_added()->set_member(caller_.member.name());
    member.mutable_member_added()->mutable_claim()->set_party(caller_.party.name());
    key.mutable_key_enrolled()->set_key(caller_.key.name());
    key.mutable_key_enrolled()->set_party(caller_.party.name());
    key.mutable_key_enrolled()->mutable_claim()->set_member(caller_.member.name());
    ledger::AppendRequest request = test::TestAppend(
        log_.clock(), "enrol", {caller_.party.name(), caller_.member.name(), caller_.key.name()});
    request.events = {party.SerializeAsString(), member.SerializeAsString(),
                      key.SerializeAsString()};
    EXPECT_OK(log_.log().AppendAndWait(request));
  }

  template <typename Decide>
  Command Make(const std::string& request_id, const std::string& body, Decide decide) {
    Command command;
    command.caller = caller_;
    command.request_id = request_id;
    command.authorship = test::TestAuthorship();
    command.body = body;
    command.decide = decide;
    return command;
  }
  std::string NextId() { return absl::StrFormat("00000000-0000-4000-8000-%012d", next_++); }
  absl::StatusOr<Outcome> Do(Command command) {
    absl::StatusOr<Outcome> result = absl::UnknownError("unanswered");
    std::latch answered(1);
    store_.Update(std::move(command), [&](absl::StatusOr<Outcome> outcome) {
      result = std::move(outcome);
      answered.count_down();
    });
    answered.wait();
    return result;
  }
  template <typename Claim>
  absl::StatusOr<Outcome> Decide(domain::Decided (*decide)(World&, Context&, const Claim&),
                                 const Claim& claim) {
    return Do(Make(NextId(), claim.SerializeAsString(),
                   [=](World& world, Context& context) { return decide(world, context, claim); }));
  }
  claim::v1::When Now() {
    claim::v1::When when;
    *when.mutable_time() = domain::StampOf(log_.clock().Now());
    return when;
  }
  // A harvest of `kilograms` at farm_; its batch.
  std::string Harvest(int64_t kilograms) {
    claim::v1::Site site;
    site.set_kind(claim::v1::SITE_KIND_FARM);
    farm_ = Decide(&domain::DecideRegisterSite, site)->events[0].site_registered().site();
    claim::v1::Product product;
    product.set_unit(claim::v1::UNIT_MILLIGRAM);
    claim::v1::Plot plot;
    plot.set_area_m2(1);
    claim::v1::Harvest harvest;
    harvest.set_product(
        Decide(&domain::DecideRegisterProduct, product)->events[0].product_registered().product());
    harvest.add_plots(
        Decide(&domain::DecideRegisterPlot, plot)->events[0].plot_registered().plot());
    harvest.set_site(farm_);
    *harvest.mutable_quantity() =
        domain::QuantityOf({kilograms * kKilogram, claim::v1::UNIT_MILLIGRAM});
    *harvest.mutable_occur() = Now();
    return Decide(&domain::DecideHarvest, harvest)->events[0].batch_harvested().batch();
  }
  claim::v1::Loss Loss(const std::string& batch, int64_t kilograms) {
    claim::v1::Loss loss;
    loss.set_batch(batch);
    loss.set_site(farm_);
    *loss.mutable_quantity() =
        domain::QuantityOf({kilograms * kKilogram, claim::v1::UNIT_MILLIGRAM});
    *loss.mutable_occur() = Now();
    return loss;
  }
  int64_t Available(const std::string& batch) {
    return (*store_.Find<domain::HoldingState>(domain::HoldingStream(batch, farm_)))->available;
  }

  test::LedgerFixture log_;
  Store store_;
  domain::Caller caller_;
  std::string farm_;
  int next_ = 1;
};

TEST_F(StoreTest, ACommandIsDecidedOnWhatIsDurableAndNamesItsActor) {
  const std::string batch = Harvest(100);
  const absl::StatusOr<Outcome> outcome = Decide(&domain::DecideLoss, Loss(batch, 30));
  ASSERT_OK(outcome);
  EXPECT_EQ(outcome->events[0].actor_party(), caller_.party.name());
  EXPECT_EQ(Available(batch), 70 * kKilogram);
  EXPECT_THAT(Decide(&domain::DecideLoss, Loss(batch, 71)),
              Fails(v1::REASON_INSUFFICIENT_QUANTITY));
}

// Sent again because no answer came: its twin is appended between two rounds of its decision.
TEST_F(StoreTest, ARepetitionIsNotRefusedForWhatItsTwinDid) {
  const std::string batch = Harvest(100), id = NextId();
  const claim::v1::Loss loss = Loss(batch, 60);
  const auto decide = [&](World& world, Context& context) {
    return domain::DecideLoss(world, context, loss);
  };
  absl::StatusOr<Outcome> twin = absl::UnknownError("not sent yet");
  const auto decide_late = [&](World& world, Context& context) {
    domain::Decided decided = decide(world, context);  // Asks for its streams.
    if (absl::IsUnknown(twin.status())) twin = Do(Make(id, "body", decide));
    return decided;
  };
  const absl::StatusOr<Outcome> repeated = Do(Make(id, "body", decide_late));
  ASSERT_OK(twin);
  ASSERT_OK(repeated);  // Decided anew it would be refused: 40 kg are left.
  EXPECT_EQ(repeated->appended.sequence, twin->appended.sequence);
  EXPECT_EQ(Available(batch), 40 * kKilogram);
}

TEST_F(StoreTest, ARepeatedRequestIsAnsweredFromItsRecordAndOtherContentIsRefused) {
  const std::string batch = Harvest(100), id = NextId();
  const claim::v1::Loss loss = Loss(batch, 60);
  const auto decide = [&](World& world, Context& context) {
    return domain::DecideLoss(world, context, loss);
  };
  const absl::StatusOr<Outcome> first = Do(Make(id, "body", decide));
  ASSERT_OK(first);
  // Decided anew it would be refused: 40 kg are left.
  const absl::StatusOr<Outcome> again = Do(Make(id, "body", decide));
  ASSERT_OK(again);
  EXPECT_TRUE(again->appended.replayed);
  EXPECT_EQ(again->appended.sequence, first->appended.sequence);
  EXPECT_EQ(again->appended.leaf_hash, first->appended.leaf_hash);
  EXPECT_EQ(again->events[0].SerializeAsString(), first->events[0].SerializeAsString());
  EXPECT_THAT(Do(Make(id, "other body", decide)), Fails(v1::REASON_REQUEST_ID_REUSED));
}

TEST_F(StoreTest, ManyCommandsOnOneHoldingTakeExactlyWhatIsThere) {
  const std::string batch = Harvest(100);
  constexpr int kCommands = 150;
  std::latch left(kCommands);
  std::atomic<int> taken{0}, refused{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 3; ++client) {
    clients.emplace_back([&, client] {
      for (int i = client; i < kCommands; i += 3) {
        const claim::v1::Loss loss = Loss(batch, 1);
        Command command = Make(absl::StrFormat("00000000-0000-4000-9000-%012d", i), "body",
                               [loss](World& world, Context& context) {
                                 return domain::DecideLoss(world, context, loss);
                               });
        store_.Update(std::move(command), [&](absl::StatusOr<Outcome> outcome) {
          taken += outcome.ok();
          refused += domain::ReasonOf(outcome.status()) == v1::REASON_INSUFFICIENT_QUANTITY;
          left.count_down();
        });
      }
    });
  }
  for (std::thread& client : clients) client.join();
  left.wait();
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(refused, 50);
  EXPECT_EQ(Available(batch), 0);
}

// Many more than fit a stack if each ended the next. Nothing is appended for those refused.
TEST_F(StoreTest, WhoeverWaitsForATurnIsRefusedWhereNothingRunsTasks) {
  const std::string batch = Harvest(100);
  Store store(&log_.log(), &log_.clock(), [](const std::function<void()>&) { return false; });
  std::latch all_wait(1);
  log_.log().Append(test::TestAppend(log_.clock(), "first"),
                    [&](const absl::StatusOr<ledger::Appended>&) { all_wait.wait(); });
  const claim::v1::Loss loss = Loss(batch, 1);
  constexpr int kCommands = 3000;
  std::atomic<int> taken{0}, refused{0};
  for (int i = 0; i < kCommands; ++i) {
    const auto decide = [&](World& world, Context& context) {
      return domain::DecideLoss(world, context, loss);
    };
    store.Update(Make(NextId(), "body", decide), [&](const absl::StatusOr<Outcome>& outcome) {
      taken += outcome.ok();
      refused += domain::ReasonOf(outcome.status()) == v1::REASON_QUEUE_FULL;
    });
  }
  EXPECT_EQ(taken + refused, 0);
  all_wait.count_down();
  store.Drain();
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(refused, kCommands - 1);
  EXPECT_EQ(Available(batch), 99 * kKilogram);
}

// Whoever waits for his turn holds no thread, so that nothing else would bound how many do.
TEST_F(StoreTest, RefusesWhenTooManyWaitForOneStream) {
  const std::string batch = Harvest(100);
  std::function<void()> retry;
  std::latch moved(1);
  Store store(
      &log_.log(), &log_.clock(),
      [&](std::function<void()> task) {
        if (moved.try_wait()) {
          std::thread(std::move(task)).detach();
        } else {
          retry = std::move(task);
          moved.count_down();
        }
        return true;
      },
      /*waiting_max=*/1);
  std::atomic<int> taken{0}, full{0};
  bool first = true;
  const auto lose = [&] {
    const claim::v1::Loss loss = Loss(batch, 1);
    store.Update(Make(NextId(), "body",
                      [&, loss](World& world, Context& context) {
                        const domain::Decided decided = domain::DecideLoss(world, context, loss);
                        // The stream moves under the first, which keeps its turn to decide again.
                        if (decided.ok() && std::exchange(first, false)) {
                          ledger::AppendRequest move = test::TestAppend(
                              log_.clock(), "meanwhile", {domain::HoldingStream(batch, farm_)});
                          move.events.clear();
                          EXPECT_OK(log_.log().AppendAndWait(move));
                        }
                        return decided;
                      }),
                 [&](absl::StatusOr<Outcome> outcome) {
                   taken += outcome.ok();
                   full += domain::ReasonOf(outcome.status()) == v1::REASON_QUEUE_FULL;
                 });
  };
  lose();
  moved.wait();
  lose();  // Waits.
  lose();
  EXPECT_EQ(full, 1);
  EXPECT_EQ(taken, 0);
  retry();
  store.Drain();
  EXPECT_EQ(taken, 2);
}

// A module's key is a key: it may act while it stands.
TEST_F(StoreTest, AServerWhoseClockIsNotTheLedgersSaysSo) {
  const std::string batch = Harvest(10);
  test::FakeClock behind(log_.clock().Now() - absl::Seconds(6));
  Store store(&log_.log(), &behind, [](std::function<void()> task) {
    std::thread(std::move(task)).detach();
    return true;
  });
  const auto lose = [&] {
    return rpc::WaitFor<absl::StatusOr<Outcome>>([&](auto done) {
      store.Update(Make(NextId(), "loss",
                        [loss = Loss(batch, 1)](World& world, Context& context) {
                          return domain::DecideLoss(world, context, loss);
                        }),
                   done);
    });
  };
  EXPECT_THAT(lose(), Fails(v1::REASON_CLOCKS));
  behind.Set(log_.clock().Now());
  EXPECT_OK(lose());
}

TEST_F(StoreTest, ARevokedSystemKeySignsNothingMore) {
  domain::Caller module;
  module.system = true;
  module.key = domain::KeyId::FromId("aa");
  const auto act = [&] {
    Command command = Make(NextId(), "act", [](World& world, Context&) -> domain::Decided {
      RETURN_IF_ERROR(world.Find<domain::UniqueState>("claims/test/1").status());
      world.Write("claims/test/1");
      return domain::Decision(1);
    });
    command.caller = module;
    return Do(std::move(command));
  };
  EXPECT_THAT(act(), Fails(v1::REASON_KEY_UNKNOWN));
  const auto say = [&](const char* request_id, const event::v1::Event& event) {
    ledger::AppendRequest request = test::TestAppend(log_.clock(), request_id, {module.key.name()});
    request.events = {event.SerializeAsString()};
    ASSERT_OK(log_.log().AppendAndWait(request));
  };
  event::v1::Event enrolled, revoked;
  enrolled.mutable_system_key_enrolled()->set_key(module.key.name());
  enrolled.mutable_system_key_enrolled()->set_module("recall");
  say("enrol-module", enrolled);
  EXPECT_OK(act());
  revoked.mutable_key_revoked()->mutable_claim()->set_key(module.key.name());
  say("revoke-module", revoked);
  EXPECT_THAT(act(), Fails(v1::REASON_KEY_REVOKED));
}

TEST_F(StoreTest, ARevokedKeySignsNothingMore) {
  const std::string batch = Harvest(100);
  claim::v1::KeyRevocation revocation;
  revocation.set_key(caller_.key.name());
  event::v1::Event revoked;
  *revoked.mutable_key_revoked()->mutable_claim() = revocation;
  ledger::AppendRequest request = test::TestAppend(log_.clock(), "revoke", {caller_.key.name()});
  request.events = {revoked.SerializeAsString()};
  ASSERT_OK(log_.log().AppendAndWait(request));
  EXPECT_THAT(Decide(&domain::DecideLoss, Loss(batch, 1)), Fails(v1::REASON_KEY_REVOKED));
  caller_.key = domain::KeyId::FromId("ff");
  EXPECT_THAT(Decide(&domain::DecideLoss, Loss(batch, 1)), Fails(v1::REASON_KEY_UNKNOWN));
}

}  // namespace
}  // namespace suyuan::store
