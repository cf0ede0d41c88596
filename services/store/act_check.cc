#include "services/store/act_check.h"

#include <algorithm>
#include <memory>

#include "google/protobuf/util/json_util.h"
#include "services/domain/complaint.h"
#include "services/domain/states.h"
#include "services/store/events.h"
#include "services/store/identity_rules.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"

namespace suyuan::store {
namespace {

using event::v1::Event;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;
using ledger::RecordKind;

absl::Status Refuse(std::string_view why) { return absl::PermissionDeniedError(ToAbsl(why)); }

// The request as its author signed it; null where it cannot be read.
std::unique_ptr<Message> ParseRequest(const MethodDescriptor& method, bool json,
                                      std::string_view bytes) {
  std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                       ->GetPrototype(method.input_type())
                                       ->New());
  const std::string body(bytes);
  const bool parsed = json ? google::protobuf::util::JsonStringToMessage(body, request.get()).ok()
                           : request->ParseFromString(body);
  return parsed ? std::move(request) : nullptr;
}

// A claim with its kind: two kinds may have the same bytes.
std::string Said(const Message& claim) {
  return StrCat(claim.GetDescriptor()->full_name(), "\n", claim.SerializeAsString());
}

// The claims of a request: its fields of suyuan.claim.v1.
std::vector<std::string> ClaimsOf(const Message& request) {
  std::vector<std::string> claims;
  const Reflection* reflection = request.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(request, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      claims.push_back(Said(reflection->GetMessage(request, field)));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(request, field); ++i) {
      claims.push_back(Said(reflection->GetRepeatedMessage(request, field, i)));
    }
  }
  return claims;
}

std::string RequestIdOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("request_id");
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

// The claim within an event, or null.
const Message* ClaimOf(const Event& event) {
  const FieldDescriptor* what = event.GetReflection()->GetOneofFieldDescriptor(
      event, event.GetDescriptor()->FindOneofByName("what"));
  if (what == nullptr) return nullptr;
  const Message& inner = event.GetReflection()->GetMessage(event, what);
  const FieldDescriptor* claim = inner.GetDescriptor()->FindFieldByName("claim");
  if (claim == nullptr || !inner.GetReflection()->HasField(inner, claim)) return nullptr;
  return &inner.GetReflection()->GetMessage(inner, claim);
}

// A hold that a result of the same record places.
bool FollowsFromAResult(const event::v1::HoldPlaced& hold, const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(), [&](const Event& event) {
    const event::v1::ResultRecorded& recorded = event.result_recorded();
    return event.has_result_recorded() && recorded.result() == hold.result() &&
           recorded.batch() == hold.batch() &&
           recorded.claim().verdict() == claim::v1::VERDICT_NON_CONFORMANT;
  });
}

// Whose a thing becomes is not the author's to choose.
bool OwnedByAuthor(const Event& event, const std::string& party) {
  switch (event.what_case()) {
    case Event::kSiteRegistered:
      return event.site_registered().party() == party;
    case Event::kPlotRegistered:
      return event.plot_registered().party() == party;
    case Event::kProductRegistered:
      return event.product_registered().party() == party;
    case Event::kBatchHarvested:
      return event.batch_harvested().party() == party;
    case Event::kShipmentDispatched:
      return event.shipment_dispatched().from_party() == party;
    default:
      return true;
  }
}

// Whose signature a release or a closure is: what it is worth is asked of that key.
bool SignedByKey(const Event& event, const std::string& key) {
  if (event.has_hold_released()) return event.hold_released().key() == key;
  return !event.has_recall_closed() || event.recall_closed().key() == key;
}

// What `ask` finds in the past: `ask(World&)` → absl::StatusOr<T>.
template <typename Ask>
auto AskPast(const Past& past, Ask ask) -> decltype(ask(std::declval<domain::World&>())) {
  constexpr int kRoundsMax = 20;
  domain::LoadedStreams loaded;
  for (int round = 0; round < kRoundsMax; ++round) {
    domain::World world(&loaded);
    auto found = ask(world);
    if (world.missing().empty()) return found;
    for (const std::string& stream : world.missing()) {
      std::shared_ptr<const domain::StreamState> state = past.find(stream);
      loaded[stream] = {state == nullptr ? ledger::kAbsent : 0, std::move(state)};
    }
  }
  return absl::InternalError("a question that never settles");
}

absl::Status DecideAgain(const domain::Caller& author, const Act& act, const Past& past,
                         const Message& request, IdentityRules rules) {
  const domain::Decided decided = AskPast(past, [&](domain::World& world) -> domain::Decided {
    domain::Context context;
    context.caller = author;
    context.now = act.decided;
    context.ledger_id = past.ledger_id;
    context.origin = past.origin;
    context.request_id = RequestIdOf(request);
    return rules(world, context, request);
  });
  if (!decided.ok()) return Refuse(StrCat("the rules refuse it: ", decided.status().message()));
  bool same = decided->size() == act.events.size();
  for (size_t i = 0; same && i < decided->size(); ++i) {
    Event event = (*decided)[i];
    if (!author.newcomer) {
      event.set_actor_party(author.party.name());
      event.set_actor_member(author.member.name());
    }
    same = event.SerializeAsString() == act.events[i].SerializeAsString();
  }
  return same ? absl::OkStatus() : Refuse("the rules decide otherwise");
}

// What the key of the audit log signed is what stands beside it.
absl::Status CheckReport(const Act& act) {
  event::v1::AccessReport report;
  if (!report.ParseFromString(std::string(act.body)) ||
      report.events_hash() != AsBytes(HashOfEvents(act.events))) {
    return Refuse("a report is of other sums");
  }
  return absl::OkStatus();
}

// What the complaints' key signed is the complaint, but for what is derived.
absl::Status CheckFiling(const Act& act) {
  event::v1::ComplaintFiled filed;
  if (act.events.size() == 1) filed = act.events.front().complaint_filed();
  filed.clear_complaint();
  filed.clear_party();
  if (filed.SerializeAsString() != act.body) return Refuse("another complaint was signed");
  return absl::OkStatus();
}

absl::Status CheckSystemAct(const std::string& module, const Act& act) {
  if (act.request_key != StrCat("/", UuidOf(act.body))) {
    return Refuse("the request key does not come of the act");
  }
  const bool audit = module == kAuditModule;
  const bool files = module == domain::kComplaintModule;
  if (audit) RETURN_IF_ERROR(CheckReport(act));
  if (files) RETURN_IF_ERROR(CheckFiling(act));
  for (const Event& event : act.events) {
    if (audit != event.has_access_summed()) {
      return Refuse("a sum of accesses is the audit log's alone, and all it holds");
    }
    if (files != event.has_complaint_filed()) {
      return Refuse("a complaint is filed by its module's key alone, which does nothing else");
    }
    if (!audit && !files && !event.has_hold_placed() && !event.has_recall_extended()) {
      return Refuse("a system act does not restrict");
    }
    if (!event.actor_party().empty() || !event.actor_member().empty()) {
      return Refuse("a system act names a member");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckEvents(const domain::Caller& author, const Act& act,
                         std::vector<std::string> claims) {
  for (const Event& event : act.events) {
    if (event.actor_party() != author.party.name() ||
        event.actor_member() != author.member.name()) {
      return Refuse("the event names another actor than the key's");
    }
    if (!OwnedByAuthor(event, author.party.name())) {
      return Refuse("the event names another party than the actor's");
    }
    if (!SignedByKey(event, author.key.name())) {
      return Refuse("the event names another key than its author's");
    }
    const Message* claim = ClaimOf(event);
    if (claim == nullptr) {
      if (event.has_hold_placed() && FollowsFromAResult(event.hold_placed(), act.events)) continue;
      return Refuse("an event says what nobody claimed");
    }
    const auto said = std::find(claims.begin(), claims.end(), Said(*claim));
    if (said == claims.end()) return Refuse("an event says something else than its request");
    claims.erase(said);
  }
  return claims.empty() ? absl::OkStatus() : Refuse("a claim of the request is in no event");
}

}  // namespace

const MethodDescriptor* FindMethod(std::string_view path) {
  std::string name(path.substr(std::min<size_t>(path.size(), 1)));
  std::replace(name.begin(), name.end(), '/', '.');
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
}

absl::StatusOr<domain::Caller> FindAuthor(const Past& past, const domain::KeyId& key,
                                          absl::Time now) {
  return AskPast(past, [&](domain::World& world) { return domain::FindCaller(world, key, now); });
}

std::optional<claim::v1::Enrollment> EnrollmentIn(std::string_view method, bool json,
                                                  std::string_view body) {
  const MethodDescriptor* described = FindMethod(method);
  if (described == nullptr || described->input_type() != v1::EnrollKeyRequest::descriptor()) {
    return std::nullopt;
  }
  const std::unique_ptr<Message> request = ParseRequest(*described, json, body);
  if (request == nullptr) return std::nullopt;
  return static_cast<const v1::EnrollKeyRequest&>(*request).enrollment();
}

absl::Status CheckAct(const domain::Caller& author, const Act& act, const Past& past) {
  const std::optional<Hash> claimed = PrivateRootOf(act.events);
  if (act.private_root != (claimed.has_value() ? AsBytes(*claimed) : std::string_view())) {
    return Refuse("the private root is not the claim's");
  }
  if (author.system != (act.kind == RecordKind::kSystem)) {
    return Refuse("a module's key signed for a member, or a member's for a module");
  }
  if (author.system) return CheckSystemAct(author.module, act);
  const MethodDescriptor* method = FindMethod(act.method);
  if (method == nullptr) return Refuse("there is no such method");
  const rules::v1::MethodRules& rules = method->options().GetExtension(rules::v1::method);
  if (!rules.mutation()) return Refuse("a request that only reads was signed");
  if (!domain::Allowed(author, rules.permission())) {
    return Refuse("the author's role does not allow the act");
  }
  const std::unique_ptr<Message> request = ParseRequest(*method, act.json, act.body);
  if (request == nullptr) return Refuse("the request cannot be read");
  if (act.request_key != StrCat(author.scope(), "/", RequestIdOf(*request))) {
    return Refuse("the request key is not the request's own");
  }
  if (const IdentityRules identity = FindIdentityRules(*request); identity != nullptr) {
    return DecideAgain(author, act, past, *request, identity);
  }
  return CheckEvents(author, act, ClaimsOf(*request));
}

}  // namespace suyuan::store
