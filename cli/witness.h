// A witness of other logs: cosigns a checkpoint if it continues all it has seen of that log, so
// that the log cannot show two people two histories. C2SP tlog-witness, without sign-subtree.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/http/server.h"
#include "services/rpc/keys.h"
#include "services/tlog/note.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"

namespace suyuan::cli {

struct WitnessOptions {
  std::string name;               // Of the witness: a key name without blanks or '+'.
  rpc::SigningKey key;            // Ed25519, of this witness alone.
  std::vector<std::string> logs;  // Verifier keys of the logs it knows; the name is the origin.
  std::string dir;                // Keeps the latest checkpoint of each log; made where needed.
  const Clock* clock = nullptr;   // Must outlive the witness.
};

// Thread-safe. What it has cosigned is on disk before it is answered.
class Witness {
 public:
  // INVALID_ARGUMENT: a name or verifier key that is none. DATA_LOSS: a kept checkpoint is not one
  // of its log.
  static absl::StatusOr<std::unique_ptr<Witness>> Open(WitnessOptions options);

  // POST add-checkpoint: 200 and a cosignature; 400 malformed; 403 not signed by the log's key; 404
  // an unknown log; 409 another old size than the one it has, which is the body; 422 the checkpoint
  // does not continue what it has; 500 it could not be kept.
  // GET {hex SHA-256(origin)}/checkpoint: the latest it has cosigned. Blocks for a disk sync.
  http::Response Handle(const http::Request& request);

  std::string verifier_key() const;

 private:
  struct Log {
    tlog::VerifierKey key;
    std::string file;
    std::string note;  // The latest, with our cosignature; empty: none yet.
  };

  explicit Witness(WitnessOptions options) : options_(std::move(options)) {}
  absl::Status AddLog(const std::string& verifier_key);
  http::Response AddCheckpoint(std::string_view body);

  const WitnessOptions options_;
  Mutex mutex_;
  std::map<std::string, Log> logs_ ABSL_GUARDED_BY(mutex_);  // By origin.
};

}  // namespace suyuan::cli
