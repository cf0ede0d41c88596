#include "services/recall/recall.h"

#include <algorithm>
#include <utility>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "services/recall/message.h"
#include "services/recall/projection.h"
#include "services/recall/scope.h"
#include "services/rpc/listing.h"
#include "services/rpc/view.h"
#include "services/rpc/waiting.h"
#include "storage/base/status.h"

namespace suyuan::recall {
namespace {

using domain::Context;
using domain::World;
using rpc::Call;
using rpc::Recorded;

// Whether a descendant of the roots is in scope. Nothing stops for a drill: what was made of them
// while it was open is of it, and stands in no record of its.
bool InScope(const domain::RecallState& state, const v1::Batch& batch) {
  return state.claim.drill() || state.scope.contains(batch.name());
}

class Recall final : public rpc::Module {
 public:
  Recall(const rpc::Host& host, rpc::SigningKey system_key)
      : host_(host),
        extender_(host, std::move(system_key)),
        completion_(&extender_),
        handlers_(v1::Recall::descriptor()->file()->FindServiceByName("RecallService")) {
    AddCommands();
    AddReads();
  }
  ~Recall() override { extender_.Stop(); }

  absl::Status Open() {
    ASSIGN_OR_RETURN(lists_runner_, rpc::StartView(host_, &lists_));
    ASSIGN_OR_RETURN(completion_runner_, rpc::StartView(host_, &completion_, "completion"));
    rpc::WaitForView(lists_runner_.get(), &handlers_);
    return absl::OkStatus();
  }
  absl::Status Start() override {
    if (!host_.read_only) extender_.Start();  // Of a copy, its leader's completes the scopes.
    return absl::OkStatus();
  }
  std::vector<const rpc::Handlers*> services() const override { return {&handlers_}; }

 private:
  void AddCommands();
  void AddReads();
  absl::StatusOr<Scope> FirstScope(const claim::v1::Recall& claim) const;
  absl::StatusOr<v1::ListRecallsResponse> List(const Call& call,
                                               const v1::ListRecallsRequest& request) const;
  // What the signature that closed it is worth, and so whether it is closed.
  absl::Status JudgeClosure(v1::Recall* recall) const;
  absl::StatusOr<rpc::Generator<v1::TraceNode>> Stream(
      const domain::Caller& caller, const v1::StreamRecallScopeRequest& request) const;
  absl::StatusOr<std::shared_ptr<const domain::RecallState>> Get(const std::string& name) const;

  const rpc::Host host_;
  Extender extender_;
  RecallProjection lists_;
  CompletionProjection completion_;
  std::unique_ptr<index::Runner> lists_runner_;
  std::unique_ptr<index::Runner> completion_runner_;
  rpc::Handlers handlers_;
};

void Recall::AddCommands() {
  handlers_
      .CommandWith<v1::OpenRecallRequest, v1::OpenRecallResponse, Scope>(
          "OpenRecall",
          [this](const Call&, const v1::OpenRecallRequest& request) {
            return FirstScope(request.recall());
          },
          [](World& world, Context& context, const auto& request, const Scope& scope) {
            return domain::DecideOpenRecall(world, context, request.recall(), scope.batches,
                                            scope.as_of_size);
          },
          [](const auto&, const Recorded& recorded, auto* response) {
            response->set_recall(recorded.events[0].recall_opened().recall());
            response->set_as_of_size(recorded.events[0].recall_opened().as_of_size());
          })
      .then = [this](const Call&, const auto&, const Recorded& recorded) {
    const absl::Status complete =
        completion_runner_->WaitFor(recorded.appended.sequence + 1, kCompleteWait);
    return complete.ok() ? complete : domain::Error(v1::REASON_BUSY);
  };
  handlers_.Command<v1::CloseRecallRequest, v1::CloseRecallResponse>(
      "CloseRecall",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideCloseRecall(world, context, request.closure());
      },
      [](const auto&, const Recorded&, auto*) {});
}

void Recall::AddReads() {
  handlers_.Query<v1::GetRecallRequest, v1::Recall>(
      "GetRecall",
      [this](const Call&, const v1::GetRecallRequest& request) -> absl::StatusOr<v1::Recall> {
        ASSIGN_OR_RETURN(const auto state, Get(request.name()));
        v1::Recall recall = MessageOf(*state);
        RETURN_IF_ERROR(JudgeClosure(&recall));
        return recall;
      });
  handlers_.Query<v1::ListRecallsRequest, v1::ListRecallsResponse>(
      "ListRecalls", [this](const Call& call, const v1::ListRecallsRequest& request) {
        return List(call, request);
      });
  handlers_.Stream<v1::StreamRecallScopeRequest, v1::TraceNode>(
      "StreamRecallScope", [this](const Call& call, const v1::StreamRecallScopeRequest& request) {
        return Stream(*call.caller, request);
      });
}

absl::StatusOr<std::shared_ptr<const domain::RecallState>> Recall::Get(
    const std::string& name) const {
  ASSIGN_OR_RETURN(auto state, host_.store->Find<domain::RecallState>(name));
  if (state == nullptr) return domain::NotFound(name);
  return state;
}

absl::StatusOr<Scope> Recall::FirstScope(const claim::v1::Recall& claim) const {
  ASSIGN_OR_RETURN(const ledger::TreeHead head, host_.log->GetTreeHead());
  absl::StatusOr<Scope> scope =
      LoadScope(*host_.router, ScopeRequest(claim.batches(), head.size - 1),
                domain::kRecallScopeMax, [](const std::string&) { return true; });
  // A recall waits for no view: its batches and products stop, and completion finds the rest. Nor
  // does a drill: it is to show what a recall would do.
  if (Passing(scope.status())) return Scope();
  return scope;
}

absl::StatusOr<v1::ListRecallsResponse> Recall::List(const Call& call,
                                                     const v1::ListRecallsRequest& request) const {
  const std::string list = ListOfKind(request.kind()) + "|";
  ASSIGN_OR_RETURN(const rpc::Page page,
                   rpc::PageOf(call, request, list, request.open() ? "open" : ""));
  const kv::Db& db = lists_runner_->db();
  const std::unique_ptr<kv::Snapshot> snapshot = db.NewSnapshot();
  const std::unique_ptr<kv::Iterator> row = db.NewIterator(rpc::kLists, snapshot.get());
  v1::ListRecallsResponse response;
  const auto add = [&](std::string_view, std::string_view name) -> absl::StatusOr<bool> {
    v1::Recall recall;
    ASSIGN_OR_RETURN(const bool found,
                     rpc::FindThing(db, std::string(name), &recall, nullptr, snapshot.get()));
    if (!found) return absl::DataLossError("a list leads to no recall");
    RETURN_IF_ERROR(JudgeClosure(&recall));
    if (request.open() && recall.closed()) return false;
    *response.add_recalls() = std::move(recall);
    return true;
  };
  ASSIGN_OR_RETURN(*response.mutable_next_page_token(), rpc::VisitPage(page, *row, add));
  return response;
}

absl::Status Recall::JudgeClosure(v1::Recall* recall) const {
  if (!recall->closed()) return absl::OkStatus();
  const std::string& key = recall->close_key();
  ASSIGN_OR_RETURN(const v1::Standing standing, host_.store->Read({}, [&](World& world) {
    return domain::FindStanding(world, key, domain::TimeOf(recall->close_time()));
  }));
  recall->set_close_standing(standing);
  recall->set_closed(standing != v1::STANDING_DISPUTED);
  return absl::OkStatus();
}

// What was made of the roots, as of now, and is in scope. It must be all of the scope: a node that
// does not come is told, never left out in silence.
absl::StatusOr<rpc::Generator<v1::TraceNode>> Recall::Stream(
    const domain::Caller& caller, const v1::StreamRecallScopeRequest& request) const {
  ASSIGN_OR_RETURN(const auto state, Get(request.recall()));
  // Where its goods went is the business of whose case it is, and of who supervises all.
  if (state->party != caller.party.name() && !domain::SeesLedger(caller)) {
    return domain::NotFound(request.recall());
  }
  // Nobody sees of one: it must not become a window on other counties' goods that stays open.
  ASSIGN_OR_RETURN(const bool open, host_.store->Read({}, [&](World& world) {
    return domain::RecallIsOpen(world, *state);
  }));
  if (state->claim.drill() && !open) return domain::Error(v1::REASON_RECALL_CLOSED);
  ASSIGN_OR_RETURN(const ledger::TreeHead head, host_.log->GetTreeHead());
  rpc::Incoming ask;
  ask.method = kStreamScope;
  ask.body = ScopeRequest(state->claim.batches(), head.size - 1).SerializeAsString();
  ask.internal = true;
  ASSIGN_OR_RETURN(rpc::Source source,
                   rpc::WaitFor<absl::StatusOr<rpc::Source>>([&](rpc::Opened opened) {
                     host_.router->Open(std::move(ask), std::move(opened));
                   }));
  // Shared by the copies of the generator.
  auto left = std::make_shared<size_t>(state->scope.size());
  return rpc::Generator<v1::TraceNode>(
      [state, source, left]() -> absl::StatusOr<std::unique_ptr<v1::TraceNode>> {
        auto node = std::make_unique<v1::TraceNode>();
        do {
          ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                           rpc::WaitFor<absl::StatusOr<std::optional<std::string>>>(source));
          if (!bytes.has_value()) {
            if (*left == 0) return std::unique_ptr<v1::TraceNode>();
            return absl::DataLossError("the trace view lacks batches of a recall's scope");
          }
          if (!node->ParseFromString(*bytes)) {
            return absl::DataLossError("an answer cannot be read");
          }
        } while (!InScope(*state, node->batch()));
        *left -= state->scope.contains(node->batch().name());
        return node;
      });
}

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::Module>> MakeRecall(const rpc::Host& host,
                                                        rpc::SigningKey system_key) {
  auto recall = std::make_unique<Recall>(host, std::move(system_key));
  RETURN_IF_ERROR(recall->Open());
  return recall;
}

}  // namespace suyuan::recall
