#include "services/label/view.h"

#include "services/domain/time.h"
#include "services/label/code.h"
#include "services/store/events.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {
namespace {

constexpr int kShape = 1;  // Raised when rows change.

std::string CodeKey(std::string_view code) { return std::string(AsBytes(Sha256(code))); }

std::string VoidKey(std::string_view run, int last) {
  std::string key = StrCat(run, "|");
  PutU32(key, static_cast<uint32_t>(last));
  return key;
}

std::string Number(int number) {
  std::string bytes;
  PutU32(bytes, static_cast<uint32_t>(number));
  return bytes;
}

absl::Status Voided(const claim::v1::LabelVoid& claim, index::Rows& rows) {
  rows.Put(kVoids, VoidKey(claim.run(), claim.last()), Number(claim.first()));
  ASSIGN_OR_RETURN(const std::string row, rows.Get(kSummaries, claim.run()));
  v1::LabelRunSummary summary;
  if (!summary.ParseFromString(row)) return absl::DataLossError("a label run cannot be read");
  summary.set_voided(summary.voided() + claim.last() - claim.first() + 1);
  rows.Put(kSummaries, claim.run(), summary.SerializeAsString());
  return absl::OkStatus();
}

}  // namespace

std::string RunListPrefix(std::string_view batch) { return StrCat("batch|", batch, "|"); }

LabelProjection::LabelProjection(std::string origin, const EpochKeys* keys)
    : origin_(std::move(origin)), keys_(keys) {}

int LabelProjection::version() const {
  std::string all;
  for (const auto& [epoch, key] : *keys_) {
    PutU32(all, static_cast<uint32_t>(epoch));
    all += AsBytes(Sha256("suyuan-label-view-v1\n", key));
  }
  const Hash hash = Sha256(all);
  return kShape << 24 | hash[0] << 16 | hash[1] << 8 | hash[2];
}

std::vector<kv::Family> LabelProjection::families() const {
  return {{"codes"}, {"runs"}, {"summaries"}, {"voids"}, {"gtins"}};
}

absl::Status LabelProjection::Apply(const ledger::Record& record, index::Rows& rows) {
  return store::ForEachEvent(record, [&](const domain::EventAt& at) {
    const event::v1::Event& event = at.event;
    if (event.has_labels_issued()) return Issued(at, rows);
    if (event.has_labels_voided()) return Voided(event.labels_voided().claim(), rows);
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
             Number(number) + issued.run());
  }
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
  ASSIGN_OR_RETURN(std::optional<Run> run, FindRun(std::string(reader.rest())));
  if (!run.has_value()) return absl::DataLossError("a code leads to no run");
  return Label{*std::move(run), number};
}

absl::StatusOr<bool> LabelView::Voided(const std::string& run, int number) const {
  // The first range that ends at or behind the number is the only one that can hold it.
  const std::unique_ptr<kv::Iterator> row = db_->NewIterator(kVoids);
  row->Seek(VoidKey(run, number));
  if (!row->Valid()) {
    RETURN_IF_ERROR(row->status());
    return false;
  }
  if (!row->key().starts_with(StrCat(run, "|"))) return false;
  return ByteReader(row->value()).U32() <= static_cast<uint32_t>(number);
}

}  // namespace suyuan::label
