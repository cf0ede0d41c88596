// VerifyExport of verify.h.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_split.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/checkpoint_text.h"
#include "storage/ledger/export.h"
#include "storage/ledger/files.h"
#include "storage/ledger/tile_path.h"
#include "storage/ledger/verify.h"
#include "storage/ledger/verify_core.h"

namespace suyuan::ledger {
namespace {

constexpr uint64_t kBundlesAtOnce = 64;

class ExportVerifier {
 public:
  ExportVerifier(const std::string& dir, const VerifyOptions& options)
      : dir_(dir), options_(options), findings_(options.errors_max) {}

  absl::StatusOr<VerifyResult> Run();

 private:
  absl::Status Open();
  absl::Status CheckBundles(uint64_t task);
  absl::Status CheckTileFiles();
  void CheckHeads(const TreeHead& head);
  void Report(Finding finding, std::string_view text) { findings_.Report(finding, kAbsent, text); }

  const std::string dir_;
  const VerifyOptions& options_;
  Findings findings_;
  bool has_items_ = false, has_tiles_ = false;
  ExportStatement stated_;  // With items.
  std::string checkpoint_;  // With tiles.
  TreeHead signed_head_;
  std::unique_ptr<FileSource> records_;
  std::unique_ptr<BundleSource> bundles_;
  VerifyTarget target_;
};

absl::Status ExportVerifier::Open() {
  std::error_code ignored;
  has_items_ = std::filesystem::exists(StrCat(dir_, "/", kRecordsFile), ignored);
  has_tiles_ = std::filesystem::exists(StrCat(dir_, "/", kCheckpointFile), ignored) ||
               std::filesystem::exists(dir_ + "/tile", ignored);
  if (!has_items_ && !has_tiles_) return absl::NotFoundError(StrCat("no export in ", dir_));
  if (has_items_) {
    ASSIGN_OR_RETURN(stated_, ReadStatement(dir_));
    ASSIGN_OR_RETURN(records_, FileSource::Open(StrCat(dir_, "/", kRecordsFile)));
    target_.source = records_.get();
    target_.size = records_->size();
    if (!records_->whole()) {
      findings_.Report(Finding::kRecord, records_->size(), "the file ends within it");
    }
  }
  if (!has_tiles_) return absl::OkStatus();
  const absl::StatusOr<std::string> note = ReadWholeFile(StrCat(dir_, "/", kCheckpointFile));
  if (!note.ok() && !has_items_) return note.status();
  if (note.ok()) checkpoint_ = *note;
  // The name a checkpoint is of stands in it; whether it is ours, its signature says.
  if (!has_items_) stated_.identity.origin = checkpoint_.substr(0, checkpoint_.find('\n'));
  const absl::StatusOr<TreeHead> head = ReadCheckpointText(checkpoint_, stated_.identity.origin);
  if (!head.ok()) {
    Report(Finding::kCheckpoint, FromAbsl(head.status().message()));
    if (!has_items_) return absl::InvalidArgumentError("its checkpoint cannot be read");
  } else {
    signed_head_ = *head;
  }
  target_.tile = [this](int level, uint64_t index, uint64_t width) {
    return ReadWholeFile(StrCat(dir_, "/", TilePath(level, index, width)));
  };
  target_.partial_tiles = true;
  if (has_items_) return absl::OkStatus();
  bundles_ = std::make_unique<BundleSource>(dir_, signed_head_.size);
  target_.source = bundles_.get();
  target_.size = signed_head_.size;
  target_.leaves_only = true;
  return absl::OkStatus();
}

// Bundles beside records hold the same leaves.
absl::Status ExportVerifier::CheckBundles(uint64_t task) {
  const uint64_t first = task * kBundlesAtOnce * kTileWidth;
  const uint64_t end = std::min(first + kBundlesAtOnce * kTileWidth, target_.size);
  const std::unique_ptr<RecordCursor> cursor = records_->NewCursor(first);
  std::string expected;
  for (uint64_t sequence = first; sequence < end; ++sequence) {
    const RecordCursor::Rows rows = cursor->At(sequence);
    if (!rows.leaf.ok()) return absl::OkStatus();  // Named before.
    PutU16(expected, static_cast<uint16_t>(rows.leaf->size()));
    expected += *rows.leaf;
    const uint64_t width = sequence % kTileWidth + 1;
    if (width < kTileWidth && sequence + 1 < end) continue;
    const std::string path = EntriesPath(sequence / kTileWidth, width);
    const absl::StatusOr<std::string> bundle = ReadWholeFile(StrCat(dir_, "/", path));
    if (!bundle.ok()) {
      Report(Finding::kTile, StrCat(path, " is missing"));
    } else if (*bundle != expected) {
      Report(Finding::kTile, StrCat(path, " is not what the records say"));
    }
    expected.clear();
  }
  return absl::OkStatus();
}

// No file is there that no tile or bundle has.
absl::Status ExportVerifier::CheckTileFiles() {
  absl::flat_hash_set<std::string> expected;
  for (int level = 0; target_.size >> (level * kTileHeight) > 0; ++level) {
    const uint64_t count = target_.size >> (level * kTileHeight);
    for (uint64_t index = 0; index * kTileWidth < count; ++index) {
      const uint64_t width = std::min(kTileWidth, count - index * kTileWidth);
      expected.insert(TilePath(level, index, width));
      if (level == 0) expected.insert(EntriesPath(index, width));
    }
  }
  std::error_code error;
  const std::filesystem::path root(dir_);
  for (std::filesystem::recursive_directory_iterator entry(root / "tile", error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->is_directory()) continue;
    const std::string path = entry->path().lexically_relative(root).string();
    if (!expected.contains(path)) Report(Finding::kTile, StrCat(path, " is surplus"));
  }
  return absl::OkStatus();
}

void ExportVerifier::CheckHeads(const TreeHead& head) {
  if (has_items_ && (head.size != stated_.head.size || head.root != stated_.head.root)) {
    Report(Finding::kCheckpoint, "size or root are not what log.json states");
  }
  if (!has_tiles_) return;
  if (head.size != signed_head_.size || head.root != signed_head_.root) {
    Report(Finding::kCheckpoint, "size or root are not what the checkpoint states");
  }
  if (!options_.check_checkpoint) return;
  const absl::Status signatures = options_.check_checkpoint(checkpoint_);
  if (!signatures.ok()) Report(Finding::kCheckpoint, FromAbsl(signatures.message()));
}

absl::StatusOr<VerifyResult> ExportVerifier::Run() {
  RETURN_IF_ERROR(Open());
  VerifyOptions options = options_;
  if (target_.leaves_only) options.authors = nullptr;
  Verification work(target_, options, &findings_);
  RETURN_IF_ERROR(work.CheckRecords({}));
  work.CheckTree();
  CheckHeads(work.edge().Head());
  if (has_tiles_) RETURN_IF_ERROR(CheckTileFiles());
  if (has_tiles_ && has_items_) {
    const uint64_t width = kBundlesAtOnce * kTileWidth;
    RETURN_IF_ERROR(work.RunTasks((target_.size + width - 1) / width,
                                  [this](uint64_t task) { return CheckBundles(task); }));
  }
  RETURN_IF_ERROR(work.CheckUses());
  RETURN_IF_ERROR(work.CheckAuthors());
  VerifyResult result = work.Finish(stated_.identity.origin);
  result.checkpoints = has_tiles_ ? 1 : 0;
  return result;
}

}  // namespace

absl::StatusOr<VerifyResult> VerifyExport(const std::string& dir, const VerifyOptions& options) {
  return ExportVerifier(dir, options).Run();
}

}  // namespace suyuan::ledger
