// What follows the log: lists of recalls, newest first, and the completion of each.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/recall/extender.h"
#include "storage/index/projection.h"
#include "suyuan/v1/recall.pb.h"

namespace suyuan::recall {

// The list of recalls of a kind; unspecified: real ones. Which are open is asked of the keys that
// closed them.
std::string ListOfKind(v1::RecallKind kind);

// Thread-compatible: the runner's thread only.
class RecallProjection final : public index::Projection {
 public:
  int version() const override { return 3; }
  std::vector<kv::Family> families() const override;
  absl::Status Apply(const ledger::Record& record, index::Rows& rows) override;
};

// A view of nothing but its position: it does not move past the record that opens a recall until
// the recall's scope is complete. So what a crash left unfinished is met again at the next start,
// and whoever opened a recall waits for it as for any view. Thread-compatible.
class CompletionProjection final : public index::Projection {
 public:
  explicit CompletionProjection(Extender* extender) : extender_(extender) {}
  int version() const override { return 1; }
  std::vector<kv::Family> families() const override { return {}; }
  absl::Status Apply(const ledger::Record& record, index::Rows& rows) override;

 private:
  Extender* const extender_;
};

}  // namespace suyuan::recall
