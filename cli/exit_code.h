// How a command ends, for scripts. Fixed from the first release.
#pragma once

#include "absl/status/status.h"

namespace suyuan::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,      // Here or there; repeating it will not help.
  kUsage = 2,       // The command line or a file it names is not understood.
  kRefused = 3,     // By a rule; the error names its Reason.
  kNotAllowed = 4,  // This key may not.
  kNotFound = 5,
  kUnavailable = 6,  // Nobody answers, or is too busy: safe to repeat.
  kInterrupted = 130,
};

// The one table from a status and its Reason to an exit code.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace suyuan::cli
