// What a verification does with each record, and what it keeps of it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/ledger/verify.h"
#include "storage/ledger/verify_source.h"
#include "storage/ledger/verify_uses.h"

namespace suyuan::ledger {

// What does not fit. Thread-safe.
class Findings {
 public:
  explicit Findings(size_t errors_max) : errors_max_(errors_max) {}
  void Report(Finding finding, uint64_t sequence, std::string_view text);
  void MoveTo(VerifyResult* result);  // The errors by sequence.

 private:
  const size_t errors_max_;
  Mutex mutex_;
  uint64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<VerifyError> errors_ ABSL_GUARDED_BY(mutex_);
  std::map<Finding, VerifyError> first_ ABSL_GUARDED_BY(mutex_);
};

// The records [first, end) of a log, recomputed.
struct Piece {
  std::vector<Hash> leaf_hashes;  // Zeros where a leaf is missing.
  std::vector<Passage> passages;
  std::vector<uint64_t> teaching;
  uint64_t records = 0, items = 0, events = 0, bytes = 0;  // Of those from `base` on.
};

// Recomputes pieces. Thread-compatible: one a thread.
class PieceVerifier {
 public:
  // All must outlive it; `tag_key` and `authors` may be null. Records before `base` give their leaf
  // hashes and nothing else. Where the source has no items (NOT_FOUND) and `leaves_only` is set,
  // streams go by their tags.
  PieceVerifier(const RecordSource* source, const HmacKey* tag_key, const AuthorHooks* authors,
                uint64_t base, bool leaves_only, Findings* findings)
      : source_(source),
        authors_(authors),
        base_(base),
        leaves_only_(leaves_only),
        findings_(findings),
        uses_(tag_key) {}

  Piece Verify(uint64_t first, uint64_t end);

 private:
  // Goes on after a record of which nothing but the leaf is looked at.
  void StartAfter(const absl::StatusOr<std::string_view>& leaf_bytes);
  void CheckRecord(uint64_t sequence, std::string_view leaf_bytes, std::string_view item_bytes);
  void CheckChain(const Leaf& leaf);
  void CheckTerms(const Leaf& leaf);
  void CheckLinks(const Leaf& leaf);
  absl::StatusOr<Leaf> CheckLeaf(std::string_view leaf_bytes);
  void Report(Finding finding, std::string_view text) {
    findings_->Report(finding, sequence_, text);
  }

  const RecordSource* const source_;
  const AuthorHooks* const authors_;
  const uint64_t base_;
  const bool leaves_only_;
  Findings* const findings_;
  PieceUses uses_;
  Piece piece_;
  uint64_t sequence_ = 0;
  // The record before: whether its hash is known, and whether the rest is.
  bool has_hash_ = false, has_leaf_ = false;
  Hash last_hash_{};
  int64_t last_micros_ = 0;
  uint16_t next_schema_ = 0;
  std::vector<ItemView> items_;
  std::vector<Hash> item_hashes_;
  TermsView terms_;
};

// The stream or request that a record uses under this id, or "?".
std::string NameOfUse(const RecordSource& source, uint64_t sequence, const UseId& id);

}  // namespace suyuan::ledger
