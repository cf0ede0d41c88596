#include "storage/ledger/opening.h"

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr std::string_view kDoNotServe =
    "Do not serve from it: who has a later receipt or checkpoint can prove the difference. Put the "
    "newest state in its place; only if there is none, start with --accept-mark REASON, which "
    "writes an operator's note into the log.";

absl::Status Refuse(std::string_view code, std::string_view what, std::string_view remedy) {
  return absl::FailedPreconditionError(StrCat(code, ": ", what, ". ", remedy));
}

absl::Status OtherLedger() {
  return Refuse("MARK_OTHER_LEDGER", "the mark belongs to another ledger",
                "Name the mark of this one with --mark-dir.");
}

absl::Status HoldsAll(const TreeHead& known, const Tree& tree) {
  const uint64_t size = tree.Head().size;
  if (size < known.size) {
    return Refuse(
        "MARK_BEHIND",
        StrCat("the copy has ", size, " records, the log is known to have had ", known.size),
        "Let it follow to the end, or promote a copy that has them; only if they are "
        "lost for good, start with --accept-mark REASON, which writes an operator's note "
        "into the log.");
  }
  ASSIGN_OR_RETURN(const Hash root, tree.RootAt(known.size));
  if (root == known.root) return absl::OkStatus();
  return Refuse("MARK_FORKED",
                StrCat("the copy holds other records than the log of size ", known.size),
                kDoNotServe);
}

}  // namespace

std::string EncodeOpening(const Opening& opening) {
  std::string out;
  PutU64(out, opening.generation);
  return out + opening.id + opening.previous;
}

absl::StatusOr<Opening> LoadOpening(const kv::Db& db) {
  const absl::StatusOr<std::string> row = db.Get(kMetaFamily, kOpeningKey);
  if (absl::IsNotFound(row.status())) return Opening();
  RETURN_IF_ERROR(row.status());
  ByteReader in(*row);
  Opening opening;
  opening.generation = in.U64();
  opening.id = in.Bytes(kMarkIdSize);
  opening.previous = in.Bytes(kMarkIdSize);
  if (!in.done()) return absl::DataLossError("meta row opening does not decode");
  return opening;
}

absl::Status CompareWithMark(const MarkState& mark, const std::string& lineage,
                             const Opening& opening, const Tree& tree) {
  if (mark.lineage != lineage) return OtherLedger();
  const uint64_t size = tree.Head().size;
  const std::string sizes =
      StrCat("it has ", size, " records, its mark vouches for ", mark.head.size);
  const bool together = opening.id == mark.opening;
  const bool cut_short =
      opening.previous == mark.opening && opening.generation == mark.generation + 1;
  if (!together && !cut_short) {
    const std::string openings = StrCat(sizes, "; it was opened ", opening.generation,
                                        " times, the mark saw ", mark.generation);
    if (size < mark.head.size) {
      return Refuse("MARK_ROLLED_BACK",
                    StrCat("an older state of the ledger stands here, from a backup or after "
                           "writes were lost: ",
                           openings),
                    kDoNotServe);
    }
    return Refuse("MARK_COPIED",
                  StrCat("this ledger and its mark were not last opened together, so another copy "
                         "may have written since: ",
                         openings),
                  kDoNotServe);
  }
  if (size < mark.head.size) {
    return Refuse("MARK_TAIL_LOST", StrCat("records that were on disk are gone: ", sizes),
                  kDoNotServe);
  }
  ASSIGN_OR_RETURN(const Hash root, tree.RootAt(mark.head.size));
  if (root != mark.head.root) {
    return Refuse("MARK_FORKED",
                  StrCat("other records stand where the mark vouches for ", mark.head.size),
                  kDoNotServe);
  }
  return absl::OkStatus();
}

absl::Status ComparePromoted(const MarkState& mark, const std::string& lineage,
                             const TreeHead& followed, const Tree& tree) {
  if (mark.lineage != lineage) return OtherLedger();
  RETURN_IF_ERROR(HoldsAll(mark.head, tree));
  return HoldsAll(followed, tree);
}

absl::Status MarkMissing(const std::string& dir) {
  return Refuse("MARK_MISSING", StrCat("there is no high-water mark in ", dir),
                "Put it back, or name its folder with --mark-dir; only if it is lost, start with "
                "--accept-mark REASON, which writes an operator's note into the log.");
}

absl::Status MarkDamaged(const std::string& dir) {
  return Refuse("MARK_DAMAGED", StrCat("the high-water mark in ", dir, " is damaged"),
                "Put a copy of it back; only if there is none, start with --accept-mark REASON, "
                "which writes an operator's note into the log.");
}

absl::Status MarkInUse(const std::string& dir) {
  return absl::UnavailableError(StrCat("MARK_IN_USE: another process has the high-water mark in ",
                                       dir, ". Stop it: two that write one log make two logs."));
}

absl::Status MarkPoisoned() {
  return Refuse("MARK_POISONED", "the last process stopped because a write failed",
                "See that the disk is well, then start with --verify-store, which checks every "
                "record first.");
}

absl::Status MarkOfACopy(const std::string& dir) {
  return Refuse("NOT_A_COPY", StrCat("there is a high-water mark in ", dir),
                "The ledger beside it writes, and follows nobody. A copy is made with `suyuan "
                "restore`, on another machine.");
}

absl::Status NotPromoted() {
  return Refuse("FOLLOWER", "this is a copy that follows another process",
                "Start it with --follow; once the other is gone for good, with --promote.");
}

}  // namespace suyuan::ledger
