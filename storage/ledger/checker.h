// Reads what was appended again from the store, as a stranger would, before anything is signed over
// it: one bit that flips between an append and its leaf hash would else be signed for ever.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "storage/ledger/client.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {

// Keeps a tree of its own, made from the stored rows alone. Thread-compatible.
class Checker {
 public:
  // `db` must outlive the checker. Begins behind `head`, which was checked before; an empty one is
  // the beginning. DATA_LOSS: the store has another root at that size.
  static absl::StatusOr<Checker> Start(const kv::Db* db, const TreeHead& head);

  // Reads the records up to `size`, which must be stored: each leaf is in its place, follows the
  // one before it, and its items hash to its content root; each tile that they fill is stored as
  // they hash. The head is of the checker's own tree. DATA_LOSS names the record or tile; then the
  // checker is of no more use.
  absl::StatusOr<TreeHead> Advance(uint64_t size);

  uint64_t size() const { return edge_.size(); }

 private:
  Checker(const kv::Db* db, TreeEdge edge) : db_(db), edge_(std::move(edge)) {}
  absl::Status Check(std::string_view leaf, std::string_view items);

  const kv::Db* db_;
  TreeEdge edge_;
  Hash last_leaf_{};
  int64_t last_micros_ = 0;
  std::vector<Hash> item_hashes_;  // Of the record being read.
};

}  // namespace suyuan::ledger
