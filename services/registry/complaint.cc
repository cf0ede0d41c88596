// ComplaintService: what consumers report, filed for nobody, decided by officers.
#include "services/domain/complaint.h"

#include <utility>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/registry/complaint_retention.h"
#include "services/registry/projection.h"
#include "services/registry/services.h"
#include "services/rpc/receipt.h"
#include "services/rpc/rules.h"
#include "services/rpc/system_act.h"
#include "services/rpc/view.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/uuid.h"
#include "storage/ledger/private_root.h"

namespace suyuan::registry {
namespace {

using domain::Context;
using domain::World;
using rpc::Call;
using rpc::Recorded;

constexpr char kMethod[] = "/suyuan.v1.ComplaintService/FileComplaint";

// What the handlers stand on. Copied into each; thread-safe.
struct Complaints {
  rpc::Host host;
  index::Runner* runner;
  Vault* vault;
  std::shared_ptr<const rpc::SigningKey> key;  // Null: nothing is filed.
  std::shared_ptr<ComplaintRetention> retention;

  int utc_offset() const { return host.log->identity().utc_offset_minutes; }
  const std::string& ledger_id() const { return host.log->identity().ledger_id; }
};

v1::PrivateField PhotoField(int index) {
  return static_cast<v1::PrivateField>(v1::PRIVATE_FIELD_PHOTO_1 + index);
}

// By field number; a field that is empty is none. Named after the ticket's hash, and so the same
// for the same ticket.
v1::PrivateSet SetOf(const v1::FileComplaintRequest& request, const Hash& ticket_hash,
                     absl::Time now) {
  v1::PrivateSet set;
  set.set_request_id(UuidOf(AsBytes(ticket_hash)));
  set.set_stored_micros(ToMicros(now));
  const auto add = [&set](v1::PrivateField field) {
    v1::PrivateValue* value = set.add_values();
    value->set_field(field);
    value->set_salt(RandomBytes(ledger::kPrivateSaltSize));
    return value;
  };
  const v1::ComplaintContent& content = request.content();
  add(v1::PRIVATE_FIELD_TEXT)->set_value(content.text());
  if (!content.contact().empty()) add(v1::PRIVATE_FIELD_CONTACT)->set_value(content.contact());
  if (!content.code().empty()) add(v1::PRIVATE_FIELD_LABEL_CODE)->set_value(content.code());
  for (int i = 0; i < request.photos_size(); ++i) {
    add(PhotoField(i))->set_data(request.photos(i));
  }
  return set;
}

event::v1::ComplaintFiled ProposalOf(const v1::FileComplaintRequest& request,
                                     const Hash& ticket_hash, const v1::PrivateSet& set) {
  event::v1::ComplaintFiled proposal;
  proposal.set_kind(request.kind());
  proposal.set_batch(request.batch());
  proposal.set_ticket_hash(std::string(AsBytes(ticket_hash)));
  proposal.set_private_root(RootOf(set));
  proposal.set_contact(!request.content().contact().empty());
  proposal.set_photos(request.photos_size());
  return proposal;
}

// Into the vault first: what a crash leaves there without a record is nobody's, and the next try
// with the same request id finds it.
void File(const Complaints& on, const Call& call, const v1::FileComplaintRequest& request,
          std::function<void(absl::StatusOr<v1::FileComplaintResponse>)> done) {
  if (on.host.read_only) return done(domain::Error(v1::REASON_READ_ONLY));
  if (on.key == nullptr) return done(domain::Error(v1::REASON_UNAVAILABLE));
  on.retention->SweepIfDue();
  // Between modules nobody else looks, and the words are a stranger's.
  if (const absl::Status rules = rpc::CheckRules(request); !rules.ok()) return done(rules);
  const std::string ticket = domain::TicketOf(on.ledger_id(), request.request_id());
  const Hash hash = domain::TicketHash(ticket);
  const domain::ComplaintId complaint = domain::ComplaintOf(on.ledger_id(), hash);
  const v1::PrivateSet set = SetOf(request, hash, call.now);
  const absl::StatusOr<v1::PrivateSet> stored =
      on.vault->Put(domain::PersonOf(complaint).name(), std::string(domain::kComplaintModule), set);
  if (!stored.ok()) return done(stored.status());
  if (!SameValues(*stored, set)) return done(domain::Error(v1::REASON_REQUEST_ID_REUSED));
  const event::v1::ComplaintFiled proposal = ProposalOf(request, hash, *stored);
  store::Command command = rpc::SystemAct(on.host, *on.key, kMethod, proposal);
  command.decide = [proposal](World& world, Context& context) {
    return domain::DecideFileComplaint(world, context, proposal);
  };
  on.host.store->Update(
      std::move(command), [complaint, ticket, done](absl::StatusOr<store::Outcome> outcome) {
        if (!outcome.ok()) return done(outcome.status());
        v1::FileComplaintResponse response;
        response.set_complaint(complaint.name());
        response.set_ticket(ticket);
        *response.mutable_receipt() = rpc::ReceiptOf(outcome->appended, v1::LEVEL_DURABLE);
        done(std::move(response));
      });
}

absl::StatusOr<bool> Sees(store::Store& store, const domain::Caller& caller,
                          const v1::Complaint& complaint) {
  if (!domain::Allowed(caller, rules::v1::PERMISSION_COMPLAINTS)) return false;
  if (complaint.party().empty()) return true;  // No party's, and so every officer's.
  ASSIGN_OR_RETURN(const auto party, store.Find<domain::PartyState>(complaint.party()));
  return party != nullptr && domain::Supervises(caller, party->claim.region_code());
}

// As it stands, for whoever may know that.
absl::StatusOr<v1::Complaint> Show(const Complaints& on, v1::Complaint complaint, absl::Time now) {
  domain::ShowClocks(now, on.utc_offset(), &complaint);
  if (!complaint.authority().empty()) {
    ASSIGN_OR_RETURN(const auto party,
                     on.host.store->Find<domain::PartyState>(complaint.authority()));
    if (party != nullptr) complaint.set_authority_name(party->claim.name());
  }
  return complaint;
}

absl::StatusOr<v1::Complaint> FindSeen(const Complaints& on, const domain::Caller& caller,
                                       const std::string& name) {
  ASSIGN_OR_RETURN(const auto state, on.host.store->Find<domain::ComplaintState>(name));
  if (state == nullptr) return domain::NotFound(name);
  ASSIGN_OR_RETURN(const bool sees, Sees(*on.host.store, caller, state->complaint));
  if (!sees) return domain::NotFound(name);
  return state->complaint;
}

// Of the one time something was stored. REASON_ERASED, REASON_NOT_FOUND: nothing is there.
absl::StatusOr<v1::PrivateSet> LoadSet(const Complaints& on, const std::string& name) {
  ASSIGN_OR_RETURN(std::vector<v1::PrivateSet> sets,
                   on.vault->Load(domain::PersonOf(domain::ComplaintId::FromName(name)).name()));
  if (sets.empty()) return domain::Error(v1::REASON_ERASED);
  return std::move(sets.front());
}

v1::ComplaintContent ContentIn(const v1::PrivateSet& set) {
  v1::ComplaintContent content;
  for (const v1::PrivateValue& value : set.values()) {
    if (value.field() == v1::PRIVATE_FIELD_TEXT) content.set_text(value.value());
    if (value.field() == v1::PRIVATE_FIELD_CONTACT) content.set_contact(value.value());
    if (value.field() == v1::PRIVATE_FIELD_LABEL_CODE) content.set_code(value.value());
  }
  return content;
}

absl::StatusOr<v1::Complaint> Get(const Complaints& on, const Call& call,
                                  const v1::GetComplaintRequest& request) {
  ASSIGN_OR_RETURN(v1::Complaint found, FindSeen(on, *call.caller, request.name()));
  ASSIGN_OR_RETURN(v1::Complaint complaint, Show(on, std::move(found), call.now));
  const absl::StatusOr<v1::PrivateSet> set = LoadSet(on, request.name());
  if (set.ok()) {
    *complaint.mutable_content() = ContentIn(*set);
  } else if (domain::ReasonOf(set.status()) == v1::REASON_ERASED ||
             domain::ReasonOf(set.status()) == v1::REASON_NOT_FOUND) {
    complaint.set_erased(true);
  } else {
    return set.status();
  }
  return complaint;
}

absl::StatusOr<v1::GetComplaintPhotoResponse> GetPhoto(
    const Complaints& on, const Call& call, const v1::GetComplaintPhotoRequest& request) {
  RETURN_IF_ERROR(FindSeen(on, *call.caller, request.name()).status());
  ASSIGN_OR_RETURN(const v1::PrivateSet set, LoadSet(on, request.name()));
  v1::GetComplaintPhotoResponse response;
  for (const v1::PrivateValue& value : set.values()) {
    if (value.field() == PhotoField(request.number() - 1)) response.set_photo(value.data());
  }
  if (response.photo().empty()) return domain::NotFound("photo");
  return response;
}

absl::StatusOr<v1::FollowComplaintResponse> Follow(const Complaints& on, const Call& call,
                                                   const v1::FollowComplaintRequest& request) {
  const std::string name =
      domain::ComplaintOf(on.ledger_id(), domain::TicketHash(request.ticket())).name();
  ASSIGN_OR_RETURN(const auto state, on.host.store->Find<domain::ComplaintState>(name));
  if (state == nullptr) return domain::NotFound("ticket");
  v1::FollowComplaintResponse response;
  ASSIGN_OR_RETURN(*response.mutable_complaint(), Show(on, state->complaint, call.now));
  return response;
}

absl::StatusOr<v1::ListComplaintsResponse> List(const Complaints& on, const Call& call,
                                                const v1::ListComplaintsRequest& request) {
  on.retention->SweepIfDue();
  const std::string list = !request.batch().empty() ? rpc::ListOf(request.batch(), kComplaints)
                           : request.open()         ? std::string(kOpenComplaints)
                                                    : std::string(kComplaints);
  ASSIGN_OR_RETURN(const rpc::Page page,
                   rpc::PageOf(call, request, list + "|", request.open() ? "open" : ""));
  v1::ListComplaintsResponse response;
  const kv::Db& db = on.runner->db();
  const std::unique_ptr<kv::Snapshot> snapshot = db.NewSnapshot();
  const std::unique_ptr<kv::Iterator> row = db.NewIterator(rpc::kLists, snapshot.get());
  const auto visit = [&](std::string_view, std::string_view name) -> absl::StatusOr<bool> {
    v1::Complaint complaint;
    ASSIGN_OR_RETURN(const bool found,
                     rpc::FindThing(db, std::string(name), &complaint, nullptr, snapshot.get()));
    if (!found || (request.open() && !domain::IsOpen(complaint))) return false;
    ASSIGN_OR_RETURN(const bool sees, Sees(*on.host.store, *call.caller, complaint));
    if (!sees) return false;
    ASSIGN_OR_RETURN(*response.add_complaints(), Show(on, std::move(complaint), call.now));
    return true;
  };
  ASSIGN_OR_RETURN(*response.mutable_next_page_token(), rpc::VisitPage(page, *row, visit));
  return response;
}

void AddReads(const Complaints& on, rpc::Handlers& handlers) {
  handlers.Query<v1::FollowComplaintRequest, v1::FollowComplaintResponse>(
      "FollowComplaint",
      [on](const Call& call, const auto& request) { return Follow(on, call, request); });
  handlers.Query<v1::ListComplaintsRequest, v1::ListComplaintsResponse>(
      "ListComplaints",
      [on](const Call& call, const auto& request) { return List(on, call, request); });
  handlers.Query<v1::GetComplaintRequest, v1::Complaint>(
      "GetComplaint",
      [on](const Call& call, const auto& request) { return Get(on, call, request); });
  handlers.Query<v1::GetComplaintPhotoRequest, v1::GetComplaintPhotoResponse>(
      "GetComplaintPhoto",
      [on](const Call& call, const auto& request) { return GetPhoto(on, call, request); });
}

void AddDecisions(rpc::Handlers& handlers) {
  const auto nothing_more = [](const auto&, const Recorded&, auto*) {};
  handlers.Command<v1::AcceptComplaintRequest, v1::AcceptComplaintResponse>(
      "AcceptComplaint",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideAcceptComplaint(world, context, request.acceptance());
      },
      nothing_more);
  handlers.Command<v1::RejectComplaintRequest, v1::RejectComplaintResponse>(
      "RejectComplaint",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRejectComplaint(world, context, request.rejection());
      },
      nothing_more);
  handlers.Command<v1::AnswerComplaintRequest, v1::AnswerComplaintResponse>(
      "AnswerComplaint",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideAnswerComplaint(world, context, request.answer());
      },
      nothing_more);
}

}  // namespace

absl::StatusOr<v1::Complaint> FindComplaintOf(store::Store& store, const domain::Caller& caller,
                                              const std::string& person) {
  const auto complaint = domain::ComplaintId::FromId(domain::PersonId::FromName(person).id());
  ASSIGN_OR_RETURN(const auto state, store.Find<domain::ComplaintState>(complaint.name()));
  if (state == nullptr) return domain::NotFound(person);
  ASSIGN_OR_RETURN(const bool sees, Sees(store, caller, state->complaint));
  if (!sees) return domain::NotFound(person);
  return state->complaint;
}

std::unique_ptr<rpc::Handlers> ComplaintHandlers(const rpc::Host& host, index::Runner* runner,
                                                 Vault* vault, std::optional<rpc::SigningKey> key) {
  Complaints on{host, runner, vault, nullptr,
                std::make_shared<ComplaintRetention>(runner, vault, host.clock)};
  if (key.has_value()) on.key = std::make_shared<const rpc::SigningKey>(*std::move(key));
  auto handlers = std::make_unique<rpc::Handlers>(
      v1::Complaint::descriptor()->file()->FindServiceByName("ComplaintService"));
  rpc::WaitForView(runner, handlers.get());
  handlers->Async<v1::FileComplaintRequest, v1::FileComplaintResponse>(
      "FileComplaint", [on](const Call& call, const auto& request, const auto& done) {
        File(on, call, *request, done);
      });
  AddReads(on, *handlers);
  AddDecisions(*handlers);
  return handlers;
}

}  // namespace suyuan::registry
