// Signed commands of the domain, end to end, beside what no server can pass: how many signatures
// all cores verify. And a county's million batches.
#include <thread>

#include "services/rpc/channel.h"
#include "services/rpc/client.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/bench/load.h"
#include "tests/support/system.h"

namespace suyuan::bench {
namespace {

constexpr int kInFlight = 64;
constexpr int kChannels = 4;

// A cooperative with what a harvest needs.
struct Farm {
  explicit Farm(test::System& system)
      : actor(system.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE})),
        site(system.AddSite(actor, claim::v1::SITE_KIND_FARM)),
        plot(system.AddPlot(actor)),
        product(system.AddProduct(actor)) {}
  claim::v1::Harvest Harvest(const test::System& system) const {
    claim::v1::Harvest harvest;
    harvest.set_product(product);
    harvest.add_plots(plot);
    harvest.set_site(site);
    *harvest.mutable_quantity() = test::System::Kilograms(100);
    *harvest.mutable_occur() = system.Now();
    return harvest;
  }
  test::Actor& actor;
  std::string site, plot, product;
};

rpc::Incoming Signed(const test::Actor& actor, const std::string& method, absl::Time time,
                     const google::protobuf::Message& request) {
  rpc::Incoming incoming;
  incoming.method = method;
  incoming.body = request.SerializeAsString();
  const rpc::CallSignature signature = rpc::SignCall(*actor.options().key, actor.options().origin,
                                                     method, false, time, incoming.body);
  incoming.key_id = signature.key_id;
  incoming.time = signature.time;
  incoming.signature = signature.signature;
  return incoming;
}

// Signed beforehand: the clients' work is not the server's.
std::vector<rpc::Incoming> SignedHarvests(test::System& system, const Farm& farm, int count) {
  std::vector<rpc::Incoming> calls;
  for (int i = 0; i < count; ++i) {
    v1::RegisterHarvestRequest request;
    request.set_request_id(RandomUuid());
    *request.mutable_harvest() = farm.Harvest(system);
    calls.push_back(Signed(farm.actor, "/suyuan.v1.OriginService/RegisterHarvest",
                           system.clock().Now(), request));
  }
  return calls;
}

double VerifiesPerSecond() {
  const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  const absl::StatusOr<rpc::PublicKey> verifier =
      rpc::PublicKey::Parse(rpc::kEcdsaP256, key.Spki());
  const std::string text(400, 'x');
  const std::string signature = key.Sign(text);
  return Rate(static_cast<int>(std::thread::hardware_concurrency()),
              [&] { SUYUAN_CHECK(verifier->Verify(text, signature)); });
}

// How far the trace view is behind the log, in time.
absl::StatusOr<double> SecondsUntilSeen(test::System& system, const Farm& farm) {
  const absl::Time started = SystemClock().Now();
  v1::ListBatchesRequest request;
  request.set_page_size(1);
  request.set_min_sequence(system.LastSequence());
  absl::Status seen;
  do {
    seen = farm.actor.Call<v1::ListBatchesResponse>("TraceService/ListBatches", request).status();
    if (seen.ok()) return absl::ToDoubleSeconds(SystemClock().Now() - started);
  } while (absl::IsUnavailable(seen) && SystemClock().Now() - started < absl::Minutes(5));
  return seen;
}

}  // namespace

absl::StatusOr<Figures> Command() {
  constexpr int kCalls = 30'000;
  const double verifies = VerifiesPerSecond();
  test::System system(test::Topology::kOneProcess);
  const Farm farm(system);
  std::vector<std::unique_ptr<rpc::Channel>> channels;
  for (int i = 0; i < kChannels; ++i) {
    channels.push_back(std::make_unique<rpc::Channel>(system.grpc_target()));
  }
  const auto send = [&](const std::vector<rpc::Incoming>& calls) {
    return [&](int i, std::function<void(bool)> done) {
      channels[i % kChannels]->Call(
          calls[i], absl::Seconds(30),
          [done](const absl::StatusOr<std::string>& answer) { done(answer.ok()); });
    };
  };
  const std::vector<rpc::Incoming> warm = SignedHarvests(system, farm, kCalls / 10);
  RETURN_IF_ERROR(Closed(kInFlight, kCalls / 10, send(warm)).status());
  const std::vector<rpc::Incoming> full = SignedHarvests(system, farm, kCalls);
  ASSIGN_OR_RETURN(const Load load, Closed(kInFlight, kCalls, send(full)));
  const std::vector<rpc::Incoming> steady = SignedHarvests(system, farm, kCalls / 2);
  ASSIGN_OR_RETURN(const Load paced, Paced(load.per_second * 0.7, kCalls / 2, send(steady)));
  return Figures{{"command_ratio", load.per_second / verifies},
                 {"command_per_second", load.per_second},
                 {"command_p50_ms", load.p50_ms},
                 {"command_p99_ms", load.p99_ms},
                 {"command_p99_ms_at_70_percent", paced.p99_ms},
                 {"p256_verifies_per_second", verifies}};
}

absl::StatusOr<Figures> MillionBatches() {
  constexpr int kBatches = 1'000'000;
  constexpr int kRows = 500;  // As many as one request may hold.
  test::System system(test::Topology::kOneProcess);
  const Farm farm(system);
  rpc::Channel channel(system.grpc_target());
  v1::RegisterHarvestsRequest request;
  for (int i = 0; i < kRows; ++i) *request.add_harvests() = farm.Harvest(system);
  ASSIGN_OR_RETURN(
      const Load load, Closed(4, kBatches / kRows, [&](int, std::function<void(bool)> done) {
        request.set_request_id(RandomUuid());
        channel.Call(Signed(farm.actor, "/suyuan.v1.OriginService/RegisterHarvests",
                            system.clock().Now(), request),
                     absl::Seconds(60),
                     [done](const absl::StatusOr<std::string>& answer) { done(answer.ok()); });
      }));
  ASSIGN_OR_RETURN(const double behind, SecondsUntilSeen(system, farm));
  return Figures{{"million_batches_view_behind_seconds", behind},
                 {"million_batches_per_second", load.per_second * kRows},
                 {"rss_mib", PeakRssMib()}};
}

}  // namespace suyuan::bench
