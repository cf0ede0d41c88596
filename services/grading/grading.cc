#include "services/grading/grading.h"

#include "services/domain/deciders.h"
#include "suyuan/v1/grading.pb.h"

namespace suyuan::grading {
namespace {

class Grading final : public rpc::Module {
 public:
  Grading()
      : handlers_(
            v1::GradeBatchRequest::descriptor()->file()->FindServiceByName("GradingService")) {
    handlers_.Command<v1::GradeBatchRequest, v1::GradeBatchResponse>(
        "GradeBatch",
        [](domain::World& world, domain::Context& context, const auto& request) {
          return domain::DecideGrade(world, context, request.grading());
        },
        [](const auto&, const rpc::Recorded& recorded, auto* response) {
          for (const event::v1::DerivedBatch& output :
               recorded.events[0].batch_graded().outputs()) {
            response->add_batches(output.batch());
          }
        });
  }
  std::vector<const rpc::Handlers*> services() const override { return {&handlers_}; }

 private:
  rpc::Handlers handlers_;
};

}  // namespace

std::unique_ptr<rpc::Module> MakeGrading(const rpc::Host&) { return std::make_unique<Grading>(); }

}  // namespace suyuan::grading
