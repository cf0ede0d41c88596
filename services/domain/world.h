// What a decider sees: the states of streams, as folded from the log. A decider asks for what it
// needs; what it asked for becomes what its append is conditional on.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::domain {

struct EventAt {
  const event::v1::Event& event;
  uint64_t sequence = 0;
  int index = 0;
  absl::Time record_time;
};

// The fold of one stream. A record may hold events of other streams too: Apply ignores them.
class StreamState {
 public:
  virtual ~StreamState() = default;
  virtual void Apply(const EventAt& at) = 0;
  virtual std::shared_ptr<StreamState> Clone() const = 0;
};

// The empty state of the kind of stream `name` is ("batches/…", "holdings/{batch}/{site}", …); null
// for a name of no kind.
std::shared_ptr<StreamState> NewState(std::string_view name);

// A stream as loaded: at version kAbsent the state is null.
struct LoadedStream {
  uint64_t version = 0;
  std::shared_ptr<const StreamState> state;
};
using LoadedStreams = absl::flat_hash_map<std::string, LoadedStream>;

// Thread-compatible; one attempt of one decision.
class World {
 public:
  explicit World(const LoadedStreams* loaded) : loaded_(loaded) {}

  // The state of a stream, or null where the stream has no record. An error only means that the
  // stream is not loaded yet: return it, and the decision is taken again with it loaded.
  template <typename State>
  absl::StatusOr<const State*> Find(const std::string& stream) {
    const LoadedStream* loaded = nullptr;
    if (absl::Status status = Touch(stream, &loaded); !status.ok()) return status;
    return static_cast<const State*>(loaded->state.get());
  }

  // Asks for many streams at once, so that a decision over 500 rows loads once, not 500 times.
  absl::Status Want(const std::vector<std::string>& streams);

  // The decision moves this stream, which it has found: the append expects its present version.
  void Write(const std::string& stream);

  // What the attempt asked for and did not have; empty: the decision is final.
  const std::vector<std::string>& missing() const { return missing_; }
  // Streams found, by name, true where written.
  const std::map<std::string, bool>& touched() const { return touched_; }

 private:
  absl::Status Touch(const std::string& stream, const LoadedStream** loaded);
  const LoadedStreams* loaded_;
  std::vector<std::string> missing_;
  std::map<std::string, bool> touched_;
};

}  // namespace suyuan::domain
