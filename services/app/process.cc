#include "services/app/process.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "services/app/admin.h"
#include "services/app/modules.h"
#include "services/app/witnesses.h"
#include "services/ledger/audit_log.h"
#include "services/ledger/genesis.h"
#include "services/ledger/operator_note.h"
#include "services/ledger/remote_ledger.h"
#include "services/portal/places.h"
#include "services/portal/portal.h"
#include "services/rpc/access_reporter.h"
#include "services/rpc/certificate.h"
#include "services/rpc/channel.h"
#include "services/rpc/core.h"
#include "services/rpc/library_log.h"
#include "services/rpc/server.h"
#include "services/store/store.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/ledger.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::app {
namespace {

constexpr size_t kQueueMax = 4096;
constexpr int kPoolThreads = 2;
constexpr double kBurstSeconds = 5;
// Every view of another process keeps one long poll waiting at the ledger.
constexpr int kLedgerPoolThreads = 16;
constexpr absl::Duration kLedgerWait = absl::Seconds(30);
constexpr char kReportAccess[] = "/suyuan.ledger.v1.LedgerService/ReportAccess";
constexpr absl::Duration kDrain = absl::Seconds(10);

// A module of this process, in the order of its destruction from below.
struct Running {
  const ModuleSpec* spec = nullptr;
  std::unique_ptr<rpc::Pool> pool;
  std::unique_ptr<rpc::Core> core;
  std::unique_ptr<rpc::Module> module;
  std::unique_ptr<rpc::Server> socket;
};

// What genesis says, of where scan pages stand and of the log's key; every process reads it from
// the log itself.
absl::StatusOr<event::v1::LedgerCreated> GenesisOf(const ledger::Record& first) {
  for (const std::string_view bytes : first.events()) {
    event::v1::Event event;
    if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) continue;
    if (event.has_ledger_created()) return event.ledger_created();
  }
  return absl::DataLossError("the first record does not create a ledger");
}

absl::Status MakeDir(const std::string& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (!error) {
    std::filesystem::permissions(dir, std::filesystem::perms::owner_all, error);
  }
  return error ? absl::InternalError(StrCat(dir, ": ", error.message())) : absl::OkStatus();
}

}  // namespace

class Process::Impl {
 public:
  explicit Impl(const ProcessOptions& options)
      : options_(options),
        memory_(options.block_cache_bytes, options.write_buffer_bytes),
        limit_(options.party_calls == 0
                   ? nullptr
                   : std::make_unique<rpc::RateLimit>(options.party_calls,
                                                      kBurstSeconds * options.party_calls)) {}
  ~Impl() { Stop(); }

  absl::Status Start();
  void Stop();

  metrics::Metrics metrics_;
  std::string public_url_;
  std::string log_key_;  // As genesis names it.
  std::unique_ptr<rpc::Server> grpc_;
  std::unique_ptr<portal::Places> places_;  // Null: none are told.
  std::unique_ptr<portal::Portal> portal_;
  std::unique_ptr<http::Server> admin_;
  rpc::Router router_;  // With it end the calls of other processes, whose answers the portal takes.
  std::unique_ptr<ledger::Client> log_;
  std::unique_ptr<ledger::Ledger> audit_log_;  // Where the ledger is here, but for a copy.

 private:
  bool Has(std::string_view module) const {
    return options_.modules.empty() || std::find(options_.modules.begin(), options_.modules.end(),
                                                 module) != options_.modules.end();
  }
  bool following() const { return !options_.follow.empty(); }
  bool split() const { return !options_.modules.empty(); }
  // Where a module is reached, and how.
  std::string AddressOf(std::string_view module) const {
    const auto found = options_.module_at.find(module);
    return found == options_.module_at.end()
               ? StrCat("unix:", options_.dir, "/run/", module, ".sock")
               : found->second;
  }
  rpc::Tls TlsOf(std::string_view module) const {
    if (options_.module_at.find(module) == options_.module_at.end()) return {};
    return {
        .dir = options_.module_tls, .trust_domain = trust_domain_, .module = std::string(module)};
  }
  std::shared_ptr<rpc::Channel> Connect(std::string_view module) const {
    return std::make_shared<rpc::Channel>(AddressOf(module), TlsOf(module));
  }
  absl::Status CheckNames() const;
  absl::Status CheckTransport();
  absl::Status OpenLog();
  absl::Status OpenOwnLog();
  absl::Status OpenAuditLog(const rpc::SigningKey& key);
  absl::Status TakeLogKey(const ledger::Record& first, const std::optional<rpc::SigningKey>& key);
  std::string OperatorKey() const;
  std::string MarkDir() const;
  absl::Status MakeModule(const ModuleSpec& spec);
  void StartReporter();
  absl::Status StartModule(Running& running);
  void AddRemote(const ModuleSpec& spec);
  absl::Status StartPortal();
  absl::Status StartAdminListener();

  const ProcessOptions options_;
  kv::Memory memory_;
  ledger::Ledger* own_log_ = nullptr;            // Is log_, where the ledger is here.
  const std::unique_ptr<rpc::RateLimit> limit_;  // Null: none.
  rpc::Pool store_pool_{kPoolThreads, kQueueMax};
  std::unique_ptr<store::Store> store_;
  rpc::AccessSums accesses_;
  std::unique_ptr<rpc::AccessReporter> reporter_;  // Null: of a copy, which has no audit log.
  std::vector<Running> running_;
  std::string trust_domain_;  // Of the modules' certificates, ours first.
  bool stopped_ = false;
};

absl::Status Process::Impl::CheckNames() const {
  std::vector<std::string> names = options_.modules;
  for (const auto& [name, address] : options_.module_at) names.push_back(name);
  for (const std::string& name : names) {
    const bool known = name == kPortalModule ||
                       std::any_of(Modules().begin(), Modules().end(),
                                   [&](const ModuleSpec& spec) { return spec.name == name; });
    if (!known) return absl::InvalidArgumentError(StrCat("no module is called ", name));
  }
  return absl::OkStatus();
}

// Nothing leaves this machine in the clear, and certificates are fit before anything listens.
absl::Status Process::Impl::CheckTransport() {
  const absl::Time now = options_.clock->Now();
  if (!options_.tls.empty()) RETURN_IF_ERROR(rpc::CheckTlsFolder(options_.tls, now));
  for (const std::string& address : {options_.grpc_address, options_.http_address}) {
    if (options_.tls.empty() && !address.empty() && !rpc::IsLocalAddress(address)) {
      return absl::InvalidArgumentError(
          StrCat(address, " is reached from other machines: it needs --tls"));
    }
  }
  if (options_.module_at.empty()) return absl::OkStatus();
  if (options_.module_tls.empty()) {
    return absl::InvalidArgumentError("modules over a network need --module-tls");
  }
  RETURN_IF_ERROR(rpc::CheckTlsFolder(options_.module_tls, now));
  ASSIGN_OR_RETURN(trust_domain_, rpc::TrustDomainOf(options_.module_tls));
  return absl::OkStatus();
}

absl::Status Process::Impl::OpenLog() {
  if (!Has(kLedgerModule)) {
    ASSIGN_OR_RETURN(log_, ledger::RemoteLedger::Connect(Connect(kLedgerModule), kLedgerWait));
    return absl::OkStatus();
  }
  return OpenOwnLog();
}

// Clients have pinned the key: checkpoints of another are another log's to them.
absl::Status Process::Impl::TakeLogKey(const ledger::Record& first,
                                       const std::optional<rpc::SigningKey>& key) {
  ASSIGN_OR_RETURN(const event::v1::LedgerCreated created, GenesisOf(first));
  log_key_ = created.log_verifier_key();
  if (!key || log_key_ == tlog::VerifierKeyOf(created.origin(), *key)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("LOG_KEY_OTHER: keys/", ledger::kLogKeyFile, " is not the key that genesis names, ",
             log_key_, ". Put that one back: whoever knows the log has pinned it."));
}

std::string Process::Impl::OperatorKey() const {
  if (!options_.operator_key.empty()) return options_.operator_key;
  return StrCat(options_.dir, "/keys/", ledger::kOperatorKeyFile);
}

absl::Status Process::Impl::OpenOwnLog() {
  ledger::LedgerOptions ledger;
  ledger.dir = options_.dir + "/log";
  ledger.clock = options_.clock;
  ledger.memory = &memory_;
  ledger.accept_clock = options_.accept_clock;
  ledger.mark_dir = MarkDir();
  ledger.verify_poisoned = options_.verify_store;
  ledger.follow = following();
  ledger.promote = options_.promote;
  std::optional<rpc::SigningKey> key;  // A copy signs nothing.
  if (!following()) {
    ASSIGN_OR_RETURN(key,
                     rpc::SigningKey::Load(StrCat(options_.dir, "/keys/", ledger::kLogKeyFile)));
    ledger.sign = [key](std::string_view text) { return key->Sign(text); };
  }
  ledger.check_first = [&](const ledger::Record& first) { return TakeLogKey(first, key); };
  ledger.read_checkpoint = [this](const ledger::LogIdentity&, std::string_view note) {
    return tlog::OpenCheckpoint(note, log_key_);
  };
  std::optional<rpc::SigningKey> operator_key;
  if (!options_.accept_mark.empty()) {
    ASSIGN_OR_RETURN(operator_key, rpc::SigningKey::Load(OperatorKey()));
    ledger.accept_mark = [&](const ledger::LogIdentity& identity, std::string_view refused) {
      return ledger::MakeMarkNote(identity, *operator_key, options_.accept_mark, refused,
                                  options_.clock->Now());
    };
  }
  ASSIGN_OR_RETURN(std::unique_ptr<ledger::Ledger> log, ledger::Ledger::Open(ledger));
  own_log_ = log.get();
  log_ = std::move(log);
  return key ? OpenAuditLog(*key) : absl::OkStatus();
}

std::string Process::Impl::MarkDir() const {
  return options_.mark_dir.empty() ? MarkDirOf(options_.dir) : options_.mark_dir;
}

absl::Status Process::Impl::OpenAuditLog(const rpc::SigningKey& key) {
  ledger::AuditLogOptions audit;
  audit.dir = options_.dir + "/audit";
  audit.mark_dir = MarkDir() + "/audit";
  audit.clock = options_.clock;
  audit.memory = &memory_;
  audit.log = &log_->identity();
  audit.key = &key;
  audit.accept_mark = options_.accept_mark;
  audit.verify_poisoned = options_.verify_store;
  audit.promote = options_.promote;
  ASSIGN_OR_RETURN(audit_log_, ledger::OpenAuditLog(audit));
  return absl::OkStatus();
}

void Process::Impl::AddRemote(const ModuleSpec& spec) {
  const auto channel = Connect(spec.name);
  for (const google::protobuf::ServiceDescriptor* service : spec.services) {
    for (int i = 0; i < service->method_count(); ++i) {
      router_.Add(StrCat("/", service->full_name(), "/", service->method(i)->name()),
                  rpc::RemoteEndpoint(channel));
    }
  }
}

absl::Status Process::Impl::MakeModule(const ModuleSpec& spec) {
  Running& running = running_.emplace_back();
  running.spec = &spec;
  const bool many = split() && spec.name == kLedgerModule;
  running.pool = std::make_unique<rpc::Pool>(many ? kLedgerPoolThreads : kPoolThreads, kQueueMax);
  running.core =
      std::make_unique<rpc::Core>(store_.get(), running.pool.get(), limit_.get(), &accesses_);
  rpc::Host host;
  host.store = store_.get();
  host.log = log_.get();
  host.router = &router_;
  host.clock = options_.clock;
  host.memory = &memory_;
  host.metrics = &metrics_;
  host.read_only = following();
  host.dir = StrCat(options_.dir, "/views/", spec.name);
  RETURN_IF_ERROR(MakeDir(host.dir));
  ASSIGN_OR_RETURN(running.module,
                   spec.make(host, {options_.dir + "/keys", public_url_, own_log_, audit_log_.get(),
                                    options_.policy, options_.audit_policy, log_key_,
                                    options_.follow, options_.follow_ca, OperatorKey(),
                                    options_.dir + "/vault", options_.dir + "/scans"}));
  for (const rpc::Handlers* handlers : running.module->services()) {
    ASSIGN_OR_RETURN(std::vector<rpc::Method> methods, rpc::MethodsOf(*handlers));
    for (rpc::Method& method : methods) {
      std::string path = method.path;
      router_.Add(std::move(path), rpc::LocalEndpoint(std::move(method), running.core.get()));
    }
  }
  return absl::OkStatus();
}

// One path in one process and in many: the router finds the ledger's module.
void Process::Impl::StartReporter() {
  reporter_ = std::make_unique<rpc::AccessReporter>(
      &accesses_, options_.clock, [this](const ledger::v1::ReportAccessRequest& report) {
        return router_.Ask<ledger::v1::ReportAccessResponse>(kReportAccess, report).status();
      });
}

// From here on the router is read by any thread: all modules stand in it.
absl::Status Process::Impl::StartModule(Running& running) {
  RETURN_IF_ERROR(running.module->Start());
  if (!split()) return absl::OkStatus();
  RETURN_IF_ERROR(MakeDir(options_.dir + "/run"));
  rpc::ServerOptions server;
  server.address = AddressOf(running.spec->name);
  server.tls = TlsOf(running.spec->name);
  server.tls.module.clear();  // Any of ours may call.
  server.internal = true;
  server.router = &router_;
  server.services = running.spec->services;
  ASSIGN_OR_RETURN(running.socket, rpc::Server::Start(server));
  return absl::OkStatus();
}

absl::Status Process::Impl::StartPortal() {
  rpc::ServerOptions server;
  server.address = options_.grpc_address;
  server.tls.dir = options_.tls;
  server.router = &router_;
  for (const ModuleSpec& spec : Modules()) {
    server.services.insert(server.services.end(), spec.services.begin(), spec.services.end());
  }
  if (!options_.grpc_address.empty()) {
    ASSIGN_OR_RETURN(grpc_, rpc::Server::Start(server));
  }
  if (options_.http_address.empty()) return absl::OkStatus();
  portal::PortalOptions portal;
  portal.address = options_.http_address;
  portal.tls = options_.tls;
  portal.public_url = public_url_;
  portal.log_key = log_key_;
  portal.covers_zh = options_.covers_zh;
  portal.covers_en = options_.covers_en;
  portal.router = &router_;
  portal.clock = options_.clock;
  if (!options_.places.empty()) {
    ASSIGN_OR_RETURN(places_, portal::Places::Open(options_.places));
    portal.places = places_.get();
  }
  portal.utc_offset_minutes = log_->identity().utc_offset_minutes;
  portal.services = server.services;
  ASSIGN_OR_RETURN(portal_, portal::Portal::Start(portal));
  return absl::OkStatus();
}

absl::Status Process::Impl::StartAdminListener() {
  if (options_.admin_address.empty()) return absl::OkStatus();
  metrics_.AddGauge("suyuan_log_records", "Records in the log", [this] {
    const absl::StatusOr<ledger::TreeHead> head = log_->GetTreeHead();
    return head.ok() ? static_cast<double>(head->size) : std::nan("");
  });
  metrics_.AddGauge("suyuan_refused_unknown", "Calls refused whose author is not known",
                    [this] { return static_cast<double>(accesses_.unknown()); });
  metrics_.AddGauge("suyuan_audit_sums_lost", "Sums that the audit log never took", [this] {
    return reporter_ == nullptr ? 0 : static_cast<double>(reporter_->lost());
  });
  metrics_.AddGauge("suyuan_resident_bytes", "Memory of the process", ResidentBytes);
  if (!options_.tls.empty()) {
    metrics_.AddGauge("suyuan_certificate_seconds", "Until the listeners' certificate expires",
                      [this] { return SecondsLeft(options_.tls, options_.clock->Now()); });
  }
  AdminOptions admin;
  admin.address = options_.admin_address;
  admin.metrics = &metrics_;
  admin.ready = [this] { return log_->GetTreeHead().status(); };
  ASSIGN_OR_RETURN(admin_, StartAdmin(admin));
  return absl::OkStatus();
}

absl::Status Process::Impl::Start() {
  rpc::TakeLibraryLogs();
  RETURN_IF_ERROR(CheckNames());
  RETURN_IF_ERROR(CheckTransport());
  // Before the ledger is taken from whoever had it.
  for (const std::string& policy : {options_.policy, options_.audit_policy}) {
    if (!policy.empty()) RETURN_IF_ERROR(LoadPolicy(policy).status());
  }
  RETURN_IF_ERROR(OpenLog());
  ASSIGN_OR_RETURN(const ledger::Record first, log_->GetRecord(0));
  ASSIGN_OR_RETURN(const event::v1::LedgerCreated created, GenesisOf(first));
  public_url_ = created.public_url();
  log_key_ = created.log_verifier_key();
  store_ = std::make_unique<store::Store>(
      log_.get(), options_.clock,
      [this](std::function<void()> task) { return store_pool_.Run(std::move(task)); });
  // Known before any module starts, whichever process has them.
  for (const ModuleSpec& spec : Modules()) {
    if (!Has(spec.name)) AddRemote(spec);
  }
  running_.reserve(Modules().size());
  for (const ModuleSpec& spec : Modules()) {
    if (Has(spec.name)) RETURN_IF_ERROR(MakeModule(spec));
  }
  router_.set_observer([this](const std::string& method, absl::StatusCode code,
                              absl::Duration took) { metrics_.Called(method, code, took); });
  if (!following()) StartReporter();
  for (Running& running : running_) RETURN_IF_ERROR(StartModule(running));
  if (Has(kPortalModule)) RETURN_IF_ERROR(StartPortal());
  return StartAdminListener();
}

// From the outside in: nobody calls what is gone.
void Process::Impl::Stop() {
  if (std::exchange(stopped_, true)) return;
  if (admin_ != nullptr) admin_->Stop();
  if (portal_ != nullptr) portal_->Stop();
  if (grpc_ != nullptr) grpc_->Stop(kDrain);
  for (auto running = running_.rbegin(); running != running_.rend(); ++running) {
    if (running->socket != nullptr) running->socket->Stop(kDrain);
  }
  // The ledger's pool last: what the others' calls came to goes to the audit log through it.
  for (auto running = running_.rbegin(); running != running_.rend(); ++running) {
    if (running->spec->name == kLedgerModule) continue;
    running->pool->Close();
  }
  // What the modules sent on its way comes back to their handlers.
  if (store_ != nullptr) store_->Drain();
  if (reporter_ != nullptr) reporter_->Stop();
  for (Running& running : running_) running.pool->Close();
  // Views need not be waited for. Not before: one that waits no more asks again and again.
  if (log_ != nullptr) log_->EndWaits();
  if (audit_log_ != nullptr) audit_log_->EndWaits();
  for (auto running = running_.rbegin(); running != running_.rend(); ++running) {
    running->module.reset();
  }
  store_pool_.Close();
  audit_log_.reset();
  log_.reset();
}

std::string MarkDirOf(const std::string& dir) {
  return StrCat(dir.substr(0, dir.find_last_not_of('/') + 1), ".mark");
}

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const ProcessOptions& options) {
  auto impl = std::make_unique<Impl>(options);
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Process>(new Process(std::move(impl)));
}

Process::Process(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Process::~Process() = default;

int Process::grpc_port() const { return impl_->grpc_ == nullptr ? 0 : impl_->grpc_->port(); }
int Process::admin_port() const { return impl_->admin_ == nullptr ? 0 : impl_->admin_->port(); }
int Process::http_port() const { return impl_->portal_ == nullptr ? 0 : impl_->portal_->port(); }
const std::string& Process::origin() const { return impl_->log_->identity().origin; }
const std::string& Process::public_url() const { return impl_->public_url_; }
const rpc::Router& Process::router() const { return impl_->router_; }
void Process::Stop() { impl_->Stop(); }

}  // namespace suyuan::app
