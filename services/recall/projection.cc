#include "services/recall/projection.h"

#include "services/domain/states.h"
#include "services/recall/message.h"
#include "services/rpc/listing.h"
#include "services/store/events.h"
#include "storage/base/status.h"

namespace suyuan::recall {
namespace {

using event::v1::Event;

void Open(const domain::EventAt& at, index::Rows& rows) {
  domain::RecallState state(at.event.recall_opened().recall());
  state.Apply(at);
  const v1::Recall recall = MessageOf(state);
  const std::string position = rpc::NewestFirst(at.sequence, at.index);
  rpc::PutThing(rows, recall.name(), position, recall);
  rpc::AddToList(rows, ListOfKind(recall.kind()), position, recall.name());
}

absl::Status Change(const domain::EventAt& at, index::Rows& rows) {
  const Event& event = at.event;
  const std::string& name = event.has_recall_extended() ? event.recall_extended().recall()
                                                        : event.recall_closed().claim().recall();
  v1::Recall recall;
  std::string position;
  ASSIGN_OR_RETURN(const bool found, rpc::FindThing(rows, name, &recall, &position));
  if (!found) return absl::DataLossError("a recall changes that was never opened: " + name);
  if (event.has_recall_extended()) {
    recall.set_scope_count(recall.scope_count() + event.recall_extended().scope_size());
    recall.set_complete(recall.complete() || event.recall_extended().complete());
  } else {
    recall.set_closed(true);
    recall.set_outcome(event.recall_closed().claim().outcome());
    recall.set_close_key(event.recall_closed().key());
    *recall.mutable_close_time() = domain::StampOf(at.record_time);
  }
  rpc::PutThing(rows, name, position, recall);
  return absl::OkStatus();
}

}  // namespace

std::string ListOfKind(v1::RecallKind kind) {
  return kind == v1::RECALL_KIND_DRILL ? rpc::ListOf(v1::RecallKind_Name(kind), "all") : "all";
}

std::vector<kv::Family> RecallProjection::families() const { return rpc::ListingFamilies(); }

absl::Status RecallProjection::Apply(const ledger::Record& record, index::Rows& rows) {
  return store::ForEachEvent(record, [&rows](const domain::EventAt& at) {
    if (at.event.has_recall_opened()) Open(at, rows);
    if (at.event.has_recall_extended() || at.event.has_recall_closed()) {
      return Change(at, rows);
    }
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
