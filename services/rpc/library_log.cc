#include "services/rpc/library_log.h"

#include <atomic>
#include <chrono>
#include <string_view>

#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "storage/base/log.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr int kLinesPerSecond = 5;  // A peer that fails without end does not fill the log.

std::atomic<int> dropped{0};  // Since the last line that was let through.

bool TakeLine() {
  static std::atomic<int64_t> second{0};
  static std::atomic<int> lines{0};
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const int64_t current = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  if (second.exchange(current) != current) lines = 0;
  return ++lines <= kLinesPerSecond;
}

void LogGrpc(gpr_log_func_args* said) {
  // What ends the process is always said.
  if (!TakeLine() && !std::string_view(said->message).starts_with("assertion failed")) {
    ++dropped;
    return;
  }
  std::string_view file(said->file);
  file.remove_prefix(file.rfind('/') + 1);  // npos + 1 is 0.
  log::Warning("gRPC says", {{"at", StrCat(file, ":", said->line)},
                             {"text", said->message},
                             {"dropped", StrCat(dropped.exchange(0))}});
}

}  // namespace

void TakeLibraryLogs() {
  gpr_set_log_function(LogGrpc);
  google::protobuf::SetLogHandler(nullptr);  // What is fatal still ends the process.
}

}  // namespace suyuan::rpc
