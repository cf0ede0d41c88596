#include "services/store/author_check.h"

#include <algorithm>
#include <optional>

#include "services/store/act_check.h"
#include "services/store/events.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::store {
namespace {

using event::v1::Event;
using ledger::RecordKind;

absl::Status Refuse(std::string_view why) { return absl::PermissionDeniedError(ToAbsl(why)); }

absl::StatusOr<std::vector<Event>> EventsOf(const ledger::Record& record) {
  absl::StatusOr<std::vector<Event>> events = ParseEvents(record);
  if (!events.ok()) return Refuse("an event cannot be read");
  return events;
}

std::string_view BareId(const std::string& name) {
  return std::string_view(name).substr(name.rfind('/') + 1);
}

}  // namespace

const AuthorCheck::Member* AuthorCheck::FindMember(const std::string& member,
                                                   uint64_t position) const {
  const auto found = members_.find(member);
  return found == members_.end() || found->second.since >= position ? nullptr : &found->second;
}

absl::StatusOr<domain::Caller> AuthorCheck::AuthorOf(const ledger::Record& record,
                                                     uint64_t position) const {
  const ledger::Authorship authorship = record.authorship();
  const auto found = keys_.find(authorship.key_id);
  if (found == keys_.end() || found->second.since >= position) {
    return Refuse("the key was not enrolled");
  }
  const Known& known = found->second;
  if (known.revoked < position) return Refuse("the key was revoked");
  if (known.key.algorithm() != authorship.algorithm ||
      !known.key.Verify(ledger::SignedText(origin_, authorship, record.request()),
                        authorship.signature)) {
    return Refuse("the signature does not verify");
  }
  domain::Caller author;
  author.key = domain::KeyId::FromId(HexOf(authorship.key_id));
  author.system = known.member.empty();
  if (author.system) return author;
  const Member* const member = FindMember(known.member, position);
  if (member == nullptr) return Refuse("the key's member was not added");
  author.member = domain::MemberId::FromName(known.member);
  author.party = domain::PartyId::FromName(member->party);
  author.role = member->role;
  const auto party = parties_.find(member->party);
  if (party == parties_.end() || party->second.since >= position) {
    return Refuse("the key's party was not registered");
  }
  author.party_roles = party->second.roles;
  return author;
}

absl::Status AuthorCheck::CheckAuthor(const ledger::Record& record,
                                      const std::vector<Event>& events) const {
  const uint64_t position = record.leaf.sequence;
  ASSIGN_OR_RETURN(const domain::Caller author, AuthorOf(record, position));
  const ledger::Authorship authorship = record.authorship();
  const ledger::Terms terms = record.terms();
  Act act;
  act.kind = record.leaf.kind;
  act.method = authorship.method;
  act.json = authorship.encoding == ledger::Encoding::kJson;
  act.request_key = terms.request_key;
  act.body = record.request();
  act.events = events;
  switch (act.kind) {
    case RecordKind::kCommand:
    case RecordKind::kSystem:
      return CheckAct(author, act, [&](const std::string& member) -> std::optional<std::string> {
        const Member* const found = FindMember(member, position);
        if (found == nullptr) return std::nullopt;
        return found->party;
      });
    case RecordKind::kSchema:
      if (!author.Is(claim::v1::PARTY_ROLE_OPERATOR)) return Refuse("not the operator's to record");
      for (const Event& event : events) {
        if (!event.has_schema_stored()) return Refuse("more than a descriptor set");
      }
      return absl::OkStatus();
    case RecordKind::kNote:
      if (!author.Is(claim::v1::PARTY_ROLE_OPERATOR)) return Refuse("not the operator's to record");
      return events.empty() ? absl::OkStatus() : Refuse("a note says that something happened");
    case RecordKind::kGenesis:
      break;
  }
  return Refuse("a log begins once");
}

// The first record is signed by a key it enrols itself, for the member it adds.
absl::Status AuthorCheck::CheckBeginning(const ledger::Record& record,
                                         const std::vector<Event>& events) {
  if (record.leaf.kind != RecordKind::kGenesis) return Refuse("a log begins with its genesis");
  for (const Event& event : events) RETURN_IF_ERROR(Believe(event, 0));
  ASSIGN_OR_RETURN(const domain::Caller author, AuthorOf(record, 1));
  for (const Event& event : events) {
    if (event.actor_party() != author.party.name() ||
        event.actor_member() != author.member.name()) {
      return Refuse("the event names another actor than the key's");
    }
  }
  return absl::OkStatus();
}

absl::Status AuthorCheck::Enroll(const std::string& name, uint8_t algorithm,
                                 const std::string& spki, std::string member, uint64_t sequence) {
  const std::string id = rpc::KeyIdOf(algorithm, spki);
  if (BareId(name) != HexOf(id)) return Refuse("a key is enrolled under another's name");
  absl::StatusOr<rpc::PublicKey> key = rpc::PublicKey::Parse(algorithm, spki);
  if (!key.ok()) return Refuse("an enrolled key cannot be used");
  const bool added =
      keys_.try_emplace(id, Known{*std::move(key), std::move(member), sequence}).second;
  return added ? absl::OkStatus() : Refuse("a key is enrolled twice");
}

absl::Status AuthorCheck::Believe(const Event& event, uint64_t sequence) {
  switch (event.what_case()) {
    case Event::kLedgerCreated:
      origin_ = event.ledger_created().origin();
      return absl::OkStatus();
    case Event::kPartyRegistered: {
      const event::v1::PartyRegistered& registered = event.party_registered();
      std::vector<claim::v1::PartyRole> roles;
      for (const int role : registered.claim().roles()) {
        roles.push_back(static_cast<claim::v1::PartyRole>(role));
      }
      const bool added =
          parties_.try_emplace(registered.party(), Party{std::move(roles), sequence}).second;
      return added ? absl::OkStatus() : Refuse("a party is registered twice");
    }
    case Event::kMemberAdded: {
      const event::v1::MemberAdded& member = event.member_added();
      const bool added = members_
                             .try_emplace(member.member(), Member{member.claim().party(),
                                                                  member.claim().role(), sequence})
                             .second;
      return added ? absl::OkStatus() : Refuse("a member is added twice");
    }
    case Event::kKeyEnrolled: {
      const event::v1::KeyEnrolled& enrolled = event.key_enrolled();
      return Enroll(enrolled.key(), static_cast<uint8_t>(enrolled.claim().algorithm()),
                    enrolled.claim().spki(), enrolled.claim().member(), sequence);
    }
    case Event::kSystemKeyEnrolled: {
      const event::v1::SystemKeyEnrolled& enrolled = event.system_key_enrolled();
      return Enroll(enrolled.key(), static_cast<uint8_t>(enrolled.algorithm()), enrolled.spki(), "",
                    sequence);
    }
    case Event::kKeyRevoked: {
      std::string id;
      ParseHex(BareId(event.key_revoked().claim().key()), &id);
      const auto found = keys_.find(id);
      if (found == keys_.end()) return Refuse("a key is revoked that was not enrolled");
      found->second.revoked = std::min(found->second.revoked, sequence);
      return absl::OkStatus();
    }
    default:
      return absl::OkStatus();
  }
}

bool AuthorCheck::Teaches(const ledger::Record& record) {
  const absl::StatusOr<std::vector<Event>> events = EventsOf(record);
  if (!events.ok() || record.leaf.sequence == 0) return true;
  return std::any_of(events->begin(), events->end(), [](const Event& event) {
    switch (event.what_case()) {
      case Event::kLedgerCreated:
      case Event::kPartyRegistered:
      case Event::kMemberAdded:
      case Event::kKeyEnrolled:
      case Event::kSystemKeyEnrolled:
      case Event::kKeyRevoked:
        return true;
      default:
        return false;
    }
  });
}

absl::Status AuthorCheck::Learn(const ledger::Record& record) {
  ASSIGN_OR_RETURN(const std::vector<Event> events, EventsOf(record));
  if (record.leaf.sequence == 0) return CheckBeginning(record, events);
  RETURN_IF_ERROR(CheckAuthor(record, events));
  for (const Event& event : events) RETURN_IF_ERROR(Believe(event, record.leaf.sequence));
  return absl::OkStatus();
}

absl::Status AuthorCheck::CheckAt(const ledger::Record& record) const {
  ASSIGN_OR_RETURN(const std::vector<Event> events, EventsOf(record));
  return CheckAuthor(record, events);
}

absl::Status AuthorCheck::Check(const ledger::Record& record) {
  return Teaches(record) ? Learn(record) : CheckAt(record);
}

ledger::AuthorHooks AuthorCheck::Hooks() {
  return {&Teaches, [this](const ledger::Record& record) { return Learn(record); },
          [this](const ledger::Record& record) { return CheckAt(record); }};
}

}  // namespace suyuan::store
