#include "services/inspection/inspection.h"

#include "services/domain/deciders.h"
#include "suyuan/v1/inspection.pb.h"

namespace suyuan::inspection {
namespace {

using domain::Context;
using domain::World;
using rpc::Recorded;

class Inspection final : public rpc::Module {
 public:
  Inspection();
  std::vector<const rpc::Handlers*> services() const override { return {&handlers_}; }

 private:
  rpc::Handlers handlers_;
};

Inspection::Inspection()
    : handlers_(
          v1::PlaceHoldRequest::descriptor()->file()->FindServiceByName("InspectionService")) {
  handlers_.Command<v1::RecordSamplingRequest, v1::RecordSamplingResponse>(
      "RecordSampling",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideSampling(world, context, request.sampling());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_sampling(recorded.events[0].sample_taken().sampling());
      });
  handlers_.Command<v1::RecordResultRequest, v1::RecordResultResponse>(
      "RecordResult",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideResult(world, context, request.result());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_result(recorded.events[0].result_recorded().result());
        // The hold a bad result places stands in the same record.
        if (recorded.events.size() > 1) {
          response->set_hold(recorded.events[1].hold_placed().hold());
        }
      });
  handlers_.Command<v1::PlaceHoldRequest, v1::PlaceHoldResponse>(
      "PlaceHold",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideHold(world, context, request.hold());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_hold(recorded.events[0].hold_placed().hold());
      });
  handlers_.Command<v1::ReleaseHoldRequest, v1::ReleaseHoldResponse>(
      "ReleaseHold",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideRelease(world, context, request.release());
      },
      [](const auto&, const Recorded&, auto*) {});
}

}  // namespace

std::unique_ptr<rpc::Module> MakeInspection(const rpc::Host&) {
  return std::make_unique<Inspection>();
}

}  // namespace suyuan::inspection
