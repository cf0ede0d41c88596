// Load, decide, append: the only way a command reaches the log.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/domain/world.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/ledger/client.h"

namespace suyuan::store {

// What a command is, apart from its decision.
struct Command {
  domain::Caller caller;  // Of a member: found again at each attempt.
  rules::v1::Permission permission = rules::v1::PERMISSION_UNSPECIFIED;  // That a member needs.
  std::string request_id;
  ledger::RecordKind kind = ledger::RecordKind::kCommand;
  ledger::Authorship authorship;
  std::string body;  // Exact bytes received.
  std::function<absl::StatusOr<domain::Decision>(domain::World&, domain::Context&)> decide;
};

struct Outcome {
  ledger::Appended appended;
  std::vector<event::v1::Event> events;  // Of the record, parsed.
};

// Runs a task on some pool; false: it is full.
using Executor = std::function<bool(std::function<void()>)>;

// Thread-safe. Keeps folds of recently used streams (bounded), and brings them up to date with the
// ledger at every load, so that a decision sees all that is durable.
class Store {
 public:
  // `client`, `clock` must outlive the store. `waiting_max`: commands that wait for another one on
  // a stream they write.
  Store(ledger::Client* client, const Clock* clock, Executor executor, size_t waiting_max = 4096);
  ~Store();  // Drains.

  // Loads the caller's key, member, party and grant streams (of a module, its key's; of a newcomer,
  // none) with whatever the decision asks for, checks that the caller may act as of these versions:
  // KEY_UNKNOWN, KEY_REVOKED, PARTY_SUSPENDED, NOT_ALLOWED; decides, appends. Commands that write
  // a stream in common run one after the other; REASON_QUEUE_FULL where too many wait. Where a
  // stream moved or the queue was long decides again, at most 5 times, then REASON_BUSY, or
  // REASON_CLOCKS where the decision's time is still not the ledger's. A repeated request id is
  // answered from its record. `done` is called exactly once, on any thread.
  void Update(Command command, std::function<void(absl::StatusOr<Outcome>)> done);
  // Waits until every command is done with and its `done` has returned, for which the executor may
  // refuse tasks but must not lose one.
  void Drain();

  // The state of a stream as of now; null: it has no record. Blocks on the ledger.
  template <typename State>
  absl::StatusOr<std::shared_ptr<const State>> Find(const std::string& stream) {
    absl::StatusOr<domain::LoadedStream> loaded = LoadOne(stream);
    if (!loaded.ok()) return loaded.status();
    return std::static_pointer_cast<const State>(loaded->state);
  }

  // What `ask` finds in streams as of now: `ask(World&)` → absl::StatusOr<T>. Blocks on the ledger.
  // `streams`: what it will ask for, as far as that is known.
  template <typename Ask>
  auto Read(std::vector<std::string> streams, Ask ask)
      -> decltype(ask(std::declval<domain::World&>())) {
    for (int round = 0; round < kRoundsMax; ++round) {
      absl::StatusOr<domain::LoadedStreams> loaded = Load(streams);
      if (!loaded.ok()) return loaded.status();
      domain::World world(&*loaded);
      auto found = ask(world);
      if (world.missing().empty()) return found;
      streams.insert(streams.end(), world.missing().begin(), world.missing().end());
    }
    return absl::InternalError("a question that never settles");
  }

  ledger::Client* client() const;
  const Clock* clock() const;

 private:
  static constexpr int kRoundsMax = 20;  // Loads of one decision: more never settles.
  absl::StatusOr<domain::LoadedStream> LoadOne(const std::string& stream);
  absl::StatusOr<domain::LoadedStreams> Load(const std::vector<std::string>& streams);
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::store
