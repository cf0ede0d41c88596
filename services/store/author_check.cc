#include "services/store/author_check.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "google/protobuf/util/json_util.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::store {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using ledger::RecordKind;

constexpr uint8_t kJson = 2;

absl::Status Refuse(std::string_view why) { return absl::PermissionDeniedError(ToAbsl(why)); }

// What a system key may do: hold, and add to a recall's scope.
bool Restricts(const event::v1::Event& event) {
  return event.has_hold_placed() || event.has_recall_extended();
}

// The request as its author signed it; null where its method is not of the contract.
std::unique_ptr<Message> ParseRequest(const ledger::Record& record) {
  const ledger::Authorship authorship = record.authorship();
  std::string name = authorship.method.substr(1);
  std::replace(name.begin(), name.end(), '/', '.');
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  if (method == nullptr) return nullptr;
  std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                       ->GetPrototype(method->input_type())
                                       ->New());
  const std::string body(record.request());
  const bool parsed = authorship.encoding == kJson
                          ? google::protobuf::util::JsonStringToMessage(body, request.get()).ok()
                          : request->ParseFromString(body);
  return parsed ? std::move(request) : nullptr;
}

// The claims of a request: its fields of suyuan.claim.v1, as bytes.
std::vector<std::string> ClaimsOf(const Message& request) {
  std::vector<std::string> claims;
  const Reflection* reflection = request.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(request, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      claims.push_back(reflection->GetMessage(request, field).SerializeAsString());
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(request, field); ++i) {
      claims.push_back(reflection->GetRepeatedMessage(request, field, i).SerializeAsString());
    }
  }
  return claims;
}

// The claim within an event, or null: events that rules derive have none.
const Message* ClaimOf(const event::v1::Event& event) {
  const FieldDescriptor* what = event.GetReflection()->GetOneofFieldDescriptor(
      event, event.GetDescriptor()->FindOneofByName("what"));
  if (what == nullptr) return nullptr;
  const Message& inner = event.GetReflection()->GetMessage(event, what);
  const FieldDescriptor* claim = inner.GetDescriptor()->FindFieldByName("claim");
  if (claim == nullptr || !inner.GetReflection()->HasField(inner, claim)) return nullptr;
  return &inner.GetReflection()->GetMessage(inner, claim);
}

absl::StatusOr<std::vector<event::v1::Event>> EventsOf(const ledger::Record& record) {
  std::vector<event::v1::Event> events;
  for (const std::string_view bytes : record.events()) {
    if (!events.emplace_back().ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return Refuse("an event cannot be read");
    }
  }
  return events;
}

std::string_view BareId(const std::string& name) {
  return std::string_view(name).substr(name.rfind('/') + 1);
}

}  // namespace

absl::Status AuthorCheck::CheckEvent(const ledger::Record& record, const Known& author,
                                     const event::v1::Event& event) const {
  const bool system = author.party.empty();
  if (system != (record.leaf.kind == RecordKind::kSystem)) {
    return Refuse("a module's key signed for a member, or a member's for a module");
  }
  if (system) return Restricts(event) ? absl::OkStatus() : Refuse("a system act does not restrict");
  if (event.actor_party() != author.party || event.actor_member() != author.member) {
    return Refuse("the event names another actor than the key's");
  }
  return absl::OkStatus();
}

absl::Status AuthorCheck::CheckAuthor(const ledger::Record& record) const {
  const ledger::Authorship authorship = record.authorship();
  const auto found = keys_.find(authorship.key_id);
  if (found == keys_.end()) return Refuse("the key was not enrolled");
  const Known& author = found->second;
  if (author.revoked) return Refuse("the key was revoked");
  if (author.key.algorithm() != authorship.algorithm ||
      !author.key.Verify(ledger::SignedText(origin_, authorship, record.request()),
                         authorship.signature)) {
    return Refuse("the signature does not verify");
  }
  ASSIGN_OR_RETURN(const std::vector<event::v1::Event> events, EventsOf(record));
  for (const event::v1::Event& event : events) {
    RETURN_IF_ERROR(CheckEvent(record, author, event));
  }
  if (record.leaf.kind != RecordKind::kCommand) return absl::OkStatus();
  if (!record.terms().request_key.starts_with(StrCat(BareId(author.party), "/"))) {
    return Refuse("the request key is another party's");
  }
  const std::unique_ptr<Message> request = ParseRequest(record);
  if (request == nullptr) return Refuse("the request cannot be read");
  std::vector<std::string> claims = ClaimsOf(*request);
  for (const event::v1::Event& event : events) {
    const Message* claim = ClaimOf(event);
    if (claim == nullptr) continue;
    const auto said = std::find(claims.begin(), claims.end(), claim->SerializeAsString());
    if (said == claims.end()) return Refuse("an event says something else than its request");
    claims.erase(said);
  }
  return absl::OkStatus();
}

absl::Status AuthorCheck::Enroll(const std::string& name, uint8_t algorithm,
                                 const std::string& spki, std::string party, std::string member) {
  const std::string id = rpc::KeyIdOf(algorithm, spki);
  if (BareId(name) != HexOf(id)) return Refuse("a key is enrolled under another's name");
  absl::StatusOr<rpc::PublicKey> key = rpc::PublicKey::Parse(algorithm, spki);
  if (!key.ok()) return Refuse("an enrolled key cannot be used");
  const bool added =
      keys_.try_emplace(id, Known{*std::move(key), std::move(party), std::move(member)}).second;
  return added ? absl::OkStatus() : Refuse("a key is enrolled twice");
}

absl::Status AuthorCheck::Learn(const event::v1::Event& event) {
  if (event.has_ledger_created()) origin_ = event.ledger_created().origin();
  if (event.has_key_enrolled()) {
    const event::v1::KeyEnrolled& enrolled = event.key_enrolled();
    return Enroll(enrolled.key(), static_cast<uint8_t>(enrolled.claim().algorithm()),
                  enrolled.claim().spki(), enrolled.party(), enrolled.claim().member());
  }
  if (event.has_system_key_enrolled()) {
    const event::v1::SystemKeyEnrolled& enrolled = event.system_key_enrolled();
    return Enroll(enrolled.key(), static_cast<uint8_t>(enrolled.algorithm()), enrolled.spki(), "",
                  "");
  }
  if (event.has_key_revoked()) {
    std::string id;
    ParseHex(BareId(event.key_revoked().claim().key()), &id);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return Refuse("a key is revoked that was not enrolled");
    found->second.revoked = true;
  }
  return absl::OkStatus();
}

absl::Status AuthorCheck::Check(const ledger::Record& record) {
  ASSIGN_OR_RETURN(const std::vector<event::v1::Event> events, EventsOf(record));
  const bool genesis = record.leaf.kind == RecordKind::kGenesis;
  // The first record is signed by a key it enrols itself; any other by one that stood before.
  const absl::Status author = genesis ? absl::OkStatus() : CheckAuthor(record);
  for (const event::v1::Event& event : events) {
    const bool founds =
        event.has_ledger_created() || event.has_schema_stored() || event.has_system_key_enrolled();
    if (founds && record.leaf.kind == RecordKind::kCommand) {
      return Refuse("a command claims what only the ledger itself may record");
    }
    RETURN_IF_ERROR(Learn(event));
  }
  return genesis ? CheckAuthor(record) : author;
}

}  // namespace suyuan::store
