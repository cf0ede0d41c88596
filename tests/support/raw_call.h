// A call over gRPC as a client sends it that is not ours: any headers, and all that comes back.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "services/rpc/bytes.h"
#include "services/rpc/channel.h"
#include "tests/support/system.h"

namespace suyuan::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct RawAnswer {
  grpc::Status status;
  std::string body;
  std::multimap<std::string, std::string> trailers;
};

inline RawAnswer RawCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                         const std::string& body, const Headers& headers) {
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(channel);
  grpc::ClientContext context;
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(20, GPR_TIMESPAN)));
  for (const auto& [name, value] : headers) context.AddMetadata(name, value);
  grpc::CompletionQueue queue;
  const grpc::ByteBuffer request = rpc::ToBuffer(body);
  grpc::ByteBuffer response;
  RawAnswer answer;
  const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  call->Finish(&response, &answer.status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (answer.status.ok()) answer.body = rpc::FromBuffer(response);
  for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
    answer.trailers.emplace(std::string(name.data(), name.size()),
                            std::string(value.data(), value.size()));
  }
  return answer;
}

// As the actor signs it at that time.
inline Headers SignatureOf(const Actor& actor, const std::string& method, const std::string& body,
                           absl::Time time) {
  const rpc::CallSignature made =
      rpc::SignCall(*actor.options().key, actor.options().origin, method, false, time, body);
  return {{rpc::kKeyIdHeader, made.key_id},
          {rpc::kTimeHeader, made.time},
          {rpc::kSignatureHeader, made.signature}};
}

}  // namespace suyuan::test
