// suyuand: some or all modules of the service over one data directory.
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include "services/app/modules.h"
#include "services/app/options.h"
#include "services/app/process.h"
#include "services/ledger/genesis.h"
#include "storage/base/log.h"
#include "storage/base/text.h"

namespace suyuan::app {
namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "suyuand: %s\n", std::string(status.message()).c_str());
  return 1;
}

int Init(const Options& options) {
  ledger::GenesisOptions genesis;
  genesis.log_dir = options.dir + "/log";
  genesis.keys_dir = options.dir + "/keys";
  genesis.mark_dir = options.mark_dir.empty() ? MarkDirOf(options.dir) : options.mark_dir;
  genesis.name = options.name;
  genesis.public_url = options.public_url;
  genesis.demo = options.demo;
  genesis.utc_offset_minutes = options.utc_offset_minutes;
  const absl::Status status = ledger::CreateGenesis(genesis, *SystemClock::Get());
  if (!status.ok()) return Fail(status);
  std::printf(
      "A ledger is made in %s.\nThe operator's keys are %s/%s and %s: give them to two persons; "
      "one "
      "lets parties in, both together grant what is more.\nThe high-water mark is in %s: never "
      "copy it back with a backup.\n",
      genesis.log_dir.c_str(), genesis.keys_dir.c_str(), ledger::kOperatorKeyFile,
      ledger::kSecondOperatorKeyFile, genesis.mark_dir.c_str());
  return 0;
}

// One line on stdout tells whoever started us that we serve, and where.
void SayReady(const Options& options, const Process& process) {
  const auto address = [](const std::string& asked, int port) {
    return port == 0 ? std::string() : StrCat(asked.substr(0, asked.rfind(':')), ":", port);
  };
  std::printf(
      "{\"ready\":true,\"grpc\":\"%s\",\"http\":\"%s\",\"admin\":\"%s\",\"public_url\":\"%s\","
      "\"operator_key\":\"%s/keys/%s\"}\n",
      address(options.listen, process.grpc_port()).c_str(),
      address(options.http, process.http_port()).c_str(),
      address(options.admin, process.admin_port()).c_str(), process.public_url().c_str(),
      options.dir.c_str(), ledger::kOperatorKeyFile);
  std::fflush(stdout);
}

// A listener without TLS is asked for in words.
bool SaysHowToListen(const Options& options) {
  const auto& modules = options.modules;
  const bool listens =
      modules.empty() || std::find(modules.begin(), modules.end(), kPortalModule) != modules.end();
  return !listens || !options.tls.empty() || options.cleartext;
}

// All handles that the system allows: its usual 1,024 are fewer than the connections may need.
void RaiseHandles() {
  constexpr rlim_t kEnough = 10'000;  // Of two gRPC listeners, of HTTP, and of the stores.
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < kEnough) {
    log::Warning(
        "the system allows few handles: a flood of connections may take those of the store",
        {{"handles", StrCat(limit.rlim_max)}, {"enough", StrCat(kEnough)}});
  }
}

int Serve(const Options& options) {
  if (!SaysHowToListen(options)) {
    return Fail(absl::InvalidArgumentError(
        "say how to listen: --tls DIR (make one with `suyuan cert`), or --cleartext for listeners "
        "on this machine"));
  }
  RaiseHandles();
  // Before any thread starts, so that all leave these signals to this one.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ProcessOptions process;
  process.dir = options.dir;
  process.modules = options.modules;
  process.grpc_address = options.listen;
  process.http_address = options.http;
  process.admin_address = options.admin;
  process.party_calls = options.party_calls;
  process.tls = options.tls;
  process.module_tls = options.module_tls;
  for (const std::string& at : options.module_at) {
    const size_t equals = at.find('=');
    if (equals == std::string::npos) {
      return Fail(absl::InvalidArgumentError(StrCat("--module-at is NAME=ADDRESS, not ", at)));
    }
    process.module_at[at.substr(0, equals)] = at.substr(equals + 1);
  }
  process.block_cache_bytes = static_cast<size_t>(options.block_cache_mib) << 20;
  process.write_buffer_bytes = static_cast<size_t>(options.write_buffer_mib) << 20;
  process.accept_clock = options.accept_clock;
  process.mark_dir = options.mark_dir;
  process.accept_mark = options.accept_mark;
  process.operator_key = options.operator_key;
  process.verify_store = options.verify_store;
  process.covers_zh = options.covers_zh;
  process.covers_en = options.covers_en;
  process.places = options.places;
  process.policy = options.policy;
  process.audit_policy = options.audit_policy;
  process.follow = options.follow;
  process.follow_ca = options.follow_ca;
  process.promote = options.promote;
  absl::StatusOr<std::unique_ptr<Process>> started = Process::Start(process);
  if (absl::IsNotFound(started.status())) {
    return Fail(absl::NotFoundError(
        StrCat("there is no ledger in ", options.dir, "; make one with `suyuand init`")));
  }
  if (!started.ok()) return Fail(started.status());
  SayReady(options, **started);
  int signal = 0;
  sigwait(&signals, &signal);
  log::Info("stopping", {{"signal", StrCat(signal)}});
  (*started)->Stop();
  log::Info("stopped");
  return 0;
}

}  // namespace
}  // namespace suyuan::app

int main(int argc, char** argv) {
  suyuan::app::Options options;
  int exit_code = 0;
  if (!suyuan::app::ParseOptions(argc, argv, &options, &exit_code)) return exit_code;
  return options.init ? suyuan::app::Init(options) : suyuan::app::Serve(options);
}
