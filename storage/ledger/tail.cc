#include "storage/ledger/tail.h"

#include <algorithm>
#include <memory>
#include <string>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {
namespace {

absl::Status LossAt(uint64_t sequence, std::string_view what) {
  return absl::DataLossError(StrCat("record ", sequence, ": ", what));
}

// One more than the last sequence of a family.
absl::StatusOr<uint64_t> SizeOf(const kv::Db& db, LedgerFamily family) {
  const std::unique_ptr<kv::Iterator> last = db.NewIterator(family);
  last->SeekToLast();
  if (!last->Valid()) {
    RETURN_IF_ERROR(last->status());
    return 0;
  }
  ASSIGN_OR_RETURN(const uint64_t sequence, DecodeSequence(last->key()));
  if (sequence == kAbsent) return absl::DataLossError("a row has no possible sequence");
  return sequence + 1;
}

absl::Status CheckRows(const kv::Db& db, const Meta& meta, const Record& record) {
  const uint64_t sequence = record.leaf.sequence;
  const Terms terms = record.terms();
  ASSIGN_OR_RETURN(const uint64_t request, FindSequence(db, kRequestFamily, terms.request_key));
  if (request != sequence) return LossAt(sequence, "its request row does not name it");
  if (terms.writes.size() != record.leaf.links.size()) {
    return LossAt(sequence, "its terms and links differ in number");
  }
  for (size_t i = 0; i < terms.writes.size(); ++i) {
    const StreamTag& write = terms.writes[i];
    if (write.salt != TagSaltOf(meta.tag_key, write.stream) ||
        TagOf(write.salt, write.stream) != record.leaf.links[i].tag) {
      return LossAt(sequence, StrCat("the tag of stream ", write.stream, " does not open"));
    }
    ASSIGN_OR_RETURN(const uint64_t head, FindSequence(db, kStreamFamily, write.stream));
    if (head == kAbsent || head < sequence) {
      return LossAt(sequence, StrCat("the row of stream ", write.stream, " is behind it"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Tip> CheckTail(const kv::Db& db, const Meta& meta) {
  ASSIGN_OR_RETURN(const uint64_t size, SizeOf(db, kLeafFamily));
  if (size == 0) return LossAt(0, "the leaf row is missing");
  ASSIGN_OR_RETURN(const uint64_t contents, SizeOf(db, kContentFamily));
  if (contents != size) {
    return LossAt(std::min(size, contents),
                  contents < size ? "the content row is missing" : "the leaf row is missing");
  }
  Tip tip;
  const uint64_t first = size > kTailChecked ? size - kTailChecked : 0;
  if (first > 0) {
    ASSIGN_OR_RETURN(const std::string bytes, LoadRow(db, kLeafFamily, first - 1));
    const absl::StatusOr<Leaf> leaf = Leaf::Decode(bytes);
    if (!leaf.ok()) return LossAt(first - 1, FromAbsl(leaf.status().message()));
    tip = {first, leaf->record_micros, LeafHash(bytes), leaf->schema};
  }
  for (uint64_t sequence = first; sequence < size; ++sequence) {
    ASSIGN_OR_RETURN(const std::string bytes, LoadRow(db, kLeafFamily, sequence));
    ASSIGN_OR_RETURN(const std::string items, LoadRow(db, kContentFamily, sequence));
    ASSIGN_OR_RETURN(const Record record, DecodeRecord(sequence, bytes, items));
    const Leaf& leaf = record.leaf;
    if (leaf.previous_leaf != tip.leaf_hash) {
      return LossAt(sequence, "it does not follow the record before it");
    }
    if (sequence > 0 && leaf.record_micros <= tip.record_micros) {
      return LossAt(sequence, "its time is not after the record before it");
    }
    RETURN_IF_ERROR(CheckRows(db, meta, record));
    tip = {sequence + 1, leaf.record_micros, LeafHash(bytes), leaf.schema};
  }
  return tip;
}

}  // namespace suyuan::ledger
