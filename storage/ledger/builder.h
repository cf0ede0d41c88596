// Turns prepared appends into records, one after the other: the log's next state and the one write
// that makes it durable. Thread-compatible; used by the writer's thread alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"
#include "storage/ledger/heads.h"
#include "storage/ledger/prepare.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {

// Where the log ends.
struct Tip {
  uint64_t size = 0;
  int64_t record_micros = 0;
  Hash leaf_hash{};
  uint16_t schema = 0;
};

class Builder {
 public:
  // `edge` is the tree of `tip.size` leaves; `db` and `heads`, which stands at that size and is
  // advanced with every write, must outlive the builder.
  Builder(const kv::Db* db, Heads* heads, Tip tip, TreeEdge edge);

  // Adds the record of `request`, which must stay where it is until Written(), or refuses it as
  // Client::Append says. Its effects are seen by later calls at once: what was added must be
  // written, or the process must end.
  absl::StatusOr<Appended> Add(const Prepared& request, absl::Time now);

  // Adds a record as another process of this log stored it, if it is what follows: by its place,
  // its chain, its streams' versions and tags, and a request not seen before. FAILED_PRECONDITION:
  // it follows other records than ours. DATA_LOSS: it is no record, or one that no ledger would
  // write; names it. After an error the builder is of no more use.
  absl::Status AddCopy(std::string_view leaf, std::string_view items, const std::string& tag_key);

  // All records added since Written(), over all families.
  kv::WriteBatch& write() { return write_; }
  bool empty() const { return group_.empty(); }
  const Tip& tip() const { return tip_; }
  uint64_t size() const { return tip_.size; }
  std::shared_ptr<const TreeEdge> edge() const { return std::make_shared<TreeEdge>(edge_); }
  // What was added is durable: tells the heads, and forgets it.
  void Written();

 private:
  struct InGroup {
    const Prepared* request;  // Null: a copy.
    Appended appended;
  };

  // With what was added since Written().
  absl::StatusOr<uint64_t> HeadOf(const std::string& stream);
  // The first answer, if this request was appended before, in this group or on disk.
  absl::StatusOr<bool> FindReplay(const Prepared& request, Appended* appended) const;
  // Fills the leaf's links. ABORTED: a stream moved.
  absl::Status CheckStreams(const Prepared& request, Leaf* leaf);
  // The streams of a copy are where its leaf and its terms say.
  absl::Status CheckTerms(const Terms& terms, const Leaf& leaf, const std::string& tag_key);
  // What a record is on disk, apart from its streams' rows.
  Appended Put(const Leaf& leaf, std::string_view items, const std::string& request_key);
  void PutHead(const std::string& stream, uint64_t sequence);

  const kv::Db* const db_;
  Heads* const heads_;
  Tip tip_;
  uint64_t durable_;  // Of the tip's size.
  TreeEdge edge_;
  kv::WriteBatch write_;
  absl::flat_hash_map<std::string, InGroup> group_;   // By request key.
  absl::flat_hash_map<std::string, uint64_t> moved_;  // Where streams stand by what was added.
};

}  // namespace suyuan::ledger
