#include "storage/ledger/verify_core.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kSumKeySize = 32;

uint64_t ToWholeTiles(uint64_t records) { return records / kTileWidth * kTileWidth; }

}  // namespace

Verification::Verification(const VerifyTarget& target, const VerifyOptions& options,
                           Findings* findings)
    : target_(target),
      options_(options),
      base_(target.since == nullptr ? 0 : target.since->head.size),
      start_(ToWholeTiles(base_)),
      findings_(findings),
      passages_(options.scratch_dir),
      edge_(target.edge),
      sum_key_(target.since == nullptr ? RandomBytes(kSumKeySize) : target.since->key) {
  SUYUAN_CHECK(options.range_records > 0 && options.range_records % kTileWidth == 0);
  SUYUAN_CHECK(base_ <= target.size && edge_.size() == start_ && options.author_sample > 0);
  tile_roots_.resize(target.size / kTileWidth - start_ / kTileWidth);
  if (target.since != nullptr) teaching_ = target.since->teaching;
}

absl::Status Verification::RunTasks(uint64_t count,
                                    absl::FunctionRef<absl::Status(uint64_t)> task) const {
  std::atomic<uint64_t> next{0};
  Mutex mutex;
  absl::Status first;
  const auto work = [&] {
    for (uint64_t number = next++; number < count; number = next++) {
      absl::Status status = task(number);
      if (status.ok()) continue;
      MutexLock lock(&mutex);
      first.Update(status);
      next = count;
    }
  };
  const uint64_t threads =
      options_.threads > 0 ? options_.threads : std::max(std::thread::hardware_concurrency(), 1u);
  std::vector<std::thread> workers;
  for (uint64_t i = 1; i < std::min(threads, count); ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  return first;
}

absl::Status Verification::CheckRecords(std::vector<std::function<absl::Status()>> besides) {
  const uint64_t pieces =
      (target_.size - start_ + options_.range_records - 1) / options_.range_records;
  return RunTasks(besides.size() + pieces, [&](uint64_t number) {
    return number < besides.size() ? besides[number]() : CheckPiece(number - besides.size());
  });
}

absl::Status Verification::CheckPiece(uint64_t number) {
  const uint64_t first = start_ + number * options_.range_records;
  const uint64_t end = std::min(first + options_.range_records, target_.size);
  Piece piece = PieceVerifier(target_.source, target_.tag_key, options_.authors, base_,
                              target_.leaves_only, findings_)
                    .Verify(first, end);
  for (uint64_t at = 0; at < piece.leaf_hashes.size(); at += kTileWidth) {
    const auto begin = piece.leaf_hashes.begin() + static_cast<std::ptrdiff_t>(at);
    const uint64_t width = std::min(kTileWidth, piece.leaf_hashes.size() - at);
    std::vector<Hash> hashes(begin, begin + static_cast<std::ptrdiff_t>(width));
    CheckTile(0, (first + at) / kTileWidth, hashes);
    if (width == kTileWidth) {
      tile_roots_[(first + at - start_) / kTileWidth] = RootOfHashes(hashes);
    } else {
      tail_ = std::move(hashes);
    }
  }
  if (number == 0) {
    const auto begin = piece.leaf_hashes.begin();
    overlap_.assign(begin, begin + static_cast<std::ptrdiff_t>(base_ - start_));
  }
  RETURN_IF_ERROR(passages_.Add(piece.passages));
  const uint64_t done = done_ += end - first;
  MutexLock lock(&mutex_);
  totals_.records += piece.records;
  totals_.items += piece.items;
  totals_.events += piece.events;
  totals_.bytes_hashed += piece.bytes;
  teaching_.insert(teaching_.end(), piece.teaching.begin(), piece.teaching.end());
  if (options_.progress) options_.progress(start_ + done, target_.size);
  return absl::OkStatus();
}

void Verification::CheckTile(int level, uint64_t index, const std::vector<Hash>& hashes) {
  if (!target_.tile || (hashes.size() < kTileWidth && !target_.partial_tiles)) return;
  const absl::StatusOr<std::string> stored = target_.tile(level, index, hashes.size());
  const auto name = [&] { return StrCat("tile ", level, "/", index, " of ", hashes.size()); };
  if (absl::IsNotFound(stored.status())) {
    findings_->Report(Finding::kTile, kAbsent, StrCat(name(), " is missing"));
    return;
  }
  std::string expected;
  for (const Hash& hash : hashes) expected.append(AsBytes(hash));
  if (!stored.ok()) {
    findings_->Report(Finding::kTile, kAbsent, StrCat(name(), ": ", stored.status().ToString()));
  } else if (*stored != expected) {
    findings_->Report(Finding::kTile, kAbsent, StrCat(name(), " is not what it covers"));
  }
}

void Verification::CheckTree() {
  const auto check = [this](int level, uint64_t index, const std::vector<Hash>& hashes) {
    if (level > 0) CheckTile(level, index, hashes);
  };
  if (target_.since != nullptr) {
    TreeEdge before = edge_;
    for (const Hash& hash : overlap_) before.Append(hash, check);
    if (before.Head().root != target_.since->head.root) {
      findings_->Report(Finding::kCheckpoint, kAbsent,
                        StrCat("the first ", base_, " records are not those verified before"));
    }
  }
  for (const Hash& root : tile_roots_) edge_.AppendTile(root, check);
  for (const Hash& hash : tail_) edge_.Append(hash, check);
  for (int level = 1; target_.size >> (level * kTileHeight) > 0; ++level) {
    const uint64_t index = (target_.size >> (level * kTileHeight)) / kTileWidth;
    if (!edge_.row(level).empty()) CheckTile(level, index, edge_.row(level));
  }
}

Hash Verification::SumHash(const UseId& id, uint64_t sequence) const {
  const std::string_view bytes(reinterpret_cast<const char*>(id.data()), sizeof id);
  return Sha256(sum_key_, bytes, BigEndian64(sequence));
}

void Verification::ReportUse(const UseId& id, uint64_t sequence, std::string_view what) {
  const bool request = KindOf(id) == UseKind::kRequest;
  findings_->Report(
      request ? Finding::kRequest : Finding::kStream, sequence,
      StrCat(request ? "request " : "stream ", NameOfUse(*target_.source, sequence, id), what));
}

void Verification::CheckName(const Passage* first, const Passage* end, Sums* sums) {
  const UseId& id = first->id;
  const bool request = KindOf(id) == UseKind::kRequest;
  const bool used = first->first != kAbsent;
  const uint64_t initial = first->before;
  uint64_t head = initial;
  std::optional<uint64_t> row;
  if (used && initial != kAbsent && initial >= base_) {
    ReportUse(id, first->first, " was not at the version it names");
  }
  for (const Passage* passage = first; passage != end; ++passage) {
    if (passage->first == kAbsent) {
      row = passage->before;
      break;
    }
    if (passage->before != head) {
      ReportUse(id, passage->first,
                request ? " stands on an earlier record" : " was not at the version it names");
    }
    head = passage->after;
  }
  if (!used && row >= base_) {
    sums->surplus.push_back(id);
  } else if (target_.rows && head != kAbsent && !row) {
    ReportUse(id, head, ": its row is missing");
  } else if (row && row != head) {
    ReportUse(id, head, ": its row names another record");
  }
  sums->streams += !request && head != kAbsent;
  if (initial != kAbsent && base_ > 0) sums->before[request].Add(SumHash(id, initial));
  if (row && options_.want_state) sums->after[request].Add(SumHash(id, *row));
}

absl::Status Verification::CheckPart(int part) {
  ASSIGN_OR_RETURN(const std::vector<Passage> passages, passages_.Take(part));
  Sums sums;
  for (size_t first = 0; first < passages.size();) {
    size_t end = first;
    while (end < passages.size() && passages[end].id == passages[first].id) ++end;
    CheckName(&passages[first], passages.data() + end, &sums);
    first = end;
  }
  MutexLock lock(&mutex_);
  totals_.streams += sums.streams;
  surplus_.insert(surplus_.end(), sums.surplus.begin(), sums.surplus.end());
  const auto add = [](const RowSum& from, RowSum* to) {
    for (size_t i = 0; i < from.lanes.size(); ++i) to->lanes[i] += from.lanes[i];
  };
  add(sums.before[0], &before_[0]);
  add(sums.before[1], &before_[1]);
  add(sums.after[0], &totals_.state.streams);
  add(sums.after[1], &totals_.state.requests);
  return absl::OkStatus();
}

absl::Status Verification::CheckUses() {
  RETURN_IF_ERROR(RunTasks(PassageStore::kParts,
                           [this](uint64_t part) { return CheckPart(static_cast<int>(part)); }));
  if (target_.since == nullptr) return absl::OkStatus();
  MutexLock lock(&mutex_);
  const std::string text =
      StrCat("what the first ", base_, " records left is not what was verified before");
  if (before_[0] != target_.since->streams) findings_->Report(Finding::kStream, kAbsent, text);
  if (before_[1] != target_.since->requests) findings_->Report(Finding::kRequest, kAbsent, text);
  return absl::OkStatus();
}

absl::StatusOr<Record> Verification::LoadFrom(RecordCursor& cursor, uint64_t sequence) const {
  const RecordCursor::Rows rows = cursor.At(sequence);
  RETURN_IF_ERROR(rows.leaf.status());
  RETURN_IF_ERROR(rows.items.status());
  return DecodeRecord(sequence, *rows.leaf, *rows.items);
}

absl::Status Verification::CheckTaught(uint64_t sequence) {
  const std::unique_ptr<RecordCursor> cursor = target_.source->NewCursor(sequence);
  ASSIGN_OR_RETURN(const Record record, LoadFrom(*cursor, sequence));
  if (sequence < base_) RETURN_IF_ERROR(target_.prove(sequence, record.leaf.Encode()));
  return options_.authors->learn(record);
}

absl::Status Verification::CheckAuthorsOf(uint64_t piece) {
  const uint64_t first = base_ + piece * options_.range_records;
  const uint64_t end = std::min(first + options_.range_records, target_.size);
  const std::unique_ptr<RecordCursor> cursor = target_.source->NewCursor(first);
  std::mt19937_64 random(std::random_device{}());
  auto taught = std::lower_bound(teaching_.begin(), teaching_.end(), first);
  uint64_t checked = 0;
  for (uint64_t sequence = first; sequence < end; ++sequence) {
    if (taught != teaching_.end() && *taught == sequence) {
      ++taught;
      continue;
    }
    if (random() % static_cast<uint64_t>(options_.author_sample) != 0) continue;
    const absl::StatusOr<Record> record = LoadFrom(*cursor, sequence);
    if (!record.ok()) continue;  // Named before.
    ++checked;
    const absl::Status author = options_.authors->check(*record);
    if (!author.ok()) findings_->Report(Finding::kAuthor, sequence, FromAbsl(author.message()));
  }
  authors_ += checked;
  return absl::OkStatus();
}

absl::Status Verification::CheckAuthors() {
  if (options_.authors == nullptr) return absl::OkStatus();
  std::sort(teaching_.begin(), teaching_.end());
  for (const uint64_t sequence : teaching_) {
    const absl::Status status = CheckTaught(sequence);
    if (!status.ok()) findings_->Report(Finding::kAuthor, sequence, FromAbsl(status.message()));
    ++authors_;
  }
  const uint64_t pieces =
      (target_.size - base_ + options_.range_records - 1) / options_.range_records;
  return RunTasks(pieces, [this](uint64_t piece) { return CheckAuthorsOf(piece); });
}

VerifyResult Verification::Finish(std::string origin) {
  MutexLock lock(&mutex_);
  VerifyResult result = std::move(totals_);
  findings_->MoveTo(&result);
  result.head = edge_.Head();
  result.authors = authors_;
  result.state.origin = std::move(origin);
  result.state.head = result.head;
  result.state.key = sum_key_;
  result.state.teaching = std::move(teaching_);
  return result;
}

}  // namespace suyuan::ledger
