// One of several processes that ship the same grams as fast as they can, each with a store of its
// own over the ledger's socket. Prints how many kilograms it got away.
// Usage: race_shipper SOCKET KEYFILE PARTY MEMBER BATCH FROM TO ATTEMPTS MICROS, at which time
// it stands all along, as the ledger of the test does.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/ledger/remote_ledger.h"
#include "services/rpc/keys.h"
#include "services/rpc/pool.h"
#include "services/rpc/waiting.h"
#include "services/store/store.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/shipment.pb.h"

namespace suyuan {
namespace {

struct Arguments {
  std::string socket, key_file, party, member, batch, from, to;
  int attempts = 0;
  int64_t micros = 0;
};

class StandingClock final : public Clock {
 public:
  explicit StandingClock(int64_t micros) : now_(FromMicros(micros)) {}
  absl::Time Now() const override { return now_; }

 private:
  const absl::Time now_;
};

// A signed command that ships one kilogram.
store::Command ShipOne(const Arguments& arguments, const rpc::SigningKey& key,
                       const std::string& origin) {
  v1::ShipRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_dispatch()->set_from_site(arguments.from);
  request.mutable_dispatch()->set_to_site(arguments.to);
  claim::v1::BatchQuantity* line = request.mutable_dispatch()->add_lines();
  line->set_batch(arguments.batch);
  line->mutable_quantity()->set_amount(1'000'000);
  line->mutable_quantity()->set_unit(claim::v1::UNIT_MILLIGRAM);
  *request.mutable_dispatch()->mutable_occur()->mutable_time() =
      domain::StampOf(FromMicros(arguments.micros));
  store::Command command;
  command.caller.key = domain::KeyId::FromName(StrCat("keys/", HexOf(key.KeyId())));
  command.caller.member = domain::MemberId::FromName(arguments.member);
  command.caller.party = domain::PartyId::FromName(arguments.party);
  command.request_id = request.request_id();
  command.body = request.SerializeAsString();
  command.authorship.algorithm = key.algorithm();
  command.authorship.key_id = key.KeyId();
  command.authorship.signed_micros = arguments.micros;
  command.authorship.method = "/suyuan.v1.ShipmentService/Ship";
  command.authorship.signature =
      key.Sign(ledger::SignedText(origin, command.authorship, command.body));
  command.decide = [dispatch = request.dispatch()](domain::World& world, domain::Context& context) {
    return domain::DecideShip(world, context, dispatch);
  };
  return command;
}

int Main(const Arguments& arguments) {
  const auto key = rpc::SigningKey::Load(arguments.key_file);
  const auto log = ledger::RemoteLedger::Connect(
      std::make_shared<rpc::Channel>("unix:" + arguments.socket), absl::Seconds(20));
  if (!key.ok() || !log.ok()) return 3;
  rpc::Pool pool(2, 1000);
  const StandingClock clock(arguments.micros);
  store::Store store(log->get(), &clock,
                     [&pool](std::function<void()> task) { return pool.Run(std::move(task)); });
  int shipped = 0;
  for (int i = 0; i < arguments.attempts; ++i) {
    const auto outcome = rpc::WaitFor<absl::StatusOr<store::Outcome>>([&](auto done) {
      store.Update(ShipOne(arguments, *key, (*log)->identity().origin), done);
    });
    if (outcome.ok()) {
      ++shipped;
    } else if (domain::ReasonOf(outcome.status()) == v1::REASON_INSUFFICIENT_QUANTITY) {
      break;
    } else if (domain::ReasonOf(outcome.status()) != v1::REASON_BUSY) {
      std::fprintf(stderr, "%s\n", outcome.status().ToString().c_str());
      return 4;
    }
  }
  pool.Close();
  std::printf("%d\n", shipped);
  return 0;
}

}  // namespace
}  // namespace suyuan

int main(int argc, char** argv) {
  if (argc != 10) return 2;
  return suyuan::Main({argv[1], argv[2], argv[3], argv[4], argv[5], argv[6], argv[7],
                       std::atoi(argv[8]), std::atoll(argv[9])});
}
