// Runs deciders against streams folded in memory, as the store does against the ledger: real
// deciders, real folds, and the version check that the ledger would do.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states.h"
#include "services/domain/time.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::test {

MATCHER_P(Fails, reason, "is refused with " + v1::Reason_Name(reason)) {
  *result_listener << StatusOf(arg);
  return domain::ReasonOf(StatusOf(arg)) == reason;
}

class DomainWorld {
 public:
  static constexpr int kRoundsMax = 8;  // Of the store's 20.
  // A decision taken, with what it is conditional on; not applied yet.
  struct Attempt {
    domain::Caller caller;
    domain::Decision events;
    std::vector<std::pair<std::string, uint64_t>> versions;  // As found.
    std::vector<std::string> writes;
  };
  template <typename Decide>
  absl::StatusOr<Attempt> Try(const domain::Caller& caller, Decide decide) {
    const std::string request = absl::StrFormat("00000000-0000-4000-8000-%012d", next_request_++);
    for (int rounds = 1; true; ++rounds) {
      // A plural command loads its streams together, not each in a round of its own.
      EXPECT_LE(rounds, kRoundsMax) << "the decision asks for one stream after the other";
      domain::World world(&streams_);
      domain::Context context;
      context.caller = caller;
      context.now = clock_.Now();
      context.ledger_id = "T3ST";
      context.request_id = request;
      domain::Decided decided = decide(world, context);
      if (!world.missing().empty()) {
        for (const std::string& stream : world.missing()) {
          streams_.emplace(stream, domain::LoadedStream{~uint64_t{0}, nullptr});
        }
        continue;
      }
      if (!decided.ok()) return decided.status();
      Attempt attempt{caller, *std::move(decided), {}, {}};
      for (const auto& [stream, written] : world.touched()) {
        attempt.versions.emplace_back(stream, streams_.at(stream).version);
        if (written) attempt.writes.push_back(stream);
      }
      return attempt;
    }
  }

  // ABORTED where a stream moved since the attempt, as the ledger answers.
  absl::Status Append(Attempt attempt) {
    for (const auto& [stream, version] : attempt.versions) {
      if (streams_.at(stream).version != version) return absl::AbortedError("a stream moved");
    }
    const uint64_t sequence = next_sequence_++;
    for (const std::string& stream : attempt.writes) {
      domain::LoadedStream& loaded = streams_.at(stream);
      std::shared_ptr<domain::StreamState> state =
          loaded.state ? loaded.state->Clone() : domain::NewState(stream);
      SUYUAN_CHECK(state != nullptr);
      for (size_t i = 0; i < attempt.events.size(); ++i) {
        attempt.events[i].set_actor_party(attempt.caller.party.name());
        attempt.events[i].set_actor_member(attempt.caller.member.name());
        state->Apply({attempt.events[i], sequence, static_cast<int>(i), clock_.Now()});
      }
      loaded = {sequence, std::move(state)};
    }
    return absl::OkStatus();
  }

  template <typename Decide>
  absl::StatusOr<domain::Decision> Run(const domain::Caller& caller, Decide decide) {
    absl::StatusOr<Attempt> attempt = Try(caller, decide);
    if (!attempt.ok()) return attempt.status();
    domain::Decision events = attempt->events;
    if (absl::Status status = Append(*std::move(attempt)); !status.ok()) return status;
    return events;
  }

  template <typename State>
  const State* Find(const std::string& stream) const {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? nullptr : static_cast<const State*>(found->second.state.get());
  }
  int64_t Available(const std::string& batch, const std::string& site) const {
    const auto* holding = Find<domain::HoldingState>(domain::HoldingStream(batch, site));
    return holding == nullptr ? 0 : holding->available;
  }
  const domain::LoadedStreams& streams() const { return streams_; }
  FakeClock& clock() { return clock_; }
  claim::v1::When Now() const {
    claim::v1::When when;
    *when.mutable_time() = domain::StampOf(clock_.Now());
    return when;
  }

 private:
  FakeClock clock_;
  domain::LoadedStreams streams_;
  int next_request_ = 1;
  uint64_t next_sequence_ = 0;
};

}  // namespace suyuan::test
