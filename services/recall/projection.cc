#include "services/recall/projection.h"

#include "services/domain/states.h"
#include "services/recall/message.h"
#include "services/rpc/listing.h"
#include "services/store/fold_cache.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"

namespace suyuan::recall {
namespace {

using event::v1::Event;

void Open(const domain::EventAt& at, kv::WriteBatch& write) {
  domain::RecallState state(at.event.recall_opened().recall());
  state.Apply(at);
  const std::string position = rpc::NewestFirst(at.sequence, at.index);
  rpc::PutThing(write, state.stream(), position, MessageOf(state));
  rpc::AddToList(write, kAll, position, state.stream());
  rpc::AddToList(write, kOpen, position, state.stream());
}

absl::Status Change(const Event& event, const kv::Db& db, kv::WriteBatch& write) {
  const std::string& name = event.has_recall_extended() ? event.recall_extended().recall()
                                                        : event.recall_closed().claim().recall();
  v1::Recall recall;
  std::string position;
  ASSIGN_OR_RETURN(const bool found, rpc::FindThing(db, name, &recall, &position));
  if (!found) return absl::DataLossError("a recall changes that was never opened: " + name);
  if (event.has_recall_extended()) {
    recall.set_scope_count(recall.scope_count() + event.recall_extended().scope_size());
    recall.set_complete(recall.complete() || event.recall_extended().complete());
  } else {
    recall.set_closed(true);
    recall.set_outcome(event.recall_closed().claim().outcome());
    rpc::RemoveFromList(write, kOpen, position);
  }
  rpc::PutThing(write, name, position, recall);
  return absl::OkStatus();
}

}  // namespace

std::vector<kv::Family> RecallProjection::families() const { return rpc::ListingFamilies(); }

absl::Status RecallProjection::Apply(const ledger::Record& record, const kv::Db& db,
                                     kv::WriteBatch& write) {
  ASSIGN_OR_RETURN(const std::vector<Event> events, store::ParseEvents(record));
  int index = 0;
  for (const Event& event : events) {
    const domain::EventAt at{event, record.leaf.sequence, index++,
                             FromMicros(record.leaf.record_micros)};
    if (event.has_recall_opened()) {
      Open(at, write);
    } else if (event.has_recall_extended() || event.has_recall_closed()) {
      RETURN_IF_ERROR(Change(event, db, write));
    }
  }
  return absl::OkStatus();
}

absl::Status CompletionProjection::Apply(const ledger::Record& record, const kv::Db&,
                                         kv::WriteBatch&) {
  ASSIGN_OR_RETURN(const std::vector<Event> events, store::ParseEvents(record));
  for (const Event& event : events) {
    if (!event.has_recall_opened()) continue;
    RETURN_IF_ERROR(extender_->Complete(event.recall_opened().recall(), record.leaf.sequence));
  }
  return absl::OkStatus();
}

}  // namespace suyuan::recall
