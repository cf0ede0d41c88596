#include "storage/ledger/ledger.h"

#include <algorithm>
#include <filesystem>
#include <latch>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/builder.h"
#include "storage/ledger/follower.h"
#include "storage/ledger/heads.h"
#include "storage/ledger/loader.h"
#include "storage/ledger/mark.h"
#include "storage/ledger/opening.h"
#include "storage/ledger/prepare.h"
#include "storage/ledger/recent.h"
#include "storage/ledger/rows.h"
#include "storage/ledger/sequencer.h"
#include "storage/ledger/tail.h"
#include "storage/ledger/tiles.h"
#include "storage/ledger/verify.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kReadMax = 1000;  // Records in one answer.
constexpr absl::Duration kShownWait = absl::Seconds(1);
constexpr absl::Duration kClockDriftMax = absl::Hours(24 * 30);

}  // namespace

class Ledger::Impl {
 public:
  static absl::StatusOr<std::unique_ptr<Impl>> Open(const LedgerOptions& options, bool read_only);

  const kv::Db& db() const { return *db_; }
  const Meta& meta() const { return meta_; }
  const Tree& tree() const { return *tree_; }
  uint64_t size() const {
    return sequencer_ ? sequencer_->size() : follower_ ? follower_->size() : size_;
  }
  Follower& follower() {
    SUYUAN_CHECK(follower_ != nullptr);
    return *follower_;
  }

  absl::StatusOr<Loaded> Load(const std::vector<StreamVersion>& known,
                              std::string_view request_key) const {
    auto loaded = Loader(db_.get(), meta_.tag_key, heads_.get()).Load(known, request_key);
    // It is on disk a moment before it can be asked for.
    if (loaded.ok() && loaded->replayed_sequence.has_value() && sequencer_ != nullptr) {
      sequencer_->WaitForSize(*loaded->replayed_sequence + 1, kShownWait);
    }
    return loaded;
  }
  void Append(AppendRequest request, AppendCallback done);
  absl::StatusOr<Records> Read(uint64_t from, size_t max_bytes, absl::Duration wait) const;
  absl::Status Checkpoint(const std::string& dir) { return db_->Checkpoint(dir); }
  absl::StatusOr<Receipt> GetReceipt(uint64_t sequence) const;
  absl::Status AdvanceMark(const TreeHead& head);
  absl::Status StoreCheckpoint(uint64_t size, std::string_view note);
  void EndWaits() {
    if (sequencer_ != nullptr) sequencer_->EndWaits();
    if (follower_ != nullptr) follower_->EndWaits();
  }

 private:
  bool WaitForSize(uint64_t size, absl::Duration wait) const {
    if (sequencer_ != nullptr) return sequencer_->WaitForSize(size, wait);
    return follower_ != nullptr && follower_->WaitForSize(size, wait);
  }
  absl::StatusOr<TreeEdge> OpenTree(const LedgerOptions& options, uint64_t size);
  absl::Status VerifyPoisoned(const LedgerOptions& options) const;
  absl::Status HoldToMark(const LedgerOptions& options, const Opening& opening);
  absl::Status TakeMark(const LedgerOptions& options, Tip* tip, TreeEdge* edge);
  absl::Status StartFollower(const LedgerOptions& options, const Tip& tip, TreeEdge edge);
  void StartSequencer(const LedgerOptions& options, const Tip& tip, TreeEdge edge);

  std::unique_ptr<kv::Db> db_;
  Meta meta_;
  std::unique_ptr<Mark> mark_;  // Null without one.
  std::function<std::string(std::string_view)> sign_;
  std::optional<std::string> followed_;  // At open: it is a copy, and this its row.
  uint64_t size_ = 0;                    // At open.
  std::unique_ptr<Tree> tree_;
  std::unique_ptr<Heads> heads_;
  std::unique_ptr<Recent> recent_;
  std::unique_ptr<Sequencer> sequencer_;  // Null when read-only, or a copy.
  std::unique_ptr<Follower> follower_;    // Of a copy.
};

absl::StatusOr<std::unique_ptr<Ledger::Impl>> Ledger::Impl::Open(const LedgerOptions& options,
                                                                 bool read_only) {
  auto impl = std::make_unique<Impl>();
  ASSIGN_OR_RETURN(
      impl->db_, OpenRows(options.dir, options.memory, read_only, /*create=*/false, options.files));
  ASSIGN_OR_RETURN(impl->meta_, LoadMeta(*impl->db_));
  impl->sign_ = options.sign;
  ASSIGN_OR_RETURN(Tip tip, CheckTail(*impl->db_, impl->meta_));
  if (options.check_first) {
    ASSIGN_OR_RETURN(const Record first, LoadRecord(*impl->db_, 0));
    RETURN_IF_ERROR(options.check_first(first));
  }
  ASSIGN_OR_RETURN(TreeEdge edge, impl->OpenTree(options, tip.size));
  if (read_only) return impl;
  ASSIGN_OR_RETURN(impl->followed_, FindFollowed(*impl->db_));
  if (options.follow) {
    RETURN_IF_ERROR(impl->StartFollower(options, tip, std::move(edge)));
    return impl;
  }
  const bool promoted = options.promote && !options.mark_dir.empty();
  if (impl->followed_ && !promoted) return NotPromoted();
  SUYUAN_CHECK(options.clock != nullptr);
  const absl::Duration drift = options.clock->Now() - FromMicros(tip.record_micros);
  if (absl::AbsDuration(drift) > kClockDriftMax && !options.accept_clock) {
    return absl::FailedPreconditionError(
        StrCat("the clock is ", absl::FormatDuration(drift), " from the last record"));
  }
  if (!options.mark_dir.empty()) RETURN_IF_ERROR(impl->TakeMark(options, &tip, &edge));
  impl->StartSequencer(options, tip, std::move(edge));
  return impl;
}

absl::StatusOr<TreeEdge> Ledger::Impl::OpenTree(const LedgerOptions& options, uint64_t size) {
  size_ = size;
  ASSIGN_OR_RETURN(TreeEdge edge, LoadTreeEdge(*db_, size));
  tree_ = std::make_unique<Tree>(db_.get(), kTileFamily, edge);
  heads_ = std::make_unique<Heads>(size);
  recent_ = std::make_unique<Recent>(db_.get());
  if (options.read_checkpoint) {
    RETURN_IF_ERROR(CheckCheckpoints(*db_, *tree_, [&](std::string_view note) {
      return options.read_checkpoint(meta_.identity, note);
    }));
  }
  return edge;
}

absl::Status Ledger::Impl::VerifyPoisoned(const LedgerOptions& options) const {
  if (!options.verify_poisoned) return MarkPoisoned();
  log::Warning("a write failed before; verifying the whole store");
  ASSIGN_OR_RETURN(const VerifyResult result, VerifyLedger(*db_, VerifyOptions()));
  if (!result.ok()) return absl::DataLossError("the store does not verify; restore a backup");
  return absl::OkStatus();
}

// Opens the mark and compares. A mark that is damaged or missing is left null.
absl::Status Ledger::Impl::HoldToMark(const LedgerOptions& options, const Opening& opening) {
  absl::StatusOr<std::unique_ptr<Mark>> mark = Mark::Open(options.mark_dir);
  if (absl::IsNotFound(mark.status())) {
    // Before its first opening under a mark a ledger has none.
    const bool none_yet = opening.generation == 0 && !followed_;
    return none_yet ? absl::OkStatus() : MarkMissing(options.mark_dir);
  }
  if (absl::IsDataLoss(mark.status())) return MarkDamaged(options.mark_dir);
  if (absl::IsUnavailable(mark.status())) return MarkInUse(options.mark_dir);
  RETURN_IF_ERROR(mark.status());
  mark_ = *std::move(mark);
  if (!followed_) return CompareWithMark(mark_->state(), meta_.lineage, opening, *tree_);
  ASSIGN_OR_RETURN(const TreeHead followed, ReadFollowed(*followed_, meta_.identity));
  return ComparePromoted(mark_->state(), meta_.lineage, followed, *tree_);
}

// Makes this process the one that writes: nobody who opened the ledger, or a copy of it, before can
// open it again without being noticed.
absl::Status Ledger::Impl::TakeMark(const LedgerOptions& options, Tip* tip, TreeEdge* edge) {
  ASSIGN_OR_RETURN(Opening opening, LoadOpening(*db_));
  const absl::Status held = HoldToMark(options, opening);
  if (!held.ok() && (!absl::IsFailedPrecondition(held) || !options.accept_mark)) return held;
  if (mark_ != nullptr && mark_->state().poisoned) RETURN_IF_ERROR(VerifyPoisoned(options));
  MarkState state = mark_ == nullptr ? MarkState() : mark_->state();
  std::optional<Prepared> note;  // Outlives the builder.
  Builder builder(db_.get(), heads_.get(), *tip, *edge);
  if (!held.ok()) {
    log::Warning("opened against its mark, by the operator's word",
                 {{"refusal", std::string(held.message())}});
    ASSIGN_OR_RETURN(note, Prepare(options.accept_mark(meta_.identity, FromAbsl(held.message())),
                                   meta_.tag_key));
    RETURN_IF_ERROR(builder.Add(*note, options.clock->Now()).status());
    *tip = builder.tip();
    *edge = *builder.edge();
  }
  if (!held.ok() || mark_ == nullptr) state.head = edge->Head();
  if (meta_.lineage.empty()) meta_.lineage = RandomBytes(kMarkIdSize);
  // As the mark has it until it is set below: of a copy, its own is older.
  const std::string before = followed_ && mark_ != nullptr ? state.opening : opening.id;
  opening = {std::max(state.generation, opening.generation) + 1, RandomBytes(kMarkIdSize), before};
  if (followed_) builder.write().Delete(kMetaFamily, kFollowedKey);
  builder.write().Put(kMetaFamily, kLineageKey, meta_.lineage);
  builder.write().Put(kMetaFamily, kOpeningKey, EncodeOpening(opening));
  RETURN_IF_ERROR(db_->Write(builder.write()));
  builder.Written();
  tree_->Publish(builder.edge());
  size_ = tip->size;
  state.lineage = meta_.lineage;
  state.generation = opening.generation;
  state.opening = opening.id;
  state.poisoned = false;
  if (mark_ != nullptr) return mark_->Set(state);
  std::error_code ignored;  // Damaged, if it is there at all.
  std::filesystem::remove(options.mark_dir + "/mark", ignored);
  RETURN_IF_ERROR(Mark::Create(options.mark_dir, state));
  ASSIGN_OR_RETURN(mark_, Mark::Open(options.mark_dir));
  return absl::OkStatus();
}

absl::Status Ledger::Impl::StartFollower(const LedgerOptions& options, const Tip& tip,
                                         TreeEdge edge) {
  if (!followed_) {
    const bool has_mark = !options.mark_dir.empty() && Mark::Exists(options.mark_dir);
    if (has_mark) return MarkOfACopy(options.mark_dir);
    kv::WriteBatch write;
    write.Put(kMetaFamily, kFollowedKey, followed_.emplace());
    RETURN_IF_ERROR(db_->Write(write));
  }
  ASSIGN_OR_RETURN(const TreeHead followed, ReadFollowed(*followed_, meta_.identity));
  const Follower::Parts parts{db_.get(), tree_.get(), heads_.get(), &meta_};
  follower_ = std::make_unique<Follower>(parts, tip, std::move(edge), *followed_, followed);
  return absl::OkStatus();
}

void Ledger::Impl::StartSequencer(const LedgerOptions& options, const Tip& tip, TreeEdge edge) {
  SequencerOptions sequencer;
  sequencer.db = db_.get();
  sequencer.tree = tree_.get();
  sequencer.heads = heads_.get();
  sequencer.clock = options.clock;
  sequencer.sign_receipts = sign_;
  sequencer.origin = meta_.identity.origin;
  if (mark_ != nullptr) sequencer.on_failure = [this] { mark_->Poison(); };
  sequencer.queue_max = options.queue_max;
  sequencer.group_max = options.group_max;
  sequencer_ = std::make_unique<Sequencer>(sequencer, tip, std::move(edge));
}

absl::StatusOr<Receipt> Ledger::Impl::GetReceipt(uint64_t sequence) const {
  ASSIGN_OR_RETURN(const std::string leaf, LoadRow(*db_, kLeafFamily, sequence));
  Receipt receipt;
  if (!sign_) return receipt;
  receipt.first = sequence;
  receipt.count = 1;
  receipt.signature = sign_(ReceiptText(meta_.identity.origin, sequence, 1, LeafHash(leaf)));
  return receipt;
}

absl::Status Ledger::Impl::AdvanceMark(const TreeHead& head) {
  if (mark_ == nullptr) return absl::OkStatus();
  MarkState state = mark_->state();
  if (head.size <= state.head.size) return absl::OkStatus();
  state.head = head;
  return mark_->Set(state);
}

absl::Status Ledger::Impl::StoreCheckpoint(uint64_t size, std::string_view note) {
  kv::WriteBatch write;
  RETURN_IF_ERROR(PutCheckpoint(*db_, size, note, write));
  const absl::Status written = db_->Write(write);
  if (!written.ok()) {
    log::Error("ledger write failed; stopping", {{"status", written.ToString()}});
    if (mark_ != nullptr) mark_->Poison();
    std::abort();
  }
  return absl::OkStatus();
}

void Ledger::Impl::Append(AppendRequest request, AppendCallback done) {
  if (sequencer_ == nullptr) {
    done(absl::FailedPreconditionError("the ledger is open for reading only"));
    return;
  }
  absl::StatusOr<Prepared> prepared = Prepare(std::move(request), meta_.tag_key);
  if (!prepared.ok()) {
    sequencer_->Refuse(prepared.status(), std::move(done));
  } else {
    sequencer_->Append(*std::move(prepared), std::move(done));
  }
}

absl::StatusOr<Records> Ledger::Impl::Read(uint64_t from, size_t max_bytes,
                                           absl::Duration wait) const {
  const Records none;
  if (from >= size()) {
    if (wait <= absl::ZeroDuration() || from == kAbsent) return none;
    if (!WaitForSize(from + 1, wait)) return none;
  }
  return recent_->Read(from, std::min(size(), from + kReadMax), max_bytes);
}

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(const LedgerOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Impl::Open(options, /*read_only=*/false));
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::OpenReadOnly(const LedgerOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Impl::Open(options, /*read_only=*/true));
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

const LogIdentity& Ledger::identity() const { return impl_->meta().identity; }
const kv::Db& Ledger::db() const { return impl_->db(); }
absl::Status Ledger::Checkpoint(const std::string& dir) { return impl_->Checkpoint(dir); }
absl::Status Ledger::AdvanceMark(const TreeHead& head) { return impl_->AdvanceMark(head); }
absl::Status Ledger::Follow(const Shown& shown) { return impl_->follower().Take(shown); }
TreeHead Ledger::followed() const { return impl_->follower().followed(); }
absl::Status Ledger::StoreCheckpoint(uint64_t size, std::string_view note) {
  return impl_->StoreCheckpoint(size, note);
}
absl::StatusOr<std::optional<std::string>> Ledger::FindNewestCheckpoint() const {
  return ledger::FindNewestCheckpoint(impl_->db());
}

absl::StatusOr<Loaded> Ledger::Load(const std::vector<StreamVersion>& known,
                                    std::string_view request_key) {
  return impl_->Load(known, request_key);
}

void Ledger::Append(AppendRequest request, AppendCallback done) {
  impl_->Append(std::move(request), std::move(done));
}

absl::StatusOr<Appended> Ledger::AppendAndWait(AppendRequest request) {
  absl::StatusOr<Appended> result = absl::UnknownError("unanswered");
  std::latch answered(1);
  Append(std::move(request), [&](absl::StatusOr<Appended> answer) {
    result = std::move(answer);
    answered.count_down();
  });
  answered.wait();
  return result;
}

absl::StatusOr<Record> Ledger::GetRecord(uint64_t sequence) {
  // Load may have shown a record that size() does not count yet: visible is durable.
  absl::StatusOr<Record> record = LoadRecord(impl_->db(), sequence);
  if (!record.ok() && sequence >= impl_->size()) {
    return absl::NotFoundError(StrCat("there is no record ", sequence));
  }
  return record;
}

absl::StatusOr<Receipt> Ledger::GetReceipt(uint64_t sequence) {
  if (sequence >= impl_->size()) return absl::NotFoundError(StrCat("no record ", sequence));
  return impl_->GetReceipt(sequence);
}

absl::StatusOr<Records> Ledger::ReadRecords(uint64_t from, size_t max_bytes, absl::Duration wait) {
  return impl_->Read(from, max_bytes, wait);
}

void Ledger::EndWaits() { impl_->EndWaits(); }

absl::StatusOr<TreeHead> Ledger::GetTreeHead() { return impl_->tree().Head(); }

absl::StatusOr<std::vector<Hash>> Ledger::InclusionProof(uint64_t sequence, uint64_t size) {
  return impl_->tree().InclusionProof(sequence, size);
}

absl::StatusOr<std::vector<Hash>> Ledger::ConsistencyProof(uint64_t old_size, uint64_t new_size) {
  return impl_->tree().ConsistencyProof(old_size, new_size);
}

absl::StatusOr<Hash> Ledger::RootAt(uint64_t size) { return impl_->tree().RootAt(size); }

absl::StatusOr<std::vector<Hash>> Ledger::LoadTile(int level, uint64_t index, int width) {
  return impl_->tree().Tile(level, index, width);
}

absl::StatusOr<std::vector<std::string>> Ledger::LoadLeaves(uint64_t index, int width) {
  SUYUAN_CHECK(width >= 1 && width <= static_cast<int>(kTileWidth));
  const uint64_t size = impl_->tree().edge()->size();
  const uint64_t from = index * kTileWidth;
  if (index > size / kTileWidth || from + static_cast<uint64_t>(width) > size) {
    return absl::OutOfRangeError(StrCat("the log has no ", width, " records from ", from));
  }
  return LoadLeafRows(impl_->db(), from, width);
}

}  // namespace suyuan::ledger
