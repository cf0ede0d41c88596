// All methods of the public contract, for tests that leave none out.
#pragma once

#include <memory>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/complaint.pb.h"
#include "suyuan/v1/grading.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/operation.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/recall.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/shipment.pb.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::test {

inline std::vector<const google::protobuf::MethodDescriptor*> Methods() {
  // A static library's contract is only there if something names it.
  static const google::protobuf::Descriptor* const kOneOfEach[] = {
      v1::GetCheckpointRequest::descriptor(),  v1::GetComplaintRequest::descriptor(),
      v1::GradeBatchRequest::descriptor(),     v1::GetServerInfoRequest::descriptor(),
      v1::RecordSamplingRequest::descriptor(), v1::IssueLabelsRequest::descriptor(),
      v1::MakeSnapshotRequest::descriptor(),   v1::RegisterHarvestRequest::descriptor(),
      v1::OpenRecallRequest::descriptor(),     v1::RegisterPartyRequest::descriptor(),
      v1::ShipRequest::descriptor(),           v1::TraceBackRequest::descriptor()};
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const google::protobuf::Descriptor* request : kOneOfEach) {
    const google::protobuf::ServiceDescriptor* service = request->file()->service(0);
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

inline std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<google::protobuf::Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

}  // namespace suyuan::test
