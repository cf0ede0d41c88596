// Load on an HTTP server over connections that are kept.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/load.h"

namespace suyuan::bench {

// The i-th request's target.
using TargetOf = std::function<std::string(int i)>;

// 16 connections for three seconds, gzip taken. INTERNAL: an answer was not a 200 with a body of
// its Content-Length.
absl::StatusOr<Load> GetAsFastAsCan(int port, const TargetOf& target);
// The same at a steady rate; a call's time runs from when it was due.
absl::StatusOr<Load> GetPaced(int port, double per_second, const TargetOf& target);

// A server of one constant body, until it is destroyed.
class ConstantPage {
 public:
  explicit ConstantPage(size_t bytes);
  ~ConstantPage();
  int port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::bench
