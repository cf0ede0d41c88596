#include "services/rpc/library_log.h"

#include <string_view>

#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "storage/base/log.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

void LogGrpc(gpr_log_func_args* said) {
  std::string_view file(said->file);
  file.remove_prefix(file.rfind('/') + 1);  // npos + 1 is 0.
  log::Warning("gRPC says", {{"at", StrCat(file, ":", said->line)}, {"text", said->message}});
}

}  // namespace

void TakeLibraryLogs() {
  gpr_set_log_function(LogGrpc);
  google::protobuf::SetLogHandler(nullptr);  // What is fatal still ends the process.
}

}  // namespace suyuan::rpc
