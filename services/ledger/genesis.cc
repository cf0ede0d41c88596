#include "services/ledger/genesis.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_format.h"
#include "services/domain/complaint.h"
#include "services/domain/id.h"
#include "services/ledger/schema.h"
#include "services/rpc/keys.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/ledger.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/complaint.pb.h"
#include "suyuan/v1/grading.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/recall.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/shipment.pb.h"

namespace suyuan::ledger {
namespace {

constexpr char kMethod[] = "/suyuan.ledger.v1.LedgerService/CreateLedger";
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kNameMax = 40;
constexpr size_t kHostMax = 22;  // services/label/code.h says why.

absl::Status CheckOptions(const GenesisOptions& options) {
  const auto all_of = [](std::string_view text, std::string_view alphabet) {
    return text.find_first_not_of(alphabet) == std::string_view::npos;
  };
  constexpr std::string_view kHost = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  if (options.name.empty() || options.name.size() > kNameMax || !all_of(options.name, kHost)) {
    return absl::InvalidArgumentError(
        "the name is 1 to 40 of lower-case letters, digits, '-' and '.'");
  }
  std::string_view url = options.public_url;
  const bool scheme = url.starts_with("https://") || url.starts_with("http://");
  if (scheme) url.remove_prefix(url.find("//") + 2);
  if (!scheme || url.empty() || !all_of(url, StrCat(kHost, ":"))) {
    return absl::InvalidArgumentError(
        "the public address is like https://trace.example.cn, in lower case, without a path");
  }
  if (url.size() > kHostMax) {
    return absl::InvalidArgumentError(StrCat("the public address's host has ", url.size(),
                                             " characters: more than ", kHostMax,
                                             " do not fit the smallest labels"));
  }
  return absl::OkStatus();
}

absl::StatusOr<rpc::SigningKey> LoadOrMakeKey(const std::string& path, uint8_t algorithm) {
  if (std::filesystem::exists(path)) return rpc::SigningKey::Load(path);
  rpc::SigningKey key = rpc::SigningKey::Generate(algorithm);
  RETURN_IF_ERROR(key.Save(path));
  return key;
}

// 32 random bytes in hex, mode 0600, synced.
absl::Status MakeSecret(const std::string& path) {
  if (std::filesystem::exists(path)) return absl::OkStatus();
  const std::string text = HexOf(RandomBytes(kHashSize)) + "\n";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return absl::InternalError(StrCat("cannot create ", path));
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  return written && synced ? absl::OkStatus() : absl::InternalError(StrCat("cannot write ", path));
}

// The messages the log is written in.
std::string Schema() {
  return DescriptorSetOf({event::v1::Event::descriptor()->file(),
                          suyuan::v1::RegisterPartyRequest::descriptor()->file(),
                          suyuan::v1::EnrollKeyRequest::descriptor()->file(),
                          suyuan::v1::RegisterHarvestRequest::descriptor()->file(),
                          suyuan::v1::RecordSamplingRequest::descriptor()->file(),
                          suyuan::v1::GradeBatchRequest::descriptor()->file(),
                          suyuan::v1::ShipRequest::descriptor()->file(),
                          suyuan::v1::IssueLabelsRequest::descriptor()->file(),
                          suyuan::v1::OpenRecallRequest::descriptor()->file(),
                          suyuan::v1::AcceptComplaintRequest::descriptor()->file()});
}

std::string RandomLedgerId() {
  std::string id;
  for (const char c : RandomBytes(4)) id.push_back(kCrockford[static_cast<uint8_t>(c) % 32]);
  return id;
}

std::string KeyName(const rpc::SigningKey& key) { return StrCat("keys/", HexOf(key.KeyId())); }

struct FirstEvents {
  std::vector<event::v1::Event> events;
  std::vector<std::string> streams;
};

FirstEvents EventsOf(const GenesisOptions& options, const LogIdentity& identity,
                     const rpc::SigningKey& log_key, const rpc::SigningKey& operator_key,
                     const rpc::SigningKey& second_key, const rpc::SigningKey& recall_key,
                     const rpc::SigningKey& complaint_key) {
  FirstEvents first;
  const std::string uuid = RandomUuid();
  const auto id = [&](int index) { return domain::MakeId(identity.ledger_id, "", uuid, index); };
  const std::string party = domain::PartyId::FromId(id(0)).name();
  const std::string member = domain::MemberId::FromId(id(1)).name();
  const auto add = [&]() -> event::v1::Event& {
    event::v1::Event& event = first.events.emplace_back();
    event.set_actor_party(party);
    event.set_actor_member(member);
    return event;
  };
  event::v1::LedgerCreated* created = add().mutable_ledger_created();
  created->set_origin(identity.origin);
  created->set_ledger_id(identity.ledger_id);
  created->set_demo(identity.demo);
  created->set_utc_offset_minutes(identity.utc_offset_minutes);
  created->set_public_url(options.public_url);
  created->set_log_verifier_key(tlog::VerifierKeyOf(identity.origin, log_key));
  add().mutable_schema_stored()->set_file_descriptor_set(Schema());

  event::v1::PartyRegistered* registered = add().mutable_party_registered();
  registered->set_party(party);
  registered->mutable_claim()->set_name("运营方");
  registered->mutable_claim()->set_name_en("Operator");
  registered->mutable_claim()->add_roles(claim::v1::PARTY_ROLE_OPERATOR);
  // Two persons from the start: what needs two has somebody to approve it.
  const rpc::SigningKey* const keys[] = {&operator_key, &second_key};
  first.streams = {party};
  for (int i = 0; i < 2; ++i) {
    const std::string name = domain::MemberId::FromId(id(1 + i)).name();
    event::v1::MemberAdded* added = add().mutable_member_added();
    added->set_member(name);
    added->mutable_claim()->set_party(party);
    added->mutable_claim()->set_role(claim::v1::MEMBER_ROLE_MANAGER);
    event::v1::KeyEnrolled* enrolled = add().mutable_key_enrolled();
    enrolled->set_key(KeyName(*keys[i]));
    enrolled->set_party(party);
    enrolled->mutable_claim()->set_member(name);
    enrolled->mutable_claim()->set_algorithm(claim::v1::KEY_ALGORITHM_ECDSA_P256);
    enrolled->mutable_claim()->set_spki(keys[i]->Spki());
    first.streams.insert(first.streams.end(), {name, enrolled->key()});
  }

  const auto add_system = [&](std::string_view module, const rpc::SigningKey& key) {
    event::v1::SystemKeyEnrolled* system = add().mutable_system_key_enrolled();
    system->set_module(std::string(module));
    system->set_algorithm(claim::v1::KEY_ALGORITHM_ECDSA_P256);
    system->set_spki(key.Spki());
    system->set_key(KeyName(key));
    first.streams.push_back(system->key());
  };
  add_system("recall", recall_key);
  add_system(domain::kComplaintModule, complaint_key);
  return first;
}

}  // namespace

absl::Status CreateGenesis(const GenesisOptions& options, const Clock& clock) {
  RETURN_IF_ERROR(CheckOptions(options));
  if (Ledger::Exists(options.log_dir)) {
    return absl::FailedPreconditionError(StrCat("there is a ledger in ", options.log_dir));
  }
  std::error_code error;
  std::filesystem::create_directories(options.keys_dir, error);
  std::filesystem::permissions(options.keys_dir, std::filesystem::perms::owner_all, error);
  if (error) return absl::InternalError(StrCat(options.keys_dir, ": ", error.message()));
  const auto path = [&](const char* file) { return StrCat(options.keys_dir, "/", file); };
  ASSIGN_OR_RETURN(const rpc::SigningKey operator_key,
                   LoadOrMakeKey(path(kOperatorKeyFile), rpc::kEcdsaP256));
  ASSIGN_OR_RETURN(const rpc::SigningKey second_key,
                   LoadOrMakeKey(path(kSecondOperatorKeyFile), rpc::kEcdsaP256));
  ASSIGN_OR_RETURN(const rpc::SigningKey recall_key,
                   LoadOrMakeKey(path(kRecallKeyFile), rpc::kEcdsaP256));
  ASSIGN_OR_RETURN(const rpc::SigningKey complaint_key,
                   LoadOrMakeKey(path(kComplaintKeyFile), rpc::kEcdsaP256));
  ASSIGN_OR_RETURN(const rpc::SigningKey log_key, LoadOrMakeKey(path(kLogKeyFile), rpc::kEd25519));
  RETURN_IF_ERROR(MakeSecret(path(kLabelKeyFile)));
  RETURN_IF_ERROR(MakeSecret(path(kVaultKeyFile)));

  Genesis genesis;
  genesis.identity.origin = StrCat(options.name, "/", HexOf(RandomBytes(16)));
  genesis.identity.ledger_id = RandomLedgerId();
  genesis.identity.demo = options.demo;
  genesis.identity.utc_offset_minutes = options.utc_offset_minutes;
  const FirstEvents first = EventsOf(options, genesis.identity, log_key, operator_key, second_key,
                                     recall_key, complaint_key);

  AppendRequest& record = genesis.record;
  record.kind = RecordKind::kGenesis;
  record.request_key = "genesis";
  record.decided = clock.Now();
  record.body = first.events.front().ledger_created().SerializeAsString();
  for (const event::v1::Event& event : first.events) {
    record.events.push_back(event.SerializeAsString());
  }
  for (const std::string& stream : first.streams) record.writes.push_back({stream, kAbsent});
  record.authorship.algorithm = operator_key.algorithm();
  record.authorship.key_id = operator_key.KeyId();
  record.authorship.signed_micros = ToMicros(clock.Now());
  record.authorship.method = kMethod;
  record.authorship.signature =
      operator_key.Sign(SignedText(genesis.identity.origin, record.authorship, record.body));
  LedgerOptions ledger;
  ledger.dir = options.log_dir;
  ledger.clock = &clock;
  ledger.mark_dir = options.mark_dir;
  return Ledger::Create(ledger, std::move(genesis));
}

}  // namespace suyuan::ledger
