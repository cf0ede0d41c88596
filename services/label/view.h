// The label view: which label a code is. It holds hashes of codes, never a code: whoever steals it
// cannot print a label with it. Derived from the log and the epoch keys, and can be deleted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/domain/world.h"
#include "storage/base/forgetful_map.h"
#include "storage/base/hash.h"
#include "storage/base/mutex.h"
#include "storage/index/projection.h"
#include "storage/kv/db.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {

using EpochKeys = std::map<int, HmacKey>;

enum Family {
  kCodes,  // First half of a code's SHA-256 → be32 number, be64 sequence of its run's record.
  // Run name → be64 sequence, event.v1.Event; "at|{be64 sequence}" → run name: a record issues one
  // run; "batch|{batch}|{be64 ^sequence}" → run name.
  kRuns,
  kSummaries,  // Run name → v1.LabelRunSummary.
  // "{run}|{be32 last}" → be32 first: ranges that do not overlap; "{run}|" where there are any.
  kVoids,
  kGtins,  // Product name → its GTIN, 14 digits.
  // "{run}|{u8 stage}{be32 last}" → claim.v1.LabelMark, those of a stage not overlapping;
  // "{run}|" where there are any.
  kMarks,
  kFamilyCount,
};

// Thread-compatible: the runner's thread only. `keys` outlives it.
class LabelProjection final : public index::Projection {
 public:
  LabelProjection(std::string origin, const EpochKeys* keys);
  // Of the rows' shape and of the keys: other keys make other codes.
  int version() const override;
  std::vector<kv::Family> families() const override;
  // FAILED_PRECONDITION: labels were issued under an epoch whose key is not there.
  absl::Status Apply(const ledger::Record& record, index::Rows& rows) override;

 private:
  absl::Status Issued(const domain::EventAt& at, index::Rows& rows) const;

  const std::string origin_;
  const EpochKeys* const keys_;
};

// A run as it was issued.
struct Run {
  std::string name;
  std::string party;  // Who issued it.
  std::string batch;
  std::string host;    // Of its printed address.
  std::string gtin14;  // Of its product; empty where there is none.
  int count = 0;
  int epoch = 0;
  bool pin = false;       // Each label has one under a scratch layer.
  uint64_t sequence = 0;  // Of its record.
};

struct Label {
  Run run;
  int number = 0;
};

// How far a label has come.
struct Life {
  v1::LabelState state = v1::LABEL_STATE_GENERATED;
  claim::v1::LabelMark mark;    // Its last step, where it took one and is not void.
  bool steps_recorded = false;  // Any label of its run took a step.
};

// Reads. Thread-safe. `db` outlives it.
class LabelView {
 public:
  explicit LabelView(const kv::Db* db) : db_(db) {}
  absl::StatusOr<std::optional<Run>> FindRun(const std::string& name) const;
  absl::StatusOr<std::optional<Label>> FindCode(std::string_view code) const;
  // 14 digits; empty where the product has none.
  absl::StatusOr<std::string> GtinOf(const std::string& product) const;
  absl::StatusOr<bool> Voided(const std::string& run, int number) const;
  absl::StatusOr<Life> LifeOf(const std::string& run, int number) const;
  // All labels from `number` to the last before `count` that took their last step together with
  // it; at least itself.
  absl::StatusOr<v1::LabelRange> RangeFrom(const Run& run, int number) const;
  const kv::Db& db() const { return *db_; }

 private:
  absl::StatusOr<Run> RunAt(uint64_t sequence) const;
  // Whether any range of the run stands in kVoids or kMarks.
  absl::StatusOr<bool> HasRanges(Family family, const std::string& run) const;

  static constexpr size_t kRunsMax = 10'000;  // Beyond it all are forgotten.

  const kv::Db* const db_;
  mutable Mutex mutex_;
  // By RunAtKey: runs do not change once they are issued, and every scan asks for one.
  mutable ForgetfulMap<Run> runs_ ABSL_GUARDED_BY(mutex_){kRunsMax};
};

// Lists the runs of a batch, newest first.
std::string RunListPrefix(std::string_view batch);

}  // namespace suyuan::label
