// Load on an HTTP server over connections that are kept.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/load.h"

namespace suyuan::bench {

// The i-th request's target.
using TargetOf = std::function<std::string(int i)>;

// 16 connections for three seconds at a steady rate, gzip taken; a call's time runs from when it
// was due. INTERNAL: an answer was not a 200 with a body of its Content-Length.
absl::StatusOr<Load> GetPaced(int port, double per_second, const TargetOf& target);

// What is served at `port` beside the same answer, headers and all, as a constant of the same kind
// of server, each as fast as can be; in turns, so that a machine that slows down slows both.
struct BesideConstant {
  double ratio = 0;  // The medians of the turns.
  double per_second = 0;
  double constant_per_second = 0;
};
// INTERNAL: as above, or the first target's answer is not a 200.
absl::StatusOr<BesideConstant> MeasureBesideConstant(int port, const TargetOf& target);

}  // namespace suyuan::bench
