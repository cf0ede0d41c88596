#include "services/store/author_check.h"

#include <algorithm>
#include <iterator>

#include "services/domain/error.h"
#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "services/rpc/invitation.h"
#include "services/store/events.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
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

absl::Status Told(const absl::Status& status) {
  switch (domain::ReasonOf(status)) {
    case v1::REASON_KEY_UNKNOWN:
      return Refuse("the key was not enrolled");
    case v1::REASON_KEY_REVOKED:
      return Refuse("the key was revoked");
    default:
      return status;
  }
}

// Whether the event is the one that begins the stream, which happens once.
bool Begins(const Event& event, const std::string& stream) {
  return stream == event.party_registered().party() || stream == event.member_added().member() ||
         stream == event.key_enrolled().key() || stream == event.system_key_enrolled().key() ||
         stream == event.member_invited().invitation() || stream == event.member_enrolled().key() ||
         stream == event.change_proposed().proposal() ||
         stream == event.change_approved().invitation() ||
         (event.member_enrolled().begins() && stream == event.member_enrolled().member()) ||
         stream == event.key_rotated().key();
}

}  // namespace

std::shared_ptr<const domain::StreamState> AuthorCheck::Find(const std::string& stream,
                                                             uint64_t position) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return nullptr;
  const std::vector<Version>& versions = found->second;
  const auto after = std::lower_bound(
      versions.begin(), versions.end(), position,
      [](const Version& version, uint64_t sequence) { return version.sequence < sequence; });
  return after == versions.begin() ? nullptr : std::prev(after)->state;
}

Past AuthorCheck::Before(uint64_t position) const {
  return {origin_, ledger_id_,
          [this, position](const std::string& stream) { return Find(stream, position); }};
}

absl::StatusOr<domain::Caller> AuthorCheck::AuthorOf(const ledger::Record& record,
                                                     uint64_t position) const {
  const ledger::Authorship authorship = record.authorship();
  const std::string text = ledger::SignedText(origin_, authorship, record.request());
  const auto id = domain::KeyId::FromId(HexOf(authorship.key_id));
  const auto brought = EnrollmentIn(
      authorship.method, authorship.encoding == ledger::Encoding::kJson, record.request());
  domain::Caller author;
  if (brought.has_value()) {
    author.key = id;
    author.newcomer = true;
    if (authorship.key_id != rpc::KeyIdOf(authorship.algorithm, brought->spki()) ||
        !rpc::SignedBy(authorship.algorithm, brought->spki(), text, authorship.signature)) {
      return Refuse("the signature does not verify");
    }
    return author;
  }
  absl::StatusOr<domain::Caller> found =
      FindAuthor(Before(position), id, FromMicros(record.leaf.decided_micros));
  if (!found.ok()) return Told(found.status());
  const auto key = keys_.find(authorship.key_id);
  if (key == keys_.end() || key->second.algorithm() != authorship.algorithm ||
      !key->second.Verify(text, authorship.signature)) {
    return Refuse("the signature does not verify");
  }
  return found;
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
  act.decided = FromMicros(record.leaf.decided_micros);
  act.events = events;
  act.private_root = std::string(record.private_root());
  switch (act.kind) {
    case RecordKind::kCommand:
    case RecordKind::kSystem:
      return CheckAct(author, act, Before(position));
    case RecordKind::kSchema:
      if (!author.Is(claim::v1::PARTY_ROLE_OPERATOR)) return Refuse("not the operator's to record");
      for (const Event& event : events) {
        if (!event.has_schema_stored()) return Refuse("more than a descriptor set");
      }
      return absl::OkStatus();
    case RecordKind::kNote:
      // Of the audit log, its key notes what the operator said.
      if (!author.Is(claim::v1::PARTY_ROLE_OPERATOR) && author.module != kAuditModule) {
        return Refuse("not the operator's to record");
      }
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
  for (size_t i = 0; i < events.size(); ++i) {
    RETURN_IF_ERROR(Believe(events[i], record.leaf, static_cast<int>(i)));
  }
  ASSIGN_OR_RETURN(const domain::Caller author, AuthorOf(record, 1));
  for (const Event& event : events) {
    if (event.actor_party() != author.party.name() ||
        event.actor_member() != author.member.name()) {
      return Refuse("the event names another actor than the key's");
    }
  }
  return absl::OkStatus();
}

absl::Status AuthorCheck::BelieveKey(const Event& event) {
  const auto enroll = [this](const std::string& name, const auto& key) -> absl::Status {
    const auto algorithm = static_cast<uint8_t>(key.algorithm());
    if (name != rpc::NameOfKey("keys", algorithm, key.spki())) {
      return Refuse("a key is enrolled under another's name");
    }
    absl::StatusOr<rpc::PublicKey> parsed = rpc::PublicKey::Parse(algorithm, key.spki());
    if (!parsed.ok()) return Refuse("an enrolled key cannot be used");
    keys_.try_emplace(rpc::KeyIdOf(algorithm, key.spki()), *std::move(parsed));
    return absl::OkStatus();
  };
  switch (event.what_case()) {
    case Event::kKeyEnrolled:
      return enroll(event.key_enrolled().key(), event.key_enrolled().claim());
    case Event::kSystemKeyEnrolled:
      return enroll(event.system_key_enrolled().key(), event.system_key_enrolled());
    case Event::kMemberEnrolled:
      return enroll(event.member_enrolled().key(), event.member_enrolled().claim());
    case Event::kKeyRotated:
      return enroll(event.key_rotated().key(), event.key_rotated().claim());
    default:
      return absl::OkStatus();
  }
}

absl::Status AuthorCheck::Believe(const Event& event, const ledger::Leaf& leaf, int index) {
  if (event.has_ledger_created()) {
    origin_ = event.ledger_created().origin();
    ledger_id_ = event.ledger_created().ledger_id();
  }
  for (const std::string& stream : domain::IdentityStreams(event)) {
    std::vector<Version>& versions = streams_[stream];
    if (!versions.empty() && Begins(event, stream)) {
      return Refuse(StrCat(stream, " begins twice"));
    }
    std::shared_ptr<domain::StreamState> state =
        versions.empty() ? domain::NewState(stream) : versions.back().state->Clone();
    if (state == nullptr) return Refuse(StrCat("no kind of stream is ", stream));
    state->Apply({event, leaf.sequence, index, FromMicros(leaf.record_micros)});
    if (versions.empty() || versions.back().sequence != leaf.sequence) versions.emplace_back();
    versions.back() = {leaf.sequence, std::move(state)};
  }
  return BelieveKey(event);
}

bool AuthorCheck::Teaches(const ledger::Record& record) {
  const absl::StatusOr<std::vector<Event>> events = EventsOf(record);
  if (!events.ok() || record.leaf.sequence == 0) return true;
  return std::any_of(events->begin(), events->end(), [](const Event& event) {
    return event.has_ledger_created() || !domain::IdentityStreams(event).empty();
  });
}

absl::Status AuthorCheck::Learn(const ledger::Record& record) {
  ASSIGN_OR_RETURN(const std::vector<Event> events, EventsOf(record));
  if (record.leaf.sequence == 0) return CheckBeginning(record, events);
  RETURN_IF_ERROR(CheckAuthor(record, events));
  for (size_t i = 0; i < events.size(); ++i) {
    RETURN_IF_ERROR(Believe(events[i], record.leaf, static_cast<int>(i)));
  }
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
