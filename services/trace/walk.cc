#include "services/trace/walk.h"

#include <set>
#include <utility>

#include "services/domain/chain_rules.h"
#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "services/trace/rows.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::trace {
namespace {

template <typename Registered>
absl::StatusOr<std::string> ClaimName(const View& view, const std::string& resource) {
  Registered registered;
  ASSIGN_OR_RETURN(const bool found, view.Find(kThings, resource, &registered));
  return found ? registered.claim().name() : std::string();
}

}  // namespace

absl::StatusOr<uint64_t> View::Size() const {
  const absl::StatusOr<std::string> size = db_->Get(kThings, kSizeKey, snapshot_.get());
  if (absl::IsNotFound(size.status())) return 0;
  if (!size.ok()) return size.status();
  return ByteReader(*size).U64();
}

absl::StatusOr<bool> View::Has(int family, const std::string& key) const {
  const absl::Status status = db_->Get(family, key, snapshot_.get()).status();
  if (status.ok() || absl::IsNotFound(status)) return status.ok();
  return status;
}

absl::StatusOr<bool> View::Find(int family, const std::string& key,
                                google::protobuf::MessageLite* message) const {
  const absl::StatusOr<std::string> value = db_->Get(family, key, snapshot_.get());
  if (absl::IsNotFound(value.status())) return false;
  if (!value.ok()) return value.status();
  if (message->ParseFromString(*value)) return true;
  return absl::DataLossError("a row of the trace view cannot be read");
}

absl::StatusOr<std::string> View::NameOf(const std::string& resource) const {
  if (resource.starts_with("parties/")) {
    return ClaimName<event::v1::PartyRegistered>(*this, resource);
  }
  if (resource.starts_with("sites/")) {
    return ClaimName<event::v1::SiteRegistered>(*this, resource);
  }
  if (resource.starts_with("products/")) {
    return ClaimName<event::v1::ProductRegistered>(*this, resource);
  }
  return std::string();
}

absl::StatusOr<v1::Standing> View::StandingOf(
    const std::string& key, const google::protobuf::Timestamp& record_time) const {
  claim::v1::KeyRevocation revocation;
  ASSIGN_OR_RETURN(const bool revoked, Find(kThings, RevokedKey(key), &revocation));
  const v1::Standing standing =
      domain::StandingOf(revoked ? &revocation : nullptr, domain::TimeOf(record_time));
  if (standing != v1::STANDING_DISPUTED) return standing;
  ASSIGN_OR_RETURN(const bool attested, Attested(key, domain::TimeOf(record_time)));
  return attested ? v1::STANDING_ATTESTED : standing;
}

absl::StatusOr<bool> View::Attested(const std::string& key, absl::Time record_time) const {
  const std::string prefix = AttestedKey(key);
  const std::unique_ptr<kv::Iterator> row = NewIterator(kThings);
  for (row->Seek(prefix); row->Valid() && row->key().starts_with(prefix); row->Next()) {
    event::v1::ChangeApproved approved;
    if (!approved.ParseFromArray(row->value().data(), static_cast<int>(row->value().size()))) {
      return absl::DataLossError("a row of the trace view cannot be read");
    }
    if (!domain::Attests(approved.what().attestation(), record_time)) continue;
    const auto micros = static_cast<int64_t>(ByteReader(row->key().substr(prefix.size())).U64());
    claim::v1::KeyRevocation approver;
    ASSIGN_OR_RETURN(const bool revoked, Find(kThings, RevokedKey(approved.key()), &approver));
    if (domain::StandingOf(revoked ? &approver : nullptr, absl::FromUnixMicros(micros)) !=
        v1::STANDING_DISPUTED) {
      return true;
    }
  }
  RETURN_IF_ERROR(row->status());
  return false;
}

absl::StatusOr<bool> View::FindBatch(const std::string& name, v1::Batch* batch) const {
  ASSIGN_OR_RETURN(const bool found, Find(kBatches, name, batch));
  if (!found || batch->released_holds().empty()) return found;
  event::v1::Inheritance row;
  ASSIGN_OR_RETURN(const bool kept, Find(kThings, ReleasedKey(name), &row));
  if (!kept) return absl::DataLossError("what a batch was released from is missing");
  std::set<std::string> held(batch->holds().begin(), batch->holds().end()), released;
  for (const event::v1::InheritedRelease& release : row.releases()) {
    ASSIGN_OR_RETURN(const v1::Standing standing, StandingOf(release.key(), release.record_time()));
    const bool disputed = standing == v1::STANDING_DISPUTED;
    released.insert(release.hold());
    if (disputed && held.insert(release.hold()).second) batch->add_holds(release.hold());
  }
  std::erase_if(released, [&](const std::string& hold) { return held.contains(hold); });
  batch->mutable_released_holds()->Assign(released.begin(), released.end());
  return true;
}

absl::StatusOr<bool> View::Closed(const std::string& recall) const {
  v1::TimelineEntry closure;
  ASSIGN_OR_RETURN(const bool found, Find(kThings, ClosedKey(recall), &closure));
  if (!found) return false;
  ASSIGN_OR_RETURN(const v1::Standing standing, StandingOf(closure.key(), closure.record_time()));
  return standing != v1::STANDING_DISPUTED;
}

absl::Status View::AddNames(v1::TimelineEntry* entry) const {
  ASSIGN_OR_RETURN(const v1::Standing standing, StandingOf(entry->key(), entry->record_time()));
  entry->set_standing(standing);
  ASSIGN_OR_RETURN(*entry->mutable_party_name(), NameOf(entry->party()));
  ASSIGN_OR_RETURN(*entry->mutable_site_name(), NameOf(entry->site()));
  if (entry->detail().starts_with("sites/")) {
    ASSIGN_OR_RETURN(*entry->mutable_detail(), NameOf(entry->detail()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<v1::OpenRecall>> View::OpenRecallOf(const v1::Batch& batch) const {
  for (int i = batch.recalls_size() - 1; i >= 0; --i) {
    ASSIGN_OR_RETURN(const bool over, Closed(batch.recalls(i)));
    v1::OpenRecall recall;
    ASSIGN_OR_RETURN(const bool found, Find(kThings, batch.recalls(i), &recall));
    if (over || !found) continue;
    ASSIGN_OR_RETURN(*recall.mutable_party_name(), NameOf(recall.party_name()));
    return recall;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<v1::Holding>> View::HoldingsOf(const std::string& batch) const {
  std::vector<v1::Holding> holdings;
  RETURN_IF_ERROR(ForEach<v1::Holding>(kHoldings, HoldingKey(batch, ""), [&](auto& holding) {
    holdings.push_back(std::move(holding));
    return true;
  }));
  for (v1::Holding& holding : holdings) {
    ASSIGN_OR_RETURN(*holding.mutable_party_name(), NameOf(holding.party()));
    ASSIGN_OR_RETURN(*holding.mutable_site_name(), NameOf(holding.site()));
  }
  return holdings;
}

absl::StatusOr<std::unique_ptr<Walk>> Walk::Start(std::shared_ptr<const View> view,
                                                  Direction direction,
                                                  const std::vector<std::string>& roots,
                                                  int depth_max) {
  ASSIGN_OR_RETURN(const uint64_t size, view->Size());
  std::unique_ptr<Walk> walk(new Walk(view, direction, depth_max, size));
  for (const std::string& root : roots) {
    v1::Batch batch;
    ASSIGN_OR_RETURN(const bool found, view->Find(kBatches, root, &batch));
    if (!found) return domain::NotFound(root);
    if (walk->seen_.insert(root).second) walk->queue_.push_back({root, 0});
  }
  return walk;
}

absl::Status Walk::AddNeighbours(const Step& step) {
  const std::string prefix =
      direction_ == Direction::kBack ? InEdgeKey(step.batch, "") : OutEdgeKey(step.batch, "");
  return view_->ForEach<claim::v1::BatchQuantity>(kEdges, prefix, [&](const auto& neighbour) {
    if (seen_.insert(neighbour.batch()).second) {
      queue_.push_back({neighbour.batch(), step.depth + 1});
    }
    return true;
  });
}

absl::StatusOr<std::unique_ptr<v1::TraceNode>> Walk::Next() {
  if (queue_.empty()) return std::unique_ptr<v1::TraceNode>();
  const Step step = std::move(queue_.front());
  queue_.pop_front();
  if (step.depth < depth_max_) RETURN_IF_ERROR(AddNeighbours(step));
  auto node = std::make_unique<v1::TraceNode>();
  ASSIGN_OR_RETURN(const bool found, view_->FindBatch(step.batch, node->mutable_batch()));
  if (!found) return absl::DataLossError(StrCat("an edge leads to no batch: ", step.batch));
  node->set_depth(step.depth);
  node->set_as_of_size(static_cast<int64_t>(size_));
  RETURN_IF_ERROR(view_->ForEach<claim::v1::BatchQuantity>(kEdges, InEdgeKey(step.batch, ""),
                                                           [&](const auto& input) {
                                                             *node->add_inputs() = input;
                                                             return true;
                                                           }));
  ASSIGN_OR_RETURN(const std::vector<v1::Holding> holdings, view_->HoldingsOf(step.batch));
  node->mutable_holdings()->Assign(holdings.begin(), holdings.end());
  ASSIGN_OR_RETURN(*node->mutable_product_name(), view_->NameOf(node->batch().product()));
  ASSIGN_OR_RETURN(*node->mutable_party_name(), view_->NameOf(node->batch().party()));
  event::v1::BatchHarvested harvested;
  ASSIGN_OR_RETURN(const bool harvest,
                   view_->Find(kThings, StrCat("harvest|", step.batch), &harvested));
  if (harvest) *node->mutable_plots() = harvested.claim().plots();
  return node;
}

}  // namespace suyuan::trace
