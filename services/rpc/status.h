// absl::Status ↔ grpc::Status. The only place that translates gRPC's.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/any.pb.h"
#include "grpcpp/support/status.h"

namespace suyuan::rpc {

// The reason, its details and the refused rows travel as google.rpc.ErrorInfo in a
// google.rpc.Status (the binary status details); the message is the reason's English text.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

// The google.rpc.ErrorInfo of a status: one, one a refused row, or none without a reason.
std::vector<google::protobuf::Any> DetailsFor(const absl::Status& status);

// What the public may see of a status. An error without a reason is ours, not the caller's: it
// becomes REASON_INTERNAL, or REASON_UNAVAILABLE, and shows nothing of itself.
absl::Status Public(const absl::Status& status);

// The reason's text, in English, or the status's own message.
std::string MessageOf(const absl::Status& status);

}  // namespace suyuan::rpc
