// Rows that a script measures, because what it measures is no C++: a browser, another database.
#include <cstdio>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "tests/bench/load.h"

namespace suyuan::bench {

absl::StatusOr<Figures> FiguresOf(const std::string& command) {
  FILE* script = popen(command.c_str(), "re");
  if (script == nullptr) return absl::InternalError("no process can be started");
  std::string out;
  char part[256];
  while (fgets(part, sizeof part, script) != nullptr) out += part;
  google::protobuf::Struct answer;
  if (pclose(script) != 0 || !google::protobuf::util::JsonStringToMessage(out, &answer).ok()) {
    return absl::UnavailableError(StrCat("cannot be measured: ", command, "\n", out));
  }
  Figures figures;
  for (const auto& [name, value] : answer.fields()) figures[name] = value.number_value();
  return figures;
}

absl::StatusOr<Figures> Page() {
  return FiguresOf("node " SUYUAN_SOURCE_DIR "/tests/bench/page.mjs " SUYUAN_BINARIES
                   " " SUYUAN_SOURCE_DIR);
}

}  // namespace suyuan::bench
