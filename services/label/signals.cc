#include "services/label/signals.h"

#include <algorithm>

#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "storage/base/status.h"

namespace suyuan::label {
namespace {

// Exact counts would tell one scanner of the next.
int AtLeast(int count) { return count > 20 ? 21 : count > 5 ? 6 : count > 1 ? 2 : count; }

// Whoever prints labels scans one or two to see that they work.
int LabelsMin(v1::ScanSignal signal) {
  return signal == v1::SCAN_SIGNAL_NOT_APPLIED_SCANNED ||
                 signal == v1::SCAN_SIGNAL_NOT_SHIPPED_SCANNED
             ? 3
             : 1;
}

}  // namespace

std::vector<v1::ScanSignal> SignalsOf(const v1::ResolveLabelResponse& label,
                                      const v1::Journey& journey) {
  std::vector<v1::ScanSignal> signals;
  if (label.voided()) signals.push_back(v1::SCAN_SIGNAL_VOID_SCANNED);
  if (label.state() == v1::LABEL_STATE_RETIRED &&
      label.retire_cause() != claim::v1::RETIRE_CAUSE_SOLD) {
    signals.push_back(v1::SCAN_SIGNAL_RETIRED_SCANNED);
  }
  if (label.state() == v1::LABEL_STATE_PRINTED ||
      (label.state() == v1::LABEL_STATE_GENERATED && label.steps_recorded())) {
    signals.push_back(v1::SCAN_SIGNAL_NOT_APPLIED_SCANNED);
  }
  if (!journey.shipped()) signals.push_back(v1::SCAN_SIGNAL_NOT_SHIPPED_SCANNED);
  return signals;
}

v1::LabelScans ScansOf(const Scans& all, const Scanned& scanned) {
  v1::LabelScans scans;
  scans.set_first_day(all.TextOf(scanned.first_day));
  scans.set_count_at_least(AtLeast(scanned.count));
  scans.set_unusual(scanned.Has(v1::SCAN_SIGNAL_MANY_NETWORKS) ||
                    scanned.Has(v1::SCAN_SIGNAL_MANY_PLACES));
  scans.set_first_place(TextOf(scanned.first_place));
  return scans;
}

absl::StatusOr<std::optional<v1::ScanSignalCluster>> ShownCluster(store::Store& store,
                                                                  const Scans& scans,
                                                                  const domain::Caller& caller,
                                                                  std::string_view key,
                                                                  std::string_view value) {
  ASSIGN_OR_RETURN(const SignalCluster cluster, Scans::ParseCluster(value));
  const auto signal = static_cast<v1::ScanSignal>(key.back());
  if (cluster.labels < LabelsMin(signal) || scans.IsOld(cluster)) return std::nullopt;
  const std::string batch(key.substr(0, key.size() - 2));
  ASSIGN_OR_RETURN(const auto made, store.Find<domain::BatchState>(batch));
  if (made == nullptr) return std::nullopt;
  ASSIGN_OR_RETURN(const auto party, store.Find<domain::PartyState>(made->party));
  if (party == nullptr || !domain::Supervises(caller, party->claim.region_code())) {
    return std::nullopt;
  }
  v1::ScanSignalCluster shown;
  shown.set_batch(batch);
  shown.set_signal(signal);
  shown.set_labels(cluster.labels);
  shown.set_first_day(scans.TextOf(cluster.first_day));
  shown.set_last_day(scans.TextOf(cluster.last_day));
  shown.set_party(made->party);
  shown.set_region_code(party->claim.region_code());
  for (const Label& label : cluster.examples) {
    v1::LabelNumber* example = shown.add_examples();
    example->set_run(label.run.name);
    example->set_number(label.number);
  }
  for (const auto& [place, at] : cluster.places) {
    if (scans.Today() - at.last_day >= kScansKeptDays) continue;
    v1::ScanPlace* labels = shown.add_places();
    labels->set_place(TextOf(place));
    labels->set_labels(at.labels);
  }
  std::stable_sort(shown.mutable_places()->begin(), shown.mutable_places()->end(),
                   [](const auto& a, const auto& b) { return a.labels() > b.labels(); });
  return shown;
}

}  // namespace suyuan::label
