// witness: what anybody may run to keep a log honest.
#include "cli/witness.h"

#include <pthread.h>
#include <signal.h>

#include <filesystem>

#include "cli/commands/commands.h"
#include "cli/json.h"
#include "services/rpc/pool.h"
#include "services/text/problem.h"
#include "services/tlog/witness.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

constexpr int kThreads = 2;
constexpr size_t kQueueMax = 64;

absl::StatusOr<rpc::SigningKey> LoadOrMakeKey(const std::string& path) {
  if (std::filesystem::exists(path)) return rpc::SigningKey::Load(path);
  const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEd25519);
  RETURN_IF_ERROR(key.Save(path));
  return key;
}

void WaitForSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  int signal = 0;
  sigwait(&signals, &signal);
}

void BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

absl::Status Run(Invocation& invocation) {
  ASSIGN_OR_RETURN(rpc::SigningKey key, LoadOrMakeKey(invocation.Text("--key")));
  if (key.algorithm() != rpc::kEd25519) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "见证人的密钥必须是 Ed25519",
                         "a witness's key is an Ed25519 key");
  }
  WitnessOptions options{invocation.Text("--name"), std::move(key), invocation.All("--log"),
                         invocation.Text("--state"), &invocation.clock};
  ASSIGN_OR_RETURN(const std::unique_ptr<Witness> witness, Witness::Open(std::move(options)));
  BlockSignals();  // Before any thread starts, so that all leave them to this one.
  rpc::Pool pool(kThreads, kQueueMax);
  http::ServerOptions server;
  server.address = invocation.Has("--listen") ? invocation.Text("--listen") : "127.0.0.1:7190";
  server.body_bytes_max = tlog::kAddCheckpointBytesMax;
  server.handler = [&](http::Request request, http::Respond respond) {
    const bool queued = pool.Run(
        [&witness, request = std::move(request), respond] { respond(witness->Handle(request)); });
    if (!queued) respond({503, {}, ""});
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<http::Server> serving,
                   http::Server::Start(std::move(server)));
  invocation.Json(JsonObject()
                      .Bool("ready", true)
                      .Number("port", serving->port())
                      .Text("verifierKey", witness->verifier_key())
                      .str());
  invocation.Line(
      {StrCat("见证人在端口 ", serving->port(), " 服务，公钥 ", witness->verifier_key()),
       StrCat("The witness serves on port ", serving->port(), "; its verifier key is ",
              witness->verifier_key())});
  invocation.out << std::flush;
  WaitForSignal();
  serving->Stop();
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> WitnessCommands() {
  return {
      {.path = "witness",
       .help = {"为账本作见证：只给不改历史的检查点联署",
                "witness logs: cosign checkpoints that continue what was seen"},
       .args = {{"--name", "", {"见证人的名字", "name of the witness"}, Arg::Need::kRequired},
                {"--key",
                 "",
                 {"Ed25519 私钥文件，没有就新建", "file of an Ed25519 key; made if absent"},
                 Arg::Need::kRequired},
                {"--state",
                 "",
                 {"存放各账本最新检查点的目录", "folder that keeps each log's latest checkpoint"},
                 Arg::Need::kRequired},
                {"--log+",
                 "",
                 {"所见证账本的公钥，可多次给出", "verifier key of a log; may be repeated"},
                 Arg::Need::kRequired},
                {"--listen", "", {"监听地址", "address; default 127.0.0.1:7190"}}},
       .run = Run}};
}

}  // namespace suyuan::cli
