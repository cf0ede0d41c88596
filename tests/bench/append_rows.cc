// Durable appends beside what they cannot be faster than: a gRPC echo of the same bytes, and a bare
// loop that writes the same rows.
#include <thread>

#include "services/rpc/channel.h"
#include "services/rpc/server.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/ledger.h"
#include "suyuan/ledger/v1/ledger.pb.h"
#include "tests/bench/load.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::bench {
namespace {

constexpr int kInFlight = 64;
constexpr int kChannels = 4;
constexpr size_t kPayload = 400;  // Bytes of an ordinary signed request.
constexpr int kStreams = 1000;
constexpr char kAppendMethod[] = "/suyuan.ledger.v1.LedgerService/AppendRecord";
constexpr char kEchoMethod[] = "/suyuan.ledger.v1.LedgerService/GetIdentity";

class Echo final : public rpc::Endpoint {
 public:
  void Call(rpc::Incoming incoming, rpc::Answer answer) override {
    answer(std::move(incoming.body));
  }
  void Open(rpc::Incoming, rpc::Opened opened) override { opened(absl::UnimplementedError("")); }
};

ledger::AppendRequest AppendOf(const std::string& key, int stream, std::string body, int events) {
  ledger::AppendRequest request;
  request.request_key = key;
  request.authorship = test::TestAuthorship();
  request.writes = {{StrCat("batches/", stream % kStreams), std::nullopt}};
  for (int i = 0; i < events; ++i) request.events.push_back(body);
  request.body = std::move(body);
  request.decided = SystemClock::Get()->Now();
  return request;
}

// Appends the body as a request with one event, and answers when it is on disk.
class Append final : public rpc::Endpoint {
 public:
  explicit Append(ledger::Ledger* log) : log_(log) {}
  void Call(rpc::Incoming incoming, rpc::Answer answer) override {
    const int number = next_++;
    log_->Append(AppendOf(StrCat("request-", number), number, std::move(incoming.body), 1),
                 [answer](absl::StatusOr<ledger::Appended> appended) {
                   if (!appended.ok()) return answer(appended.status());
                   answer(std::string(AsBytes(appended->leaf_hash)));
                 });
  }
  void Open(rpc::Incoming, rpc::Opened opened) override { opened(absl::UnimplementedError("")); }

 private:
  ledger::Ledger* const log_;
  std::atomic<int> next_ = 0;
};

absl::StatusOr<std::unique_ptr<ledger::Ledger>> NewLedger(const std::string& dir) {
  ledger::LedgerOptions options;
  options.dir = dir;
  options.clock = SystemClock::Get();
  RETURN_IF_ERROR(ledger::Ledger::Create(options, test::TestGenesis(*options.clock)));
  return ledger::Ledger::Open(options);
}

// Raw rows of appends, as the ledger would write them, for the bare loop.
std::vector<kv::WriteBatch> RowsOf(int appends, int events) {
  std::vector<kv::WriteBatch> rows(appends);
  for (int i = 0; i < appends; ++i) {
    const ledger::AppendRequest request =
        AppendOf(StrCat("request-", i), i, std::string(kPayload, 'x'), events);
    std::string items;
    ledger::EncodeItem(ledger::ItemType::kAuthorship, std::string(16, 's'),
                       request.authorship.Encode(), items);
    ledger::EncodeItem(ledger::ItemType::kRequest, std::string(16, 's'), request.body, items);
    for (const std::string& event : request.events) {
      ledger::EncodeItem(ledger::ItemType::kEvent, std::string(16, 's'), event, items);
    }
    const std::string key = BigEndian64(i);
    rows[i].Put(0, key, std::string(170, 'l'));  // A leaf with one link.
    rows[i].Put(1, key, items);
    rows[i].Put(2, StrCat("batches/", i % kStreams), key);
    rows[i].Put(3, StrCat("request-", i), key);
  }
  return rows;
}

}  // namespace

absl::StatusOr<Figures> AppendUnary() {
  constexpr int kCalls = 60'000;
  test::TempDir dir;
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, NewLedger(dir / "log"));
  rpc::Router router;
  router.Add(kEchoMethod, std::make_unique<Echo>());
  router.Add(kAppendMethod, std::make_unique<Append>(log.get()));
  rpc::ServerOptions options;
  options.address = "127.0.0.1:0";
  options.internal = true;
  options.router = &router;
  options.services = {ledger::v1::GetIdentityRequest::descriptor()->file()->service(0)};
  ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> server, rpc::Server::Start(options));
  std::vector<std::unique_ptr<rpc::Channel>> channels;
  for (int i = 0; i < kChannels; ++i) {
    channels.push_back(std::make_unique<rpc::Channel>(StrCat("127.0.0.1:", server->port())));
  }
  const auto call = [&](const char* method) {
    return [&channels, method](int i, std::function<void(bool)> done) {
      rpc::Incoming incoming;
      incoming.method = method;
      incoming.body = std::string(kPayload, 'x');
      channels[i % kChannels]->Call(
          incoming, absl::Seconds(30),
          [done](const absl::StatusOr<std::string>& answer) { done(answer.ok()); });
    };
  };
  RETURN_IF_ERROR(Closed(kInFlight, kCalls / 10, call(kEchoMethod)).status());  // Warms up.
  ASSIGN_OR_RETURN(const Load echo, Closed(kInFlight, kCalls, call(kEchoMethod)));
  ASSIGN_OR_RETURN(const Load append, Closed(kInFlight, kCalls, call(kAppendMethod)));
  ASSIGN_OR_RETURN(const Load single, Closed(1, 2000, call(kAppendMethod)));
  ASSIGN_OR_RETURN(const Load paced,
                   Paced(append.per_second * 0.7, kCalls / 2, call(kAppendMethod)));
  return Figures{{"append_unary_ratio", append.per_second / echo.per_second},
                 {"append_unary_per_second", append.per_second},
                 {"append_unary_p50_ms", append.p50_ms},
                 {"append_unary_p99_ms", append.p99_ms},
                 {"append_unary_p99_ms_at_70_percent", paced.p99_ms},
                 {"append_single_p50_ms", single.p50_ms},
                 {"grpc_echo_per_second", echo.per_second},
                 {"grpc_echo_p99_ms", echo.p99_ms}};
}

absl::StatusOr<Figures> AppendMany() {
  constexpr int kAppends = 4000;
  constexpr int kEvents = 100;
  test::TempDir dir;
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, NewLedger(dir / "log"));
  ASSIGN_OR_RETURN(
      const Load append, Closed(kInFlight, kAppends, [&](int i, std::function<void(bool)> done) {
        log->Append(
            AppendOf(StrCat("request-", i), i, std::string(kPayload, 'x'), kEvents),
            [done](const absl::StatusOr<ledger::Appended>& appended) { done(appended.ok()); });
      }));
  kv::DbOptions options;
  options.dir = dir / "bare";
  options.families = {{"leaves", kv::Usage::kSequential},
                      {"content", kv::Usage::kSequential},
                      {"streams", kv::Usage::kLookup},
                      {"requests", kv::Usage::kLookup}};
  ASSIGN_OR_RETURN(const std::unique_ptr<kv::Db> bare, kv::Db::Open(options));
  std::vector<kv::WriteBatch> rows = RowsOf(kAppends, kEvents);
  absl::Status written;
  ASSIGN_OR_RETURN(const Load loop, Closed(1, kAppends, [&](int i, std::function<void(bool)> done) {
                     done(bare->Write(rows[i]).ok());
                   }));
  return Figures{{"append_many_ratio", append.per_second / loop.per_second},
                 {"append_many_events_per_second", append.per_second * kEvents},
                 {"append_many_p99_ms", append.p99_ms},
                 {"bare_loop_events_per_second", loop.per_second * kEvents}};
}

}  // namespace suyuan::bench
