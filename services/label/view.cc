#include "services/label/view.h"

#include <algorithm>
#include <utility>

#include "services/domain/time.h"
#include "services/label/code.h"
#include "services/store/events.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {
namespace {

constexpr int kShape = 4;           // Raised when rows change.
constexpr int kReprintsShown = 20;  // Of a run, the last ones; all are in the log.
// Of a code's hash: as hard to meet as the code is to guess, and a million rows stay in memory.
constexpr size_t kCodeKeySize = 16;

std::string CodeKey(std::string_view code) {
  return std::string(AsBytes(Sha256(code)).substr(0, kCodeKeySize));
}

std::string RunAtKey(uint64_t sequence) { return "at|" + BigEndian64(sequence); }

// Stands where a run has any ranges: a row that is not there costs less to ask for than a range.
std::string RangesPrefix(std::string_view run) { return StrCat(run, "|"); }

std::string VoidKey(std::string_view run, int last) {
  std::string key = RangesPrefix(run);
  PutU32(key, static_cast<uint32_t>(last));
  return key;
}

std::string MarkKey(std::string_view run, claim::v1::LabelStage stage, int last) {
  std::string key = RangesPrefix(run);
  key.push_back(static_cast<char>(stage));
  PutU32(key, static_cast<uint32_t>(last));
  return key;
}

std::string Number(int number) {
  std::string bytes;
  PutU32(bytes, static_cast<uint32_t>(number));
  return bytes;
}

struct Span {
  int first = 0;
  int last = 0;
};

// Steps, the last one first.
constexpr std::pair<claim::v1::LabelStage, v1::LabelState> kStages[] = {
    {claim::v1::LABEL_STAGE_RETIRED, v1::LABEL_STATE_RETIRED},
    {claim::v1::LABEL_STAGE_APPLIED, v1::LABEL_STATE_APPLIED},
    {claim::v1::LABEL_STAGE_PRINTED, v1::LABEL_STATE_PRINTED}};

// The first range that ends at or behind the number: the only one that can hold it.
absl::StatusOr<std::optional<Span>> NextVoid(const kv::Db& db, const std::string& run, int number) {
  const std::unique_ptr<kv::Iterator> row = db.NewIterator(kVoids);
  row->Seek(VoidKey(run, number));
  if (!row->Valid()) {
    RETURN_IF_ERROR(row->status());
    return std::nullopt;
  }
  const std::string prefix = RangesPrefix(run);
  if (!row->key().starts_with(prefix)) return std::nullopt;
  return Span{static_cast<int>(ByteReader(row->value()).U32()),
              static_cast<int>(ByteReader(row->key().substr(prefix.size())).U32())};
}

// Likewise of the labels that took a step.
absl::StatusOr<std::optional<claim::v1::LabelMark>> NextMark(kv::Iterator& row,
                                                             const std::string& run,
                                                             claim::v1::LabelStage stage,
                                                             int number) {
  const std::string key = MarkKey(run, stage, number);
  row.Seek(key);
  if (!row.Valid()) {
    RETURN_IF_ERROR(row.status());
    return std::nullopt;
  }
  if (!row.key().starts_with(std::string_view(key).substr(0, key.size() - 4))) return std::nullopt;
  claim::v1::LabelMark mark;
  if (!mark.ParseFromString(std::string(row.value()))) {
    return absl::DataLossError("a label's step cannot be read");
  }
  return mark;
}

// Calls change(summary) on a run's.
template <typename Change>
absl::Status ChangeSummary(const std::string& run, index::Rows& rows, Change change) {
  ASSIGN_OR_RETURN(const std::string row, rows.Get(kSummaries, run));
  v1::LabelRunSummary summary;
  if (!summary.ParseFromString(row)) return absl::DataLossError("a label run cannot be read");
  change(summary);
  rows.Put(kSummaries, run, summary.SerializeAsString());
  return absl::OkStatus();
}

absl::Status Voided(const claim::v1::LabelVoid& claim, index::Rows& rows) {
  rows.Put(kVoids, RangesPrefix(claim.run()), "");
  rows.Put(kVoids, VoidKey(claim.run(), claim.last()), Number(claim.first()));
  return ChangeSummary(claim.run(), rows, [&](v1::LabelRunSummary& summary) {
    summary.set_voided(summary.voided() + claim.last() - claim.first() + 1);
  });
}

absl::Status Reprinted(const claim::v1::LabelMark& claim, index::Rows& rows) {
  return ChangeSummary(claim.run(), rows, [&](v1::LabelRunSummary& summary) {
    v1::LabelReprint* reprint = summary.add_reprints();
    reprint->set_first(claim.first());
    reprint->set_last(claim.last());
    reprint->set_cause(claim.reprint());
    *reprint->mutable_occur_time() = claim.occur().time();
    if (summary.reprints_size() > kReprintsShown) summary.mutable_reprints()->DeleteSubrange(0, 1);
  });
}

}  // namespace

std::string RunListPrefix(std::string_view batch) { return StrCat("batch|", batch, "|"); }

LabelProjection::LabelProjection(std::string origin, const EpochKeys* keys)
    : origin_(std::move(origin)), keys_(keys) {}

int LabelProjection::version() const {
  std::string all;
  for (const auto& [epoch, key] : *keys_) {
    PutU32(all, static_cast<uint32_t>(epoch));
    all += AsBytes(key.Sign("suyuan-label-view-v1\n"));
  }
  const Hash hash = Sha256(all);
  return kShape << 24 | hash[0] << 16 | hash[1] << 8 | hash[2];
}

std::vector<kv::Family> LabelProjection::families() const {
  return {{"codes"}, {"runs"}, {"summaries"}, {"voids"}, {"gtins"}, {"marks"}};
}

absl::Status LabelProjection::Apply(const ledger::Record& record, index::Rows& rows) {
  return store::ForEachEvent(record, [&](const domain::EventAt& at) {
    const event::v1::Event& event = at.event;
    if (event.has_labels_issued()) return Issued(at, rows);
    if (event.has_labels_voided()) return Voided(event.labels_voided().claim(), rows);
    if (event.has_labels_marked()) {
      const claim::v1::LabelMark& claim = event.labels_marked().claim();
      if (claim.reprint() != claim::v1::REPRINT_CAUSE_UNSPECIFIED) return Reprinted(claim, rows);
      rows.Put(kMarks, RangesPrefix(claim.run()), "");
      rows.Put(kMarks, MarkKey(claim.run(), claim.stage(), claim.last()),
               claim.SerializeAsString());
    }
    if (event.has_product_registered() && !event.product_registered().claim().gtin().empty()) {
      const event::v1::ProductRegistered& product = event.product_registered();
      rows.Put(kGtins, product.product(), Gtin14(product.claim().gtin()));
    }
    return absl::OkStatus();
  });
}

absl::Status LabelProjection::Issued(const domain::EventAt& at, index::Rows& rows) const {
  const event::v1::LabelsIssued& issued = at.event.labels_issued();
  const auto key = keys_->find(issued.epoch());
  if (key == keys_->end()) {
    return absl::FailedPreconditionError(StrCat("no key of label epoch ", issued.epoch()));
  }
  for (int number = 1; number <= issued.claim().count(); ++number) {
    rows.Put(kCodes, CodeKey(CodeOf(key->second, origin_, issued.run(), number)),
             Number(number) + BigEndian64(at.sequence));
  }
  rows.Put(kRuns, RunAtKey(at.sequence), issued.run());
  rows.Put(kRuns, issued.run(), BigEndian64(at.sequence) + at.event.SerializeAsString());
  rows.Put(kRuns, RunListPrefix(issued.claim().batch()) + BigEndian64(~at.sequence), issued.run());
  v1::LabelRunSummary summary;
  summary.set_name(issued.run());
  summary.set_batch(issued.claim().batch());
  summary.set_count(issued.claim().count());
  *summary.mutable_record_time() = domain::StampOf(at.record_time);
  rows.Put(kSummaries, issued.run(), summary.SerializeAsString());
  return absl::OkStatus();
}

absl::StatusOr<Run> LabelView::RunAt(uint64_t sequence) const {
  const std::string key = RunAtKey(sequence);
  {
    const MutexLock lock(&mutex_);
    if (const Run* const known = runs_.Find(key); known != nullptr) return *known;
  }
  const absl::StatusOr<std::string> name = db_->Get(kRuns, key);
  if (!name.ok() && !absl::IsNotFound(name.status())) return name.status();
  std::optional<Run> run;
  if (name.ok()) {
    ASSIGN_OR_RETURN(run, FindRun(*name));
  }
  if (!run.has_value()) return absl::DataLossError("a code leads to no run");
  const MutexLock lock(&mutex_);
  runs_.Put(key, *run);
  return *std::move(run);
}

absl::StatusOr<std::optional<Run>> LabelView::FindRun(const std::string& name) const {
  const absl::StatusOr<std::string> row = db_->Get(kRuns, name);
  if (absl::IsNotFound(row.status())) return std::nullopt;
  if (!row.ok()) return row.status();
  ByteReader reader(*row);
  Run run;
  run.sequence = reader.U64();
  event::v1::Event event;
  if (!event.ParseFromString(std::string(reader.rest()))) {
    return absl::DataLossError("a label run cannot be read");
  }
  const event::v1::LabelsIssued& issued = event.labels_issued();
  run.name = issued.run();
  run.party = event.actor_party();
  run.batch = issued.claim().batch();
  run.host = issued.host();
  run.count = issued.claim().count();
  run.epoch = issued.epoch();
  run.pin = issued.claim().pin();
  ASSIGN_OR_RETURN(run.gtin14, GtinOf(issued.product()));
  return run;
}

absl::StatusOr<std::string> LabelView::GtinOf(const std::string& product) const {
  absl::StatusOr<std::string> gtin = db_->Get(kGtins, product);
  if (absl::IsNotFound(gtin.status())) return "";
  return gtin;
}

absl::StatusOr<std::optional<Label>> LabelView::FindCode(std::string_view code) const {
  const absl::StatusOr<std::string> row = db_->Get(kCodes, CodeKey(code));
  if (absl::IsNotFound(row.status())) return std::nullopt;
  if (!row.ok()) return row.status();
  ByteReader reader(*row);
  const int number = static_cast<int>(reader.U32());
  ASSIGN_OR_RETURN(Run run, RunAt(reader.U64()));
  return Label{std::move(run), number};
}

absl::StatusOr<bool> LabelView::HasRanges(Family family, const std::string& run) const {
  const absl::Status any = db_->Get(family, RangesPrefix(run)).status();
  if (!any.ok() && !absl::IsNotFound(any)) return any;
  return any.ok();
}

absl::StatusOr<bool> LabelView::Voided(const std::string& run, int number) const {
  ASSIGN_OR_RETURN(const bool any, HasRanges(kVoids, run));
  if (!any) return false;
  ASSIGN_OR_RETURN(const std::optional<Span> next, NextVoid(*db_, run, number));
  return next.has_value() && next->first <= number;
}

absl::StatusOr<Life> LabelView::LifeOf(const std::string& run, int number) const {
  Life life;
  ASSIGN_OR_RETURN(const bool voided, Voided(run, number));
  ASSIGN_OR_RETURN(life.steps_recorded, HasRanges(kMarks, run));
  if (voided) {
    life.state = v1::LABEL_STATE_VOIDED;
    return life;
  }
  if (!life.steps_recorded) return life;
  const std::unique_ptr<kv::Iterator> row = db_->NewIterator(kMarks);
  for (const auto& [stage, state] : kStages) {
    ASSIGN_OR_RETURN(const auto mark, NextMark(*row, run, stage, number));
    if (!mark.has_value() || mark->first() > number) continue;
    life.state = state;
    life.mark = *mark;
    break;
  }
  return life;
}

absl::StatusOr<v1::LabelRange> LabelView::RangeFrom(const Run& run, int number) const {
  // What begins behind the number ends its range at the latest.
  int end = run.count;
  const auto cut = [&](const Span& next) {
    if (next.first > number) end = std::min(end, next.first - 1);
    if (next.first <= number) end = std::min(end, next.last);
  };
  v1::LabelRange range;
  range.set_first(number);
  range.set_state(v1::LABEL_STATE_GENERATED);
  ASSIGN_OR_RETURN(const std::optional<Span> voided, NextVoid(*db_, run.name, number));
  if (voided.has_value()) cut(*voided);
  if (voided.has_value() && voided->first <= number) {
    range.set_state(v1::LABEL_STATE_VOIDED);
    range.set_last(voided->last);
    return range;
  }
  const std::unique_ptr<kv::Iterator> row = db_->NewIterator(kMarks);
  for (const auto& [stage, state] : kStages) {
    ASSIGN_OR_RETURN(const auto mark, NextMark(*row, run.name, stage, number));
    if (!mark.has_value()) continue;
    cut({mark->first(), mark->last()});
    if (mark->first() > number || range.state() != v1::LABEL_STATE_GENERATED) continue;
    range.set_state(state);
    range.set_cause(mark->cause());
    *range.mutable_occur_time() = mark->occur().time();
  }
  range.set_last(end);
  return range;
}

}  // namespace suyuan::label
