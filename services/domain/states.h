// What streams fold to. A stream's name says its kind: "batches/{id}", "holdings/{batch}/{site}" …
// Names inside states are resource names ("sites/{id}"), as in events.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/domain/id.h"
#include "services/domain/ranges.h"
#include "services/domain/world.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/shipment.pb.h"

namespace suyuan::domain {

// Names of the streams that are not resource names.
std::string HoldingStream(const std::string& batch, const std::string& site);
std::string LabelBudgetStream(const std::string& batch);
std::string RecallBrakeStream(const std::string& product);
std::string CertificationNumberStream(const claim::v1::Certification& claim);
// `value` is hashed into the name, so that any text will do.
std::string UniqueStream(std::string_view kind, std::string_view value);

// Clone by copy; `stream` is the name the state was made for.
template <typename Derived>
class StateOf : public StreamState {
 public:
  explicit StateOf(std::string_view stream) : stream_(stream) {}
  std::shared_ptr<StreamState> Clone() const override {
    return std::make_shared<Derived>(static_cast<const Derived&>(*this));
  }
  const std::string& stream() const { return stream_; }

 private:
  std::string stream_;
};

struct SiteState final : StateOf<SiteState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::string party;
  claim::v1::Site claim;
};

struct PlotState final : StateOf<PlotState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::string party;
  claim::v1::Plot claim;
};

struct ProductState final : StateOf<ProductState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::string party;
  claim::v1::Product claim;
  std::set<std::string> users;  // Parties that may harvest under it, beside its own.
};

// Identity, verdicts, holds: read by every movement, rarely written.
struct BatchState final : StateOf<BatchState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  // A hold that was released: whoever did may turn out to have been somebody else.
  struct Release {
    std::string hold, key;
    absl::Time record_time;
  };
  v1::BatchKind kind = v1::BATCH_KIND_UNSPECIFIED;
  std::string product;
  std::string party;  // Whose harvest, or who merged.
  std::string maker;  // Whose act made it.
  claim::v1::Quantity quantity;
  std::string grade;
  std::set<std::string> holds;       // Not released. Those that stand: StandingHolds.
  std::vector<Release> releases;     // The last of each.
  std::vector<std::string> recalls;  // All it was ever in; each says itself whether it is closed.
  claim::v1::Verdict verdict = claim::v1::VERDICT_UNSPECIFIED;  // Of the newest that counts.
  uint64_t verdict_sequence = 0;                                // Of that result's record.
  uint64_t sequence = 0;                                        // Of the record that made it.
  absl::Time record_time;

 private:
  void Released(const event::v1::HoldReleased& event, absl::Time time);
  void Derive(const EventAt& at, const event::v1::DerivedBatch& output, v1::BatchKind kind,
              const std::string& product, const std::string& origin,
              const event::v1::Inheritance& inheritance);
};

// What stands of one batch at one site, in base units. Never below zero.
struct HoldingState final : StateOf<HoldingState> {
  explicit HoldingState(std::string_view stream);
  void Apply(const EventAt& at) override;
  int64_t available = 0;
  claim::v1::Unit unit = claim::v1::UNIT_UNSPECIFIED;

 private:
  void Add(const std::string& batch, const std::string& site, claim::v1::Unit unit, int64_t amount);
  std::string batch_;
  std::string site_;
};

struct ShipmentState final : StateOf<ShipmentState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  bool open() const { return state == v1::SHIPMENT_STATE_IN_TRANSIT; }
  std::string from_party;
  std::string to_party;
  claim::v1::Dispatch claim;
  v1::ShipmentState state = v1::SHIPMENT_STATE_UNSPECIFIED;
  absl::Time record_time;
};

struct SamplingState final : StateOf<SamplingState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  bool resulted() const { return !result.empty(); }
  bool issued() const { return !signatory.empty(); }
  std::string party, member;  // Who took it.
  std::string lab;            // Party that tests it.
  claim::v1::Sampling claim;
  std::string result;  // "results/{id}"; empty: none yet.
  claim::v1::TestResult result_claim;
  uint64_t result_sequence = 0;  // Of its record.
  std::string analyst;           // Member who recorded it.
  std::string signatory;         // Member who issued it; empty: nobody.
  absl::Time issue_time;
};

struct RecallState final : StateOf<RecallState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::string party;
  claim::v1::Recall claim;
  int64_t as_of_size = 0;
  std::set<std::string> products, scope;
  bool complete = false;
  bool closed = false;  // Whether that counts: RecallIsOpen.
  claim::v1::RecallOutcome outcome = claim::v1::RECALL_OUTCOME_UNSPECIFIED;
  std::string close_key;
  absl::Time record_time, close_time;
};

// Open recalls of a product's batches whose scope is not complete yet: until it is, no batch of the
// product moves, and so none can be made that the recall does not know.
struct RecallBrakeState final : StateOf<RecallBrakeState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::set<std::string> recalls;
};

struct LabelRunState final : StateOf<LabelRunState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::string party;
  std::string batch;
  int count = 0;
  // Numbers that are void, and those that have taken each step.
  Ranges voided, printed, applied, retired;
};

// Labels issued for a batch and not voided, and how much of it has become other batches, which
// have budgets of their own.
struct LabelBudgetState final : StateOf<LabelBudgetState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  int64_t live = 0, transformed = 0;  // Labels, base units.
};

struct CertificationState final : StateOf<CertificationState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  claim::v1::Certification claim;
  absl::Time record_time;
  bool ended = false, error = false;  // An error never held.
};

// The terms that a number of a scheme had, but for those recorded in error.
struct CertificationNumberState final : StateOf<CertificationNumberState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  bool Overlaps(const claim::v1::Certification& claim) const;
  struct Term {
    std::string certification, from_date, until_date, end_date;  // Of the end: empty where none.
  };
  std::vector<Term> terms;
};

// A value that only one thing may have. That the stream exists is all it says, but of a GTIN.
struct UniqueState final : StateOf<UniqueState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::string product;  // That has the GTIN.
};

}  // namespace suyuan::domain
