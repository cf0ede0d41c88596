// A cooperative with a farm on a system, and the acts of the chain as requests that a test sends.
#pragma once

#include <string>
#include <vector>

#include "storage/base/status.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/grading.pb.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/recall.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/shipment.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {

// Thread-compatible. A system must outlive its chains.
class Chain {
 public:
  explicit Chain(System& system)
      : system_(system),
        coop_(system.AddParty("金山蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE})),
        farm_(system.AddSite(coop_, claim::v1::SITE_KIND_FARM)),
        plot_(system.AddPlot(coop_)),
        product_(system.AddProduct(coop_)) {}

  Actor& coop() { return coop_; }
  const std::string& farm() const { return farm_; }
  const std::string& plot() const { return plot_; }
  const std::string& product() const { return product_; }
  std::string Harvest(int64_t kilograms) {
    return system_.Harvest(coop_, product_, plot_, farm_, kilograms);
  }

  v1::RegisterHarvestRequest HarvestRequest(int64_t kilograms) const {
    auto request = New<v1::RegisterHarvestRequest>();
    *request.mutable_harvest() = HarvestClaim(kilograms);
    return request;
  }
  claim::v1::Harvest HarvestClaim(int64_t kilograms) const {
    claim::v1::Harvest claim;
    claim.set_product(product_);
    claim.add_plots(plot_);
    claim.set_site(farm_);
    *claim.mutable_quantity() = System::Kilograms(kilograms);
    *claim.mutable_occur() = system_.Now();
    return claim;
  }
  v1::SplitBatchRequest SplitRequest(const std::string& batch, std::vector<int64_t> parts) const {
    auto request = New<v1::SplitBatchRequest>();
    request.mutable_split()->set_batch(batch);
    request.mutable_split()->set_site(farm_);
    for (const int64_t part : parts) {
      *request.mutable_split()->add_parts() = System::Kilograms(part);
    }
    *request.mutable_split()->mutable_occur() = system_.Now();
    return request;
  }
  // One kilogram of each.
  v1::MergeBatchesRequest MergeRequest(const std::vector<std::string>& batches) const {
    auto request = New<v1::MergeBatchesRequest>();
    request.mutable_merge()->set_site(farm_);
    for (const std::string& batch : batches) {
      claim::v1::BatchQuantity* input = request.mutable_merge()->add_inputs();
      input->set_batch(batch);
      *input->mutable_quantity() = System::Kilograms(1);
    }
    *request.mutable_merge()->mutable_occur() = system_.Now();
    return request;
  }
  v1::RecordLossRequest LossRequest(const std::string& batch, int64_t kilograms) const {
    auto request = New<v1::RecordLossRequest>();
    request.mutable_loss()->set_batch(batch);
    request.mutable_loss()->set_site(farm_);
    *request.mutable_loss()->mutable_quantity() = System::Kilograms(kilograms);
    request.mutable_loss()->set_cause(claim::v1::LOSS_CAUSE_SPOILED);
    *request.mutable_loss()->mutable_occur() = system_.Now();
    return request;
  }
  v1::PlaceHoldRequest HoldRequest(const std::string& batch) const {
    auto request = New<v1::PlaceHoldRequest>();
    request.mutable_hold()->set_batch(batch);
    request.mutable_hold()->set_cause(claim::v1::HOLD_CAUSE_SUSPICION);
    *request.mutable_hold()->mutable_occur() = system_.Now();
    return request;
  }
  v1::OpenRecallRequest RecallRequest(const std::vector<std::string>& batches) const {
    auto request = New<v1::OpenRecallRequest>();
    claim::v1::Recall& claim = *request.mutable_recall();
    claim.mutable_batches()->Assign(batches.begin(), batches.end());
    claim.set_level(claim::v1::RECALL_LEVEL_TWO);
    claim.set_hazard(claim::v1::HAZARD_PESTICIDE_RESIDUE);
    claim.set_notice_zh("请勿食用，退回购买处。");
    *claim.mutable_occur() = system_.Now();
    return request;
  }
  v1::CloseRecallRequest CloseRequest(const std::string& recall) const {
    auto request = New<v1::CloseRecallRequest>();
    request.mutable_closure()->set_recall(recall);
    request.mutable_closure()->set_outcome(claim::v1::RECALL_OUTCOME_COMPLETED);
    *request.mutable_closure()->mutable_occur() = system_.Now();
    return request;
  }
  // A request with an id of its own.
  template <typename Request>
  static Request New() {
    Request request;
    request.set_request_id(RandomUuid());
    return request;
  }

 private:
  System& system_;
  Actor& coop_;
  const std::string farm_, plot_, product_;
};

// All pages of a list, `page_size` a page: `things(response)` gives a page's.
template <typename Response, typename Request, typename Things>
auto AllPages(Actor& actor, const std::string& method, Request request, Things things) {
  std::vector<typename std::decay_t<decltype(things(Response()))>::value_type> all;
  while (true) {
    const absl::StatusOr<Response> response = actor.Call<Response>(method, request);
    EXPECT_OK(response);
    if (!response.ok()) return all;
    const auto page = things(*response);
    EXPECT_LE(page.size(), request.page_size());
    all.insert(all.end(), page.begin(), page.end());
    if (response->next_page_token().empty()) return all;
    request.set_page_token(response->next_page_token());
  }
}

template <typename Things>
std::vector<std::string> NamesOf(const Things& things) {
  std::vector<std::string> names;
  for (const auto& thing : things) names.push_back(thing.name());
  return names;
}

}  // namespace suyuan::test
