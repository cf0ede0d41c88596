#include "services/store/author_check.h"

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

std::string_view BareId(const std::string& name) {
  return std::string_view(name).substr(name.rfind('/') + 1);
}

}  // namespace

std::optional<std::string> AuthorCheck::PartyOf(const std::string& member) const {
  const auto found = members_.find(member);
  if (found == members_.end()) return std::nullopt;
  return found->second.party;
}

absl::StatusOr<domain::Caller> AuthorCheck::AuthorOf(const ledger::Record& record) const {
  const ledger::Authorship authorship = record.authorship();
  const auto found = keys_.find(authorship.key_id);
  if (found == keys_.end()) return Refuse("the key was not enrolled");
  const Known& known = found->second;
  if (known.revoked) return Refuse("the key was revoked");
  if (known.key.algorithm() != authorship.algorithm ||
      !known.key.Verify(ledger::SignedText(origin_, authorship, record.request()),
                        authorship.signature)) {
    return Refuse("the signature does not verify");
  }
  domain::Caller author;
  author.key = domain::KeyId::FromId(HexOf(authorship.key_id));
  author.system = known.member.empty();
  if (author.system) return author;
  const auto member = members_.find(known.member);
  if (member == members_.end()) return Refuse("the key's member was not added");
  author.member = domain::MemberId::FromName(known.member);
  author.party = domain::PartyId::FromName(member->second.party);
  author.role = member->second.role;
  const auto party = parties_.find(member->second.party);
  if (party == parties_.end()) return Refuse("the key's party was not registered");
  author.party_roles = party->second;
  return author;
}

absl::Status AuthorCheck::CheckAuthor(const ledger::Record& record,
                                      const std::vector<Event>& events) const {
  ASSIGN_OR_RETURN(const domain::Caller author, AuthorOf(record));
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
      return CheckAct(author, act, [this](const std::string& member) { return PartyOf(member); });
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
  for (const Event& event : events) RETURN_IF_ERROR(Learn(event));
  ASSIGN_OR_RETURN(const domain::Caller author, AuthorOf(record));
  for (const Event& event : events) {
    if (event.actor_party() != author.party.name() ||
        event.actor_member() != author.member.name()) {
      return Refuse("the event names another actor than the key's");
    }
  }
  return absl::OkStatus();
}

absl::Status AuthorCheck::Enroll(const std::string& name, uint8_t algorithm,
                                 const std::string& spki, std::string member) {
  const std::string id = rpc::KeyIdOf(algorithm, spki);
  if (BareId(name) != HexOf(id)) return Refuse("a key is enrolled under another's name");
  absl::StatusOr<rpc::PublicKey> key = rpc::PublicKey::Parse(algorithm, spki);
  if (!key.ok()) return Refuse("an enrolled key cannot be used");
  const bool added = keys_.try_emplace(id, Known{*std::move(key), std::move(member)}).second;
  return added ? absl::OkStatus() : Refuse("a key is enrolled twice");
}

absl::Status AuthorCheck::Learn(const Event& event) {
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
      const bool added = parties_.try_emplace(registered.party(), std::move(roles)).second;
      return added ? absl::OkStatus() : Refuse("a party is registered twice");
    }
    case Event::kMemberAdded: {
      const event::v1::MemberAdded& member = event.member_added();
      const bool added =
          members_
              .try_emplace(member.member(), Member{member.claim().party(), member.claim().role()})
              .second;
      return added ? absl::OkStatus() : Refuse("a member is added twice");
    }
    case Event::kKeyEnrolled: {
      const event::v1::KeyEnrolled& enrolled = event.key_enrolled();
      return Enroll(enrolled.key(), static_cast<uint8_t>(enrolled.claim().algorithm()),
                    enrolled.claim().spki(), enrolled.claim().member());
    }
    case Event::kSystemKeyEnrolled: {
      const event::v1::SystemKeyEnrolled& enrolled = event.system_key_enrolled();
      return Enroll(enrolled.key(), static_cast<uint8_t>(enrolled.algorithm()), enrolled.spki(),
                    "");
    }
    case Event::kKeyRevoked: {
      std::string id;
      ParseHex(BareId(event.key_revoked().claim().key()), &id);
      const auto found = keys_.find(id);
      if (found == keys_.end()) return Refuse("a key is revoked that was not enrolled");
      found->second.revoked = true;
      return absl::OkStatus();
    }
    default:
      return absl::OkStatus();
  }
}

absl::Status AuthorCheck::Check(const ledger::Record& record) {
  const absl::StatusOr<std::vector<Event>> parsed = ParseEvents(record);
  if (!parsed.ok()) return Refuse("an event cannot be read");
  const std::vector<Event>& events = *parsed;
  if (record.leaf.sequence == 0) return CheckBeginning(record, events);
  // What a refused record says is not believed: it enrols nobody.
  RETURN_IF_ERROR(CheckAuthor(record, events));
  for (const Event& event : events) RETURN_IF_ERROR(Learn(event));
  return absl::OkStatus();
}

}  // namespace suyuan::store
