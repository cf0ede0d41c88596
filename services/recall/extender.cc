#include "services/recall/extender.h"

#include <algorithm>
#include <utility>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/recall/scope.h"
#include "services/rpc/system_act.h"
#include "services/rpc/waiting.h"
#include "storage/base/status.h"

namespace suyuan::recall {
namespace {

constexpr char kMethod[] = "/suyuan.v1.RecallService/ExtendRecall";  // Of the record, not served.
constexpr absl::Duration kPause = absl::Milliseconds(100);

}  // namespace

void Extender::Start() {
  MutexLock lock(&mutex_);
  if (state_ == State::kWaiting) state_ = State::kStarted;
}

void Extender::Stop() {
  MutexLock lock(&mutex_);
  state_ = State::kStopped;
}

bool Extender::stopped() const {
  MutexLock lock(&mutex_);
  return state_ == State::kStopped;
}

absl::Status Extender::Complete(const std::string& recall, uint64_t sequence) {
  {
    MutexLock lock(&mutex_);
    mutex_.Await([this]()
                     ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return state_ != State::kWaiting; });
  }
  while (!stopped()) {
    const absl::Status tried = Try(recall, sequence);
    if (!Passing(tried)) return tried;
    MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(
        [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return state_ == State::kStopped; },
        kPause);
  }
  return absl::CancelledError("a recall's scope is completed at the next start");
}

absl::Status Extender::Try(const std::string& recall, uint64_t sequence) {
  ASSIGN_OR_RETURN(const auto state, host_.store->Find<domain::RecallState>(recall));
  if (state == nullptr) return domain::NotFound(recall);
  if (state->closed || state->complete) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const Scope missing,
      LoadScope(*host_.router, ScopeRequest(state->claim.batches(), sequence), SIZE_MAX,
                [&](const std::string& batch) { return !state->scope.contains(batch); }));
  auto batch = missing.batches.begin();
  do {
    event::v1::RecallExtended proposal;
    proposal.set_recall(recall);
    proposal.set_as_of_size(static_cast<int64_t>(missing.as_of_size));
    for (size_t i = 0; i < domain::kRecallScopeMax && batch != missing.batches.end(); ++i) {
      proposal.add_scope(*batch++);
    }
    proposal.set_complete(batch == missing.batches.end());
    RETURN_IF_ERROR(Extend(proposal));
  } while (batch != missing.batches.end());
  return absl::OkStatus();
}

absl::Status Extender::Extend(const event::v1::RecallExtended& proposal) {
  store::Command command = rpc::SystemAct(host_, key_, kMethod, proposal);
  command.decide = [&proposal](domain::World& world, domain::Context& context) {
    return domain::DecideExtendRecall(
        world, context, proposal.recall(), {proposal.scope().begin(), proposal.scope().end()},
        static_cast<uint64_t>(proposal.as_of_size()), proposal.complete());
  };
  // No events: it is done already, or the recall was closed meanwhile.
  return rpc::WaitFor<absl::StatusOr<store::Outcome>>(
             [&](auto done) { host_.store->Update(std::move(command), std::move(done)); })
      .status();
}

}  // namespace suyuan::recall
