#include "services/recall/projection.h"

#include "services/domain/states_identity.h"
#include "services/recall/message.h"
#include "services/rpc/listing.h"
#include "services/store/events.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::recall {
namespace {

using event::v1::Event;

void Open(const domain::EventAt& at, index::Rows& rows) {
  domain::RecallState state(at.event.recall_opened().recall());
  state.Apply(at);
  const v1::Recall recall = MessageOf(state, v1::STANDING_UNSPECIFIED);
  const std::string position = rpc::NewestFirst(at.sequence, at.index);
  rpc::PutThing(rows, recall.name(), position, recall);
  for (const bool open : {false, true}) {
    rpc::AddToList(rows, ListOfKind(recall.kind(), open), position, recall.name());
  }
}

void Put(const v1::Recall& recall, std::string_view position, index::Rows& rows) {
  const std::string open = ListOfKind(recall.kind(), /*open=*/true);
  if (recall.closed()) {
    rpc::RemoveFromList(rows, open, position);
  } else {
    rpc::AddToList(rows, open, position, recall.name());
  }
  rpc::PutThing(rows, recall.name(), position, recall);
}

// The recalls that a key has closed, by name: what its signature is worth may change.
std::string ClosedByKey(std::string_view key) { return StrCat("closed-by|", key); }

event::v1::Inheritance ClosedBy(const std::string& key, const index::Rows& rows) {
  event::v1::Inheritance closed;
  const auto row = rows.Get(rpc::kListedThings, ClosedByKey(key));
  if (row.ok()) closed.ParseFromString(*row);
  return closed;
}

absl::Status Get(const std::string& name, const index::Rows& rows, v1::Recall* recall,
                 std::string* position) {
  ASSIGN_OR_RETURN(const bool found, rpc::FindThing(rows, name, recall, position));
  return found ? absl::OkStatus()
               : absl::DataLossError("a recall changes that was never opened: " + name);
}

absl::Status Extend(const event::v1::RecallExtended& extended, index::Rows& rows) {
  v1::Recall recall;
  std::string position;
  RETURN_IF_ERROR(Get(extended.recall(), rows, &recall, &position));
  recall.set_scope_count(recall.scope_count() + extended.scope_size());
  recall.set_complete(recall.complete() || extended.complete());
  rpc::PutThing(rows, recall.name(), position, recall);
  return absl::OkStatus();
}

absl::Status Close(const domain::EventAt& at, index::Rows& rows) {
  const event::v1::RecallClosed& closed = at.event.recall_closed();
  v1::Recall recall;
  std::string position;
  RETURN_IF_ERROR(Get(closed.claim().recall(), rows, &recall, &position));
  recall.set_outcome(closed.claim().outcome());
  recall.set_close_key(closed.key());
  *recall.mutable_close_time() = domain::StampOf(at.record_time);
  SetClosure(v1::STANDING_VALID, &recall);
  Put(recall, position, rows);
  event::v1::Inheritance all = ClosedBy(closed.key(), rows);
  all.add_recalls(recall.name());
  rows.Put(rpc::kListedThings, ClosedByKey(closed.key()), all.SerializeAsString());
  return absl::OkStatus();
}

// What became of a key, and so of what it closed: `judge` answers the new standing of a closure.
template <typename Judge>
absl::Status JudgeClosures(const std::string& key, index::Rows& rows, Judge judge) {
  const event::v1::Inheritance closed = ClosedBy(key, rows);
  for (const std::string& name : closed.recalls()) {
    v1::Recall recall;
    std::string position;
    RETURN_IF_ERROR(Get(name, rows, &recall, &position));
    if (recall.close_key() != key) continue;  // Closed anew by another.
    SetClosure(judge(recall), &recall);
    Put(recall, position, rows);
  }
  return absl::OkStatus();
}

absl::Status Judge(const Event& event, index::Rows& rows) {
  if (const claim::v1::KeyRevocation* revocation = domain::RevocationIn(event)) {
    return JudgeClosures(revocation->key(), rows, [&](const v1::Recall& recall) {
      return domain::StandingOf(revocation, {}, domain::TimeOf(recall.close_time()));
    });
  }
  const claim::v1::Attestation& attested = event.change_approved().what().attestation();
  return JudgeClosures(attested.key(), rows, [&](const v1::Recall& recall) {
    const bool disputed = recall.close_standing() == v1::STANDING_DISPUTED;
    return disputed && domain::Attests(attested, domain::TimeOf(recall.close_time()))
               ? v1::STANDING_ATTESTED
               : recall.close_standing();
  });
}

}  // namespace

std::string ListOfKind(v1::RecallKind kind, bool open) {
  const char* list = open ? "open" : "all";
  return kind == v1::RECALL_KIND_DRILL ? rpc::ListOf(v1::RecallKind_Name(kind), list) : list;
}

std::vector<kv::Family> RecallProjection::families() const { return rpc::ListingFamilies(); }

absl::Status RecallProjection::Apply(const ledger::Record& record, index::Rows& rows) {
  return store::ForEachEvent(record, [&rows](const domain::EventAt& at) {
    if (at.event.has_recall_opened()) Open(at, rows);
    if (at.event.has_recall_extended()) return Extend(at.event.recall_extended(), rows);
    if (at.event.has_recall_closed()) return Close(at, rows);
    if (at.event.has_key_revoked() || at.event.has_change_approved()) return Judge(at.event, rows);
    return absl::OkStatus();
  });
}

absl::Status CompletionProjection::Apply(const ledger::Record& record, index::Rows&) {
  return store::ForEachEvent(record, [this](const domain::EventAt& at) {
    // A drill holds nothing that would have to go on: no recall waits behind it.
    const event::v1::RecallOpened& opened = at.event.recall_opened();
    if (!at.event.has_recall_opened() || opened.claim().drill()) return absl::OkStatus();
    return extender_->Complete(opened.recall(), at.sequence);
  });
}

}  // namespace suyuan::recall
