// Where printed labels go: a file, or a printer that listens for raw jobs (port 9100).
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace suyuan::cli {

// Thread-compatible.
class PrintSink {
 public:
  virtual ~PrintSink() = default;
  // `number`: of the label in it, for sinks that keep labels apart.
  virtual absl::Status Write(const std::string& data, int number) = 0;
  // Until then a file is not there under its name.
  virtual absl::Status Finish() = 0;
};

// `to`: "tcp://host:port", "tcp://[::1]:9100", or a path. `apart`: a file a label, its number
// before the ending ("label-7.png"). INVALID_ARGUMENT: no such address. UNAVAILABLE: nobody answers
// there.
absl::StatusOr<std::unique_ptr<PrintSink>> OpenPrintSink(const std::string& to, bool apart);

}  // namespace suyuan::cli
