// What is counted for whoever runs the service, as Prometheus reads it. Never who, what or where:
// methods, codes, sizes and times only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace suyuan::metrics {

// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // A call from outside was answered. `method` is one that is served: names of callers' own making
  // would fill memory.
  void Called(const std::string& method, absl::StatusCode code, absl::Duration took);
  // A value that is read whenever it is asked for, on the asking thread. `read` is called until
  // destruction.
  void AddGauge(const std::string& name, const std::string& help, std::function<double()> read);

  // Prometheus' text format, 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::metrics
