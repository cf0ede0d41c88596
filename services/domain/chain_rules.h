// Rules several deciders share.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/domain/quantity.h"
#include "services/domain/states.h"

namespace suyuan::domain {

absl::Status NotFound(const std::string& resource);

// The state of a thing that must be there: NOT_FOUND otherwise.
template <typename State>
absl::StatusOr<const State*> Get(World& world, const std::string& name) {
  absl::StatusOr<const State*> state = world.Find<State>(name);
  if (state.ok() && *state == nullptr) return NotFound(name);
  return state;
}

// A party within a regulator's jurisdiction; NOT_FOUND of `resource` otherwise. Nothing for others.
absl::Status CheckReach(World& world, const Context& context, const std::string& party,
                        const std::string& resource);

// The key that a revocation names. SUSPICION, NOT_FOUND.
struct KeyState;
absl::StatusOr<const KeyState*> GetRevocable(World& world, const Context& context,
                                             const claim::v1::KeyRevocation& claim);

// The caller's own site: NOT_IN_POSSESSION for another's.
absl::StatusOr<const SiteState*> GetOwnSite(World& world, const Context& context,
                                            const std::string& site);

// Holds of a batch: what was not released, and what was by a signature that is disputed.
absl::StatusOr<std::set<std::string>> StandingHolds(World& world, const BatchState& batch);
// Whether a recall goes on: it was not closed, or by a signature that is disputed.
absl::StatusOr<bool> RecallIsOpen(World& world, const RecallState& recall);

// A batch that nothing stops: NOT_FOUND, BATCH_ON_HOLD, BATCH_RECALLED; BUSY while a recall of its
// product looks for what it must hold.
absl::StatusOr<const BatchState*> GetFreeBatch(World& world, const std::string& batch);
// One that may move from a site: before all else NOT_IN_POSSESSION where nothing of it ever stood
// there, whether there is such a batch or not, so that outsiders learn nothing of it.
absl::StatusOr<const BatchState*> GetMovableBatch(World& world, const std::string& batch,
                                                  const std::string& site);

// Loads all that movements of these batches at a site ask for, at once and not one by one.
absl::Status WantMovements(World& world, const std::vector<std::string>& batches,
                           const std::string& site);

// Takes an amount of a batch from a site and writes its holding: NOT_IN_POSSESSION where nothing of
// it is there, WRONG_UNIT, INSUFFICIENT_QUANTITY.
absl::Status Take(World& world, const std::string& batch, const std::string& site,
                  const Amount& amount);

// As Take, for what becomes other batches, which have label budgets of their own: LABELS_LIVE where
// what is left does not bear the live labels.
absl::Status TakeApart(World& world, const BatchState& batch, const std::string& site,
                       const Amount& amount);

// Labels a batch may have when `transformed` of it, in base units, has become other batches: a pack
// each, and two in a hundred more, rounded up, for what is spoiled in printing. NO_NET_CONTENT.
absl::StatusOr<int64_t> LabelBudget(const BatchState& batch, const ProductState& product,
                                    int64_t transformed);

// Writes a stream that a new thing begins.
absl::Status Begin(World& world, const std::string& stream);

// Ids of batches that come into being at a site, with both streams of each begun.
absl::StatusOr<std::vector<std::string>> BeginBatches(World& world, Context& context, int count,
                                                      const std::string& site);
absl::Status BeginBatch(World& world, const std::string& batch, const std::string& site);

// REASON_DUPLICATE with {field} where a value stands twice.
absl::Status CheckDistinct(std::vector<std::string> values, const std::string& field);

// Holds, releases and recalls of the inputs, each once.
void InheritFrom(const BatchState& input, event::v1::Inheritance* inheritance);

}  // namespace suyuan::domain
