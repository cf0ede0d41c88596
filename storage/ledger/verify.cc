#include "storage/ledger/verify.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/checkpoint_text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/verify_core.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kRowsAtOnce = 8192;
// A row so far after the one before it does not end the log: it was put there.
constexpr uint64_t kGapMax = 1 << 20;
constexpr int kStraysMax = 100;

class StoreVerifier {
 public:
  StoreVerifier(const kv::Db& db, const VerifyOptions& options)
      : db_(db),
        options_(options),
        snapshot_(db.NewSnapshot()),
        source_(&db, snapshot_.get()),
        findings_(options.errors_max) {}

  absl::StatusOr<VerifyResult> Run();

 private:
  // One more than the last sequence of a family; what cannot be one is a finding.
  absl::StatusOr<uint64_t> SizeOf(LedgerFamily family);
  // Sets the target to go on from `state`; where it cannot, that is a finding.
  absl::Status StartFrom(const VerifyState& state);
  absl::Status ReadRows(LedgerFamily family, UseKind kind);
  absl::Status CheckTileKeys();
  absl::Status NameSurplus(LedgerFamily family, Finding finding);
  absl::Status CheckCheckpoints(VerifyResult* result);
  void CheckCheckpoint(std::string_view key, std::string_view note, const Tree& tree);

  const kv::Db& db_;
  const VerifyOptions& options_;
  const std::unique_ptr<kv::Snapshot> snapshot_;
  const DbSource source_;
  Findings findings_;
  Meta meta_;
  VerifyTarget target_;
  std::unique_ptr<Tree> before_;  // The tree of the state.
  std::unique_ptr<Verification> work_;
};

absl::StatusOr<uint64_t> StoreVerifier::SizeOf(LedgerFamily family) {
  const std::unique_ptr<kv::Iterator> row = db_.NewIterator(family, snapshot_.get());
  uint64_t size = 0, strays = 0;
  row->SeekToLast();
  for (int i = 0; row->Valid() && i < kStraysMax; ++i, row->Prev()) {
    const absl::StatusOr<uint64_t> sequence = DecodeSequence(row->key());
    if (!sequence.ok() || *sequence == kAbsent) {
      findings_.Report(Finding::kRecord, kAbsent, "a row has no possible sequence");
    } else if (size == 0) {
      size = *sequence + 1;
    } else if (size - *sequence > kGapMax) {
      strays = size;
      size = *sequence + 1;
    }
  }
  RETURN_IF_ERROR(row->status());
  if (strays > 0) findings_.Report(Finding::kRecord, strays - 1, "a row far past the end");
  return size;
}

absl::Status StoreVerifier::StartFrom(const VerifyState& state) {
  if (state.origin != meta_.identity.origin) {
    return absl::FailedPreconditionError(
        StrCat("the state is of ", state.origin, ", not of ", meta_.identity.origin));
  }
  if (state.head.size > target_.size) {
    findings_.Report(Finding::kCheckpoint, kAbsent, "the log is shorter than when it was verified");
    return absl::OkStatus();
  }
  const uint64_t whole = state.head.size / kTileWidth * kTileWidth;
  absl::StatusOr<TreeEdge> edge = LoadTreeEdge(db_, whole);
  absl::StatusOr<TreeEdge> before = LoadTreeEdge(db_, state.head.size);
  if (!edge.ok() || !before.ok()) {  // All of it is verified then.
    const absl::Status& status = edge.ok() ? before.status() : edge.status();
    findings_.Report(Finding::kTile, kAbsent, status.ToString());
    return absl::OkStatus();
  }
  before_ = std::make_unique<Tree>(&db_, kTileFamily, *std::move(before));
  target_.since = &state;
  target_.edge = *std::move(edge);
  target_.prove = [this, &state](uint64_t sequence, std::string_view leaf) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Hash> path,
                     before_->InclusionProof(sequence, state.head.size));
    std::vector<std::string> proof;
    for (const Hash& hash : path) proof.emplace_back(AsBytes(hash));
    const Hash hash = LeafHash(leaf);
    return VerifyInclusion(sequence, state.head.size, AsBytes(hash), proof,
                           AsBytes(state.head.root));
  };
  // The first record to verify links to the last one before it.
  if (state.head.size == 0) return absl::OkStatus();
  const auto last = db_.Get(kLeafFamily, BigEndian64(state.head.size - 1), snapshot_.get());
  const absl::Status stands = last.ok() ? target_.prove(state.head.size - 1, *last) : last.status();
  if (!stands.ok()) {
    findings_.Report(Finding::kCheckpoint, state.head.size - 1,
                     "it is not the record that was verified before");
  }
  return absl::OkStatus();
}

absl::Status StoreVerifier::ReadRows(LedgerFamily family, UseKind kind) {
  const std::unique_ptr<kv::Iterator> row = db_.NewIterator(family, snapshot_.get());
  std::vector<Passage> passages;
  for (row->Seek(""); row->Valid(); row->Next()) {
    const absl::StatusOr<uint64_t> sequence = DecodeSequence(row->value());
    // What holds no sequence names no record that there could be.
    const uint64_t value = sequence.ok() ? *sequence : kAbsent - 1;
    passages.push_back({UseIdOf(kind, row->key()), kAbsent, value, value});
    if (passages.size() < kRowsAtOnce) continue;
    RETURN_IF_ERROR(work_->passages().Add(passages));
    passages.clear();
  }
  RETURN_IF_ERROR(row->status());
  return work_->passages().Add(passages);
}

// No tile is kept that the tree does not have, and none is away.
absl::Status StoreVerifier::CheckTileKeys() {
  const std::unique_ptr<kv::Iterator> row = db_.NewIterator(kTileFamily, snapshot_.get());
  uint64_t kept = 0, whole = 0;
  for (row->Seek(""); row->Valid(); row->Next()) {
    ByteReader key(row->key());
    const int level = key.U8();
    const uint64_t index = key.U64();
    const int height = (level + 1) * kTileHeight;
    if (key.done() && height < 64 && index < target_.size >> height) {
      ++kept;
    } else {
      findings_.Report(Finding::kTile, kAbsent, StrCat("tile ", level, "/", index, " is surplus"));
    }
  }
  RETURN_IF_ERROR(row->status());
  for (int height = kTileHeight; height < 64; height += kTileHeight)
    whole += target_.size >> height;
  if (kept < whole && work_->base() > 0) {
    findings_.Report(Finding::kTile, kAbsent, StrCat(whole - kept, " tiles are missing"));
  }
  return absl::OkStatus();
}

// Rows of no record have their names only in their keys: looked for once it is known which.
absl::Status StoreVerifier::NameSurplus(LedgerFamily family, Finding finding) {
  const UseKind kind = family == kStreamFamily ? UseKind::kStream : UseKind::kRequest;
  absl::flat_hash_set<UseId> surplus;
  for (const UseId& id : work_->surplus()) {
    if (KindOf(id) == kind) surplus.insert(id);
  }
  if (surplus.empty()) return absl::OkStatus();
  const std::unique_ptr<kv::Iterator> row = db_.NewIterator(family, snapshot_.get());
  for (row->Seek(""); row->Valid(); row->Next()) {
    if (!surplus.contains(UseIdOf(kind, row->key()))) continue;
    findings_.Report(finding, kAbsent, StrCat("row ", row->key(), " belongs to no record"));
  }
  return row->status();
}

void StoreVerifier::CheckCheckpoint(std::string_view key, std::string_view note, const Tree& tree) {
  const auto report = [&](std::string_view what) {
    findings_.Report(Finding::kCheckpoint, kAbsent, what);
  };
  const absl::StatusOr<TreeHead> head = ReadCheckpointText(note, meta_.identity.origin);
  if (!head.ok()) return report(FromAbsl(head.status().message()));
  const std::string name = StrCat("the checkpoint of size ", head->size);
  if (key != CheckpointKey(head->size)) return report(StrCat(name, " stands under another size"));
  const absl::StatusOr<Hash> root = tree.RootAt(head->size);
  if (!root.ok()) return report(StrCat(name, ": ", root.status().ToString()));
  if (*root != head->root) return report(StrCat(name, " is of another tree"));
  if (!options_.check_checkpoint) return;
  const absl::Status signatures = options_.check_checkpoint(note);
  if (!signatures.ok()) report(StrCat(name, ": ", FromAbsl(signatures.message())));
}

absl::Status StoreVerifier::CheckCheckpoints(VerifyResult* result) {
  const Tree tree(&db_, kTileFamily, work_->edge());
  const std::unique_ptr<kv::Iterator> row = db_.NewIterator(kMetaFamily, snapshot_.get());
  const std::string first =
      work_->base() > 0 ? CheckpointKey(work_->base()) : std::string(kCheckpointPrefix);
  for (row->Seek(first); row->Valid() && row->key().starts_with(kCheckpointPrefix); row->Next()) {
    CheckCheckpoint(row->key(), row->value(), tree);
    ++result->checkpoints;
  }
  return row->status();
}

absl::StatusOr<VerifyResult> StoreVerifier::Run() {
  ASSIGN_OR_RETURN(meta_, LoadMeta(db_));
  const HmacKey tag_key(meta_.tag_key);
  ASSIGN_OR_RETURN(const uint64_t leaves, SizeOf(kLeafFamily));
  ASSIGN_OR_RETURN(const uint64_t contents, SizeOf(kContentFamily));
  target_.source = &source_;
  target_.size = std::max(leaves, contents);
  target_.tag_key = &tag_key;
  target_.tile = [this](int level, uint64_t index, uint64_t) {
    return db_.Get(kTileFamily, TileKey(level, index), snapshot_.get());
  };
  target_.rows = true;
  if (options_.since != nullptr) RETURN_IF_ERROR(StartFrom(*options_.since));
  work_ = std::make_unique<Verification>(target_, options_, &findings_);
  RETURN_IF_ERROR(
      work_->CheckRecords({[this] { return ReadRows(kStreamFamily, UseKind::kStream); },
                           [this] { return ReadRows(kRequestFamily, UseKind::kRequest); }}));
  work_->CheckTree();
  RETURN_IF_ERROR(CheckTileKeys());
  RETURN_IF_ERROR(work_->CheckUses());
  RETURN_IF_ERROR(NameSurplus(kStreamFamily, Finding::kStream));
  RETURN_IF_ERROR(NameSurplus(kRequestFamily, Finding::kRequest));
  RETURN_IF_ERROR(work_->CheckAuthors());
  VerifyResult checkpoints;
  RETURN_IF_ERROR(CheckCheckpoints(&checkpoints));
  VerifyResult result = work_->Finish(meta_.identity.origin);
  result.checkpoints = checkpoints.checkpoints;
  return result;
}

}  // namespace

std::string_view FindingName(Finding finding) {
  switch (finding) {
    case Finding::kRecord:
      return "record";
    case Finding::kContent:
      return "content";
    case Finding::kChain:
      return "chain";
    case Finding::kTile:
      return "tile";
    case Finding::kStream:
      return "stream";
    case Finding::kRequest:
      return "request";
    case Finding::kAuthor:
      return "author";
    case Finding::kCheckpoint:
      return "checkpoint";
  }
  return "unknown";
}

absl::StatusOr<VerifyResult> VerifyLedger(const kv::Db& db, const VerifyOptions& options) {
  return StoreVerifier(db, options).Run();
}

}  // namespace suyuan::ledger
