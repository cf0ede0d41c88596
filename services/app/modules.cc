#include "services/app/modules.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "services/app/witnesses.h"
#include "services/grading/grading.h"
#include "services/inspection/inspection.h"
#include "services/label/label.h"
#include "services/ledger/following.h"
#include "services/ledger/genesis.h"
#include "services/ledger/module.h"
#include "services/ledger/publisher.h"
#include "services/metrics/metrics.h"
#include "services/origin/origin.h"
#include "services/recall/recall.h"
#include "services/registry/registry.h"
#include "services/shipment/shipment.h"
#include "services/trace/trace.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/ledger/v1/ledger.pb.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/complaint.pb.h"
#include "suyuan/v1/grading.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/operation.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/recall.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/shipment.pb.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::app {
namespace {

using Made = absl::StatusOr<std::unique_ptr<rpc::Module>>;

// The service a file describes; each has one.
template <typename Message>
const google::protobuf::ServiceDescriptor* ServiceBeside() {
  return Message::descriptor()->file()->service(0);
}

std::string KeyPath(const Settings& settings, const char* file) {
  return StrCat(settings.keys_dir, "/", file);
}

// Follows a leader, with a key of the operator's.
absl::StatusOr<std::unique_ptr<ledger::Following>> StartFollowing(const rpc::Host& host,
                                                                  const Settings& settings) {
  ASSIGN_OR_RETURN(rpc::SigningKey key, rpc::SigningKey::Load(settings.operator_key));
  ledger::FollowingOptions options;
  options.log = settings.log;
  rpc::ClientOptions leader;
  leader.target = settings.leader;
  leader.tls.authorities = settings.leader_ca;
  if (settings.leader_ca.empty() && !rpc::IsLocalAddress(settings.leader)) {
    leader.tls.authorities = rpc::kSystemAuthorities;  // Records travel whole: never in the clear.
  }
  leader.key = std::move(key);
  leader.origin = settings.log->identity().origin;
  leader.clock = host.clock;
  options.leader = ledger::LeaderAt(std::move(leader));
  options.verifier_key = settings.verifier_key;
  options.clock = host.clock;
  ASSIGN_OR_RETURN(options.witnesses,
                   WitnessesOf(settings.policy, settings.log, settings.verifier_key));
  return ledger::Following::Start(std::move(options));
}

// How fresh a copy is, for whoever watches it: alone, it looks healthy whatever it lacks.
void AddGauges(const rpc::Host& host, const ledger::Following& following, ledger::Ledger& log) {
  host.metrics->AddGauge("suyuan_follow_behind_records",
                         "Records of the leader's newest checkpoint not here yet",
                         [&following, &log] {
                           const absl::StatusOr<ledger::TreeHead> mine = log.GetTreeHead();
                           if (!mine.ok()) return std::nan("");
                           const uint64_t leader = following.state().leader_size;
                           return static_cast<double>(leader - std::min(leader, mine->size));
                         });
  host.metrics->AddGauge("suyuan_follow_contact_seconds", "Since the leader answered last",
                         [&following, clock = host.clock] {
                           const std::optional<absl::Time> contact = following.state().contact;
                           return contact ? absl::ToDoubleSeconds(clock->Now() - *contact)
                                          : std::nan("");
                         });
  host.metrics->AddGauge("suyuan_follow_stopped",
                         "1: what the leader showed was refused; it is not followed further",
                         [&following] { return following.state().stopped.ok() ? 0.0 : 1.0; });
}

Made MakeLedger(const rpc::Host& host, const Settings& settings) {
  ledger::LedgerModuleOptions module{settings.verifier_key, settings.public_url, settings.log};
  if (!settings.leader.empty()) {
    ASSIGN_OR_RETURN(std::unique_ptr<ledger::Following> following, StartFollowing(host, settings));
    AddGauges(host, *following, *settings.log);
    module.following = following.get();
    module.checkpoints = std::move(following);
    return ledger::MakeLedgerModule(host, std::move(module));
  }
  ASSIGN_OR_RETURN(rpc::SigningKey key,
                   rpc::SigningKey::Load(KeyPath(settings, ledger::kLogKeyFile)));
  module.audit_log = settings.audit_log;
  ledger::PublisherOptions audit{settings.audit_log, key};
  ASSIGN_OR_RETURN(audit.witnesses,
                   WitnessesOf(settings.audit_policy, settings.audit_log,
                               tlog::VerifierKeyOf(settings.audit_log->identity().origin, key)));
  ASSIGN_OR_RETURN(module.audit, ledger::AuditHandlers::Start(host, std::move(audit)));
  ledger::PublisherOptions publisher{settings.log, std::move(key)};
  ASSIGN_OR_RETURN(publisher.witnesses,
                   WitnessesOf(settings.policy, settings.log, settings.verifier_key));
  ASSIGN_OR_RETURN(module.checkpoints, ledger::Publisher::Start(std::move(publisher)));
  return ledger::MakeLedgerModule(host, std::move(module));
}

Made MakeLabel(const rpc::Host& host, const Settings& settings) {
  const std::string path = KeyPath(settings, ledger::kLabelKeyFile);
  std::ifstream file(path);
  std::string hex, key;
  if (!(file >> hex) || !ParseHex(hex, &key) || key.size() != kHashSize) {
    return absl::FailedPreconditionError(StrCat(path, " is not a label key: 64 hex digits"));
  }
  label::LabelSettings label;
  label.public_url = settings.public_url;
  label.epoch = 1;
  label.epoch_key = std::move(key);
  label.scans_dir = settings.scans_dir;
  return label::MakeLabel(host, label);
}

Made MakeRegistry(const rpc::Host& host, const Settings& settings) {
  registry::RegistrySettings registry{settings.vault_dir, settings.keys_dir, std::nullopt};
  // A ledger begun before there were complaints names no such key.
  if (const std::string path = KeyPath(settings, ledger::kComplaintKeyFile);
      std::filesystem::exists(path)) {
    ASSIGN_OR_RETURN(registry.complaint_key, rpc::SigningKey::Load(path));
  }
  return registry::MakeRegistry(host, std::move(registry));
}

Made MakeRecall(const rpc::Host& host, const Settings& settings) {
  ASSIGN_OR_RETURN(rpc::SigningKey key,
                   rpc::SigningKey::Load(KeyPath(settings, ledger::kRecallKeyFile)));
  return recall::MakeRecall(host, std::move(key));
}

template <std::unique_ptr<rpc::Module> (*Make)(const rpc::Host&)>
Made Plain(const rpc::Host& host, const Settings&) {
  return Make(host);
}

}  // namespace

const std::vector<ModuleSpec>& Modules() {
  static const auto* modules = new std::vector<ModuleSpec>{
      {kLedgerModule,
       {ServiceBeside<ledger::v1::GetIdentityRequest>(), ServiceBeside<v1::MakeSnapshotRequest>()},
       MakeLedger},
      {"trace",
       {ServiceBeside<v1::TraceNode>(), ServiceBeside<v1::GetCheckpointRequest>()},
       [](const rpc::Host& host, const Settings&) { return trace::MakeTrace(host); }},
      {"registry",
       {ServiceBeside<v1::RegisterPartyRequest>(), ServiceBeside<v1::GetCallerRequest>(),
        ServiceBeside<v1::FileComplaintRequest>()},
       MakeRegistry},
      {"origin", {ServiceBeside<v1::RegisterHarvestRequest>()}, Plain<origin::MakeOrigin>},
      {"inspection",
       {ServiceBeside<v1::RecordSamplingRequest>()},
       Plain<inspection::MakeInspection>},
      {"grading", {ServiceBeside<v1::GradeBatchRequest>()}, Plain<grading::MakeGrading>},
      {"shipment",
       {ServiceBeside<v1::ShipRequest>()},
       [](const rpc::Host& host, const Settings&) { return shipment::MakeShipment(host); }},
      {"label", {ServiceBeside<v1::IssueLabelsRequest>()}, MakeLabel},
      {"recall", {ServiceBeside<v1::OpenRecallRequest>()}, MakeRecall},
  };
  return *modules;
}

}  // namespace suyuan::app
