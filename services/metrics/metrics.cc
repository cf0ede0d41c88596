#include "services/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/base/mutex.h"

namespace suyuan::metrics {
namespace {

// Seconds; the goals of the design lie between: a page in 10 ms, a command in 25.
const prometheus::Histogram::BucketBoundaries kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                          0.1,   0.25,   0.5,   1,    5,     30};

}  // namespace

struct Metrics::Impl {
  struct Asked {
    prometheus::Gauge* gauge;
    std::function<double()> read;
  };
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& calls =
      prometheus::BuildCounter()
          .Name("suyuan_calls_total")
          .Help("Calls from outside that were answered")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("suyuan_call_seconds")
          .Help("From a call's arrival to its answer")
          .Register(registry);
  // To find a counter by its labels costs more than to count.
  struct Method {
    prometheus::Histogram* seconds = nullptr;
    std::map<absl::StatusCode, prometheus::Counter*> calls;
  };
  mutable Mutex mutex;
  std::vector<Asked> asked ABSL_GUARDED_BY(mutex);
  Mutex methods_mutex;
  std::unordered_map<std::string, Method> methods ABSL_GUARDED_BY(methods_mutex);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::Called(const std::string& method, absl::StatusCode code, absl::Duration took) {
  MutexLock lock(&impl_->methods_mutex);
  Impl::Method& known = impl_->methods[method];
  if (known.seconds == nullptr) known.seconds = &impl_->seconds.Add({{"method", method}}, kSeconds);
  prometheus::Counter*& calls = known.calls[code];
  if (calls == nullptr) {
    calls = &impl_->calls.Add({{"method", method}, {"code", absl::StatusCodeToString(code)}});
  }
  calls->Increment();
  known.seconds->Observe(absl::ToDoubleSeconds(took));
}

void Metrics::AddGauge(const std::string& name, const std::string& help,
                       std::function<double()> read) {
  prometheus::Gauge& gauge =
      prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add({});
  MutexLock lock(&impl_->mutex);
  impl_->asked.push_back({&gauge, std::move(read)});
}

std::string Metrics::Text() const {
  MutexLock lock(&impl_->mutex);
  for (const Impl::Asked& asked : impl_->asked) asked.gauge->Set(asked.read());
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace suyuan::metrics
