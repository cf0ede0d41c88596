// Folds the log into the trace view: genealogy, holdings, timelines, tests.
#pragma once

#include <string>
#include <vector>

#include "services/domain/world.h"
#include "services/trace/scratch.h"
#include "storage/index/projection.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::trace {

// Thread-compatible: the runner's thread only.
class TraceProjection final : public index::Projection {
 public:
  int version() const override { return 6; }
  std::vector<kv::Family> families() const override;
  absl::Status Apply(const ledger::Record& record, index::Rows& rows) override;
};

// What folding one event needs at hand. Thread-compatible.
struct Fold {
  const domain::EventAt& at;
  Scratch& rows;
  const std::string& key;  // That signed the record: "keys/{32 hex digits}".

  v1::TimelineEntry Entry(std::string_view kind, const claim::v1::When& occur) const;
  void AddEntry(const std::string& batch, v1::TimelineEntry entry);
  // From now on and for ever the party may see the batch.
  void Show(const std::string& batch, const std::string& party);
  // A batch comes into being, all of it at `site`.
  void NewBatch(v1::Batch batch, const std::string& site);
  void AddEdge(const std::string& parent, const std::string& child,
               const claim::v1::Quantity& quantity);
  // Adds to (or, below zero, takes from) what stands at a site.
  void Move(const std::string& batch, const std::string& site, claim::v1::Unit unit,
            int64_t amount);
  // Of nothing yet; who has the site sees the batch.
  v1::Holding NewHolding(const std::string& batch, const std::string& site);
  void PutHolding(const std::string& batch, const v1::Holding& holding);
  void Inherit(const event::v1::Inheritance& inheritance, v1::Batch* batch) const;
};

// One a group of events; each ignores the others.
void FoldRegistry(Fold& fold);
void FoldOrigin(Fold& fold);
void FoldCertification(Fold& fold);
void FoldInspection(Fold& fold);
void FoldShipment(Fold& fold);
void FoldRecall(Fold& fold);

}  // namespace suyuan::trace
