#include "services/rpc/waiting.h"

#include "storage/base/status.h"

namespace suyuan::rpc {

absl::StatusOr<std::string> WaitForAnswer(const std::function<void(Answer)>& call) {
  return WaitFor<absl::StatusOr<std::string>>(call);
}

absl::Status WaitForStream(const std::function<void(Opened)>& open,
                           google::protobuf::Message* message,
                           const std::function<absl::Status()>& visit) {
  ASSIGN_OR_RETURN(const Source source, WaitFor<absl::StatusOr<Source>>(open));
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                     WaitFor<absl::StatusOr<std::optional<std::string>>>(source));
    if (!bytes.has_value()) return absl::OkStatus();
    if (!message->ParseFromString(*bytes)) return absl::DataLossError("an answer cannot be read");
    RETURN_IF_ERROR(visit());
  }
}

}  // namespace suyuan::rpc
