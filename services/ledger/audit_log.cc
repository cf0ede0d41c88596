#include "services/ledger/audit_log.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "services/ledger/operator_note.h"
#include "services/ledger/schema.h"
#include "services/store/act_check.h"
#include "services/tlog/audit_origin.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/mark.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::ledger {
namespace {

namespace fs = std::filesystem;

constexpr char kMethod[] = "/suyuan.ledger.v1.LedgerService/BeginAuditLog";

std::vector<event::v1::Event> FirstEvents(const LogIdentity& identity, const rpc::SigningKey& key) {
  std::vector<event::v1::Event> events(3);
  event::v1::LedgerCreated* created = events[0].mutable_ledger_created();
  created->set_origin(identity.origin);
  created->set_ledger_id(identity.ledger_id);
  created->set_demo(identity.demo);
  created->set_utc_offset_minutes(identity.utc_offset_minutes);
  created->set_log_verifier_key(tlog::VerifierKeyOf(identity.origin, key));
  events[1].mutable_schema_stored()->set_file_descriptor_set(
      DescriptorSetOf({event::v1::Event::descriptor()->file()}));
  event::v1::SystemKeyEnrolled* enrolled = events[2].mutable_system_key_enrolled();
  enrolled->set_module(std::string(store::kAuditModule));
  enrolled->set_algorithm(claim::v1::KEY_ALGORITHM_ED25519);
  enrolled->set_spki(key.Spki());
  enrolled->set_key(StrCat("keys/", HexOf(key.KeyId())));
  return events;
}

Genesis GenesisOf(const AuditLogOptions& options) {
  Genesis genesis;
  genesis.identity = *options.log;
  genesis.identity.origin =
      tlog::AuditOrigin(options.log->origin, RandomBytes(tlog::kAuditDrawnSize));
  const std::vector<event::v1::Event> events = FirstEvents(genesis.identity, *options.key);
  AppendRequest& record = genesis.record;
  record.kind = RecordKind::kGenesis;
  record.request_key = "genesis";
  record.decided = options.clock->Now();
  record.body = events.front().ledger_created().SerializeAsString();
  for (const event::v1::Event& event : events) record.events.push_back(event.SerializeAsString());
  record.writes.push_back({events.back().system_key_enrolled().key(), kAbsent});
  record.authorship.algorithm = options.key->algorithm();
  record.authorship.key_id = options.key->KeyId();
  record.authorship.signed_micros = ToMicros(record.decided);
  record.authorship.method = kMethod;
  record.authorship.signature =
      options.key->Sign(SignedText(genesis.identity.origin, record.authorship, record.body));
  return genesis;
}

// What is there stays, under another name.
absl::Status SetAside(const std::string& dir) {
  std::error_code error;
  if (!fs::exists(dir, error)) return absl::OkStatus();
  int number = 1;
  while (fs::exists(StrCat(dir, ".", number), error)) ++number;
  fs::rename(dir, StrCat(dir, ".", number), error);
  return error ? absl::InternalError(StrCat(dir, ": ", error.message())) : absl::OkStatus();
}

absl::Status Begin(const AuditLogOptions& options) {
  RETURN_IF_ERROR(SetAside(options.dir));
  RETURN_IF_ERROR(SetAside(options.mark_dir));
  LedgerOptions ledger;
  ledger.dir = options.dir;
  ledger.clock = options.clock;
  ledger.mark_dir = options.mark_dir;
  Genesis genesis = GenesisOf(options);
  log::Info("an audit log begins", {{"origin", genesis.identity.origin}});
  return Ledger::Create(ledger, std::move(genesis));
}

absl::StatusOr<std::unique_ptr<Ledger>> Open(const AuditLogOptions& options) {
  LedgerOptions ledger;
  ledger.dir = options.dir;
  ledger.clock = options.clock;
  ledger.memory = options.memory;
  ledger.mark_dir = options.mark_dir;
  ledger.verify_poisoned = options.verify_poisoned;
  ledger.accept_clock = true;  // The log was asked; a month without a refusal is a good month.
  ledger.sign = [key = *options.key](std::string_view text) { return key.Sign(text); };
  ledger.read_checkpoint = [key = *options.key](const LogIdentity& identity,
                                                std::string_view note) {
    return tlog::OpenCheckpoint(note, tlog::VerifierKeyOf(identity.origin, key));
  };
  if (!options.accept_mark.empty() && !options.promote) {
    ledger.accept_mark = [&options](const LogIdentity& identity, std::string_view refused) {
      return MakeMarkNote(identity, *options.key, options.accept_mark, refused,
                          options.clock->Now());
    };
  }
  return Ledger::Open(ledger);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Ledger>> OpenAuditLog(const AuditLogOptions& options) {
  const bool there = Ledger::Exists(options.dir), marked = Mark::Exists(options.mark_dir);
  const bool lost = !there && marked;
  if (lost && options.accept_mark.empty() && !options.promote) {
    return absl::FailedPreconditionError(
        StrCat("AUDIT_LOST: there is no audit log in ", options.dir, ", and its mark in ",
               options.mark_dir,
               " says that there was one. Put it back; only if it is lost, start with "
               "--accept-mark REASON, which begins another."));
  }
  if (!there || (options.promote && !marked)) RETURN_IF_ERROR(Begin(options));
  absl::StatusOr<std::unique_ptr<Ledger>> opened = Open(options);
  // A copy's is older than its mark, or another's; one that was poisoned is still its own.
  const bool others = absl::IsFailedPrecondition(opened.status()) &&
                      !absl::StartsWith(opened.status().message(), "MARK_POISONED");
  if (!options.promote || !others) return opened;
  RETURN_IF_ERROR(Begin(options));
  return Open(options);
}

}  // namespace suyuan::ledger
