// What a module sees of the log, whether the log is in its process or not.
//
// The ledger itself implements it (storage/ledger/ledger.h) and so does the gRPC client of a split
// topology (services/ledger/remote_ledger.h); one contract test runs over both.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/ledger/receipt.h"
#include "storage/ledger/record.h"

namespace suyuan::ledger {

// What the record may only be appended under: the stream is still at `version`.
struct Read {
  std::string stream;
  uint64_t version = kAbsent;
};

// A stream the record moves: `expected` absent means any version will do.
struct Write {
  std::string stream;
  std::optional<uint64_t> expected;
};

struct AppendRequest {
  RecordKind kind = RecordKind::kCommand;
  // Scope and request id, e.g. "{party}/{uuid}". A repeated key with the same method and body
  // writes nothing and answers the first record.
  std::string request_key;
  Authorship authorship;
  std::string body;
  std::vector<Read> reads;
  std::vector<Write> writes;
  std::vector<std::string> events;  // Serialised suyuan.event.v1.Event, stored as they are.
  std::optional<Hash> private_root;
  absl::Time decided;  // The `now` the decider was given.
};

struct Appended {
  uint64_t sequence = 0;
  int64_t record_micros = 0;
  Hash leaf_hash{};
  bool replayed = false;  // True: the request was appended before; this is its record.
  Receipt receipt;        // Signed where the ledger has a signer.
};

// How one stream has moved past what the caller knows.
struct StreamTail {
  uint64_t version = kAbsent;  // Of the stream now.
  Records records;             // Those after the caller's version, oldest first.
};

struct Loaded {
  std::vector<StreamTail> streams;            // As asked, in order.
  std::optional<uint64_t> replayed_sequence;  // Where the asked request key stands, if it does.
};

struct TreeHead {
  uint64_t size = 0;
  Hash root{};
};

// What a caller may know of the log as such; fixed at genesis.
struct LogIdentity {
  std::string origin;     // "{name}/{hex of 16 random bytes}": signed into every request.
  std::string ledger_id;  // 4 characters of Crockford base32, the first four of every id.
  bool demo = false;
  int32_t utc_offset_minutes = 480;  // The local day.
};

// Thread-safe.
class Client {
 public:
  virtual ~Client() = default;

  virtual const LogIdentity& identity() const = 0;

  // Answers, for each stream, its version and the records past the version the caller has
  // (kAbsent: all of them). All streams are seen at one durable position. `request_key` may be
  // empty. UNAVAILABLE: the ledger cannot be reached.
  virtual absl::StatusOr<Loaded> Load(const std::vector<StreamVersion>& known,
                                      std::string_view request_key) = 0;

  using AppendCallback = std::function<void(absl::StatusOr<Appended>)>;
  // Appends all events as one record, or nothing. `done` is called exactly once, on a thread of
  // the ledger, and must not block. OK: the record survives power loss.
  // ABORTED: a stream moved: load and decide again.
  // OUT_OF_RANGE: `decided` is more than 5 s from record time: decide again; where it stays so, the
  // author's clock is not the ledger's.
  // ALREADY_EXISTS: the request key stands with another method or body.
  // RESOURCE_EXHAUSTED: the queue is full; nothing was written; retry later.
  // INVALID_ARGUMENT: a limit of record.h is exceeded, or a name is malformed.
  virtual void Append(AppendRequest request, AppendCallback done) = 0;

  // The record at `sequence`. NOT_FOUND past the end. DATA_LOSS: it does not hash to its leaf.
  virtual absl::StatusOr<Record> GetRecord(uint64_t sequence) = 0;

  // Of a record appended before: a receipt of it alone. NOT_FOUND past the end.
  virtual absl::StatusOr<Receipt> GetReceipt(uint64_t sequence) = 0;

  // Durable records from `from` on, whole, until `max_bytes` are exceeded (at least one), at most
  // 1,000. Where there is none yet, waits up to `wait` for one; empty when none came.
  virtual absl::StatusOr<Records> ReadRecords(uint64_t from, size_t max_bytes,
                                              absl::Duration wait) = 0;

  // Ends all waits of ReadRecords, now and from now on: this process stops. The waits at a ledger
  // in another process run out by themselves.
  virtual void EndWaits() {}

  // The durable tree. Proofs follow RFC 6962 2.1.1 and 2.1.2: lists of 32-byte hashes.
  virtual absl::StatusOr<TreeHead> GetTreeHead() = 0;
  // OUT_OF_RANGE: `sequence` ≥ `size`, or `size` past the durable tree.
  virtual absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t sequence, uint64_t size) = 0;
  virtual absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size,
                                                             uint64_t new_size) = 0;
  virtual absl::StatusOr<Hash> RootAt(uint64_t size) = 0;

  // The tree and its leaves as C2SP tlog-tiles cuts them, at a constant cost: from 256 · `index`
  // on, `width` (1 to 256) nodes of height 8 · `level`, or leaves. OUT_OF_RANGE: past the durable
  // tree. NOT_FOUND: past what a ledger in another process has published.
  virtual absl::StatusOr<std::vector<Hash>> LoadTile(int level, uint64_t index, int width) = 0;
  virtual absl::StatusOr<std::vector<std::string>> LoadLeaves(uint64_t index, int width) = 0;
};

}  // namespace suyuan::ledger
