#include "storage/ledger/verify_records.h"

#include <algorithm>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {

void Findings::Report(Finding finding, uint64_t sequence, std::string_view text) {
  MutexLock lock(&mutex_);
  ++count_;
  if (errors_.size() < errors_max_) errors_.push_back({finding, sequence, std::string(text)});
  const auto [place, fresh] = first_.try_emplace(finding);
  if (fresh || sequence < place->second.sequence) {
    place->second = {finding, sequence, std::string(text)};
  }
}

void Findings::MoveTo(VerifyResult* result) {
  MutexLock lock(&mutex_);
  result->error_count = count_;
  result->errors = std::move(errors_);
  result->first = std::move(first_);
  std::stable_sort(
      result->errors.begin(), result->errors.end(),
      [](const VerifyError& a, const VerifyError& b) { return a.sequence < b.sequence; });
}

void PieceVerifier::StartAfter(const absl::StatusOr<std::string_view>& leaf_bytes) {
  has_hash_ = leaf_bytes.ok();
  has_leaf_ = false;
  last_hash_ = has_hash_ ? LeafHash(*leaf_bytes) : Hash{};
  if (!has_hash_) return;
  const absl::StatusOr<Leaf> leaf = Leaf::Decode(*leaf_bytes);
  if (!leaf.ok()) return;
  has_leaf_ = true;
  last_micros_ = leaf->record_micros;
  next_schema_ = leaf->schema;
}

void PieceVerifier::CheckChain(const Leaf& leaf) {
  if (has_hash_ && leaf.previous_leaf != last_hash_) {
    Report(Finding::kChain, "it does not follow the record before it");
  }
  if ((leaf.kind == RecordKind::kGenesis) != (sequence_ == 0)) {
    Report(Finding::kChain, "a log begins with its one genesis record");
  }
  if (sequence_ == 0 && leaf.schema != 0) {
    Report(Finding::kChain, "it is not under the first descriptor set");
  }
  if (!has_leaf_) return;
  if (leaf.record_micros <= last_micros_) {
    Report(Finding::kChain, "its time is not after the record before it");
  }
  if (leaf.schema != next_schema_ + (leaf.kind == RecordKind::kSchema ? 1 : 0)) {
    Report(Finding::kChain, "it is under another descriptor set than the one in force");
  }
}

void PieceVerifier::CheckTerms(const Leaf& leaf) {
  uses_.Request(terms_.request_key, sequence_);
  const auto wrong = [this](std::string_view stream) {
    Report(Finding::kStream, StrCat("stream ", stream, " was not at the version it names"));
  };
  for (const auto& [stream, version] : terms_.reads) {
    if (!uses_.Read(stream, sequence_, version)) wrong(stream);
  }
  if (terms_.writes.size() != leaf.links.size()) {
    Report(Finding::kStream, "its terms and links differ in number");
    return;
  }
  for (size_t i = 0; i < leaf.links.size(); ++i) {
    const auto& [stream, salt] = terms_.writes[i];
    const StreamLink& link = leaf.links[i];
    if (!uses_.Write(stream, sequence_, link.previous)) wrong(stream);
    if (!uses_.Opens(stream, salt, link.tag)) {
      Report(Finding::kStream, StrCat("the tag of ", stream, " does not open"));
    }
  }
}

// Streams by their tags: all that a leaf says of them.
void PieceVerifier::CheckLinks(const Leaf& leaf) {
  for (const StreamLink& link : leaf.links) {
    if (uses_.Write(AsBytes(link.tag), sequence_, link.previous)) continue;
    Report(Finding::kStream, StrCat("its link to ", HexOf(AsBytes(link.tag)), " is wrong"));
  }
}

absl::StatusOr<Leaf> PieceVerifier::CheckLeaf(std::string_view leaf_bytes) {
  absl::StatusOr<Leaf> leaf = Leaf::Decode(leaf_bytes);
  if (leaf.ok() && leaf->sequence != sequence_) {
    leaf = absl::DataLossError("its leaf names another sequence");
  }
  has_leaf_ = has_leaf_ && leaf.ok();
  if (!leaf.ok()) {
    Report(Finding::kRecord, FromAbsl(leaf.status().message()));
    return leaf;
  }
  CheckChain(*leaf);
  has_leaf_ = true;
  last_micros_ = leaf->record_micros;
  next_schema_ = leaf->schema;
  return leaf;
}

void PieceVerifier::CheckRecord(uint64_t sequence, std::string_view leaf_bytes,
                                std::string_view item_bytes) {
  sequence_ = sequence;
  const absl::StatusOr<Leaf> leaf = CheckLeaf(leaf_bytes);
  if (leaves_only_) {
    if (leaf.ok()) CheckLinks(*leaf);
    return;
  }
  absl::Status content = ViewItems(item_bytes, &items_);
  if (content.ok()) content = CheckItems(items_, &terms_);
  if (!content.ok()) {
    Report(Finding::kRecord, FromAbsl(content.message()));
    return;
  }
  item_hashes_.clear();
  for (const ItemView& item : items_) {
    item_hashes_.push_back(ItemHash(item.type, item.salt, item.bytes));
    piece_.events += item.type == ItemType::kEvent;
  }
  piece_.items += items_.size();
  if (!leaf.ok()) return;
  if (RootOfHashes(item_hashes_) != leaf->content_root) {
    Report(Finding::kContent, "its items do not hash to its content root");
    return;
  }
  CheckTerms(*leaf);
  if (authors_ == nullptr) return;
  const absl::StatusOr<Record> record = DecodeRecord(sequence, leaf_bytes, item_bytes);
  if (record.ok() && authors_->teaches(*record)) piece_.teaching.push_back(sequence);
}

Piece PieceVerifier::Verify(uint64_t first, uint64_t end) {
  piece_ = Piece();
  piece_.leaf_hashes.reserve(end - first);
  const std::unique_ptr<RecordCursor> cursor = source_->NewCursor(first > 0 ? first - 1 : 0);
  StartAfter(first > 0 ? cursor->At(first - 1).leaf : absl::NotFoundError("none"));
  has_hash_ |= first == 0;  // Zeros stand before the first.
  for (uint64_t sequence = first; sequence < end; ++sequence) {
    RecordCursor::Rows rows = cursor->At(sequence);
    if (leaves_only_) rows.items = "";
    if (!rows.ok()) {
      const absl::Status& status = rows.leaf.ok() ? rows.items.status() : rows.leaf.status();
      findings_->Report(Finding::kRecord, sequence,
                        StrCat(rows.leaf.ok() ? "items: " : "leaf: ", status.ToString()));
    }
    if (rows.ok() && sequence >= base_) {
      ++piece_.records;
      piece_.bytes += rows.leaf->size() + rows.items->size();
      CheckRecord(sequence, *rows.leaf, *rows.items);
      has_hash_ = true;
      last_hash_ = LeafHash(*rows.leaf);
    } else {
      StartAfter(rows.leaf);
    }
    piece_.leaf_hashes.push_back(last_hash_);
  }
  piece_.passages = uses_.Take();
  return std::move(piece_);
}

std::string NameOfUse(const RecordSource& source, uint64_t sequence, const UseId& id) {
  const std::unique_ptr<RecordCursor> cursor = source.NewCursor(sequence);
  const RecordCursor::Rows rows = cursor->At(sequence);
  std::vector<ItemView> items;
  TermsView terms;
  if (!rows.ok() || !ViewItems(*rows.items, &items).ok() || !CheckItems(items, &terms).ok()) {
    return "?";
  }
  if (KindOf(id) == UseKind::kRequest) return std::string(terms.request_key);
  for (const auto& [stream, version] : terms.reads) {
    if (UseIdOf(UseKind::kStream, stream) == id) return std::string(stream);
  }
  for (const auto& [stream, salt] : terms.writes) {
    if (UseIdOf(UseKind::kStream, stream) == id) return std::string(stream);
  }
  return "?";
}

}  // namespace suyuan::ledger
