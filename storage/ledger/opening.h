// A ledger is opened for writing in step with its mark (mark.h): by one process, by no copy of its
// directory, and with all that it once had. Internal to storage/ledger.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "storage/ledger/mark.h"
#include "storage/ledger/tiles.h"

namespace suyuan::ledger {

// The meta row `opening`: the last time the ledger was opened under a mark. It is written before
// the mark, so after a crash between the two the mark holds `previous`.
struct Opening {
  uint64_t generation = 0;  // 0: never.
  std::string id = std::string(kMarkIdSize, '\0');
  std::string previous = std::string(kMarkIdSize, '\0');
};
std::string EncodeOpening(const Opening& opening);
// Generation 0 where there is no row. DATA_LOSS: it does not decode.
absl::StatusOr<Opening> LoadOpening(const kv::Db& db);

// FAILED_PRECONDITION, with the first of these that holds as the message's first word:
// MARK_OTHER_LEDGER: the mark is another ledger's. MARK_ROLLED_BACK: an older state stands here
// than was opened last. MARK_COPIED: another copy was opened since. MARK_TAIL_LOST: records that
// were on disk are gone. MARK_FORKED: other records stand where the mark vouches for some.
absl::Status CompareWithMark(const MarkState& mark, const std::string& lineage,
                             const Opening& opening, const Tree& tree);

// As CompareWithMark, for a copy of the log that is to write from now on, and was opened beside no
// mark: what it must hold is what the mark and `followed`, the newest checkpoint that it was shown,
// vouch for. MARK_OTHER_LEDGER, MARK_BEHIND: records are missing, MARK_FORKED.
absl::Status ComparePromoted(const MarkState& mark, const std::string& lineage,
                             const TreeHead& followed, const Tree& tree);

// The first word of a message, and what is done about it: "MARK_… : {what} {what to do}".
absl::Status MarkMissing(const std::string& dir);
absl::Status MarkDamaged(const std::string& dir);
absl::Status MarkInUse(const std::string& dir);
absl::Status MarkPoisoned();
// NOT_A_COPY: a ledger that has a mark is to be opened as a copy. FOLLOWER: the other way round.
absl::Status MarkOfACopy(const std::string& dir);
absl::Status NotPromoted();

}  // namespace suyuan::ledger
