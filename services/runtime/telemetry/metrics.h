#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace assay::runtime {

// Counters of one rpc method.
class RpcMetrics {
 public:
  RpcMetrics(prometheus::Family<prometheus::Counter>& handled, prometheus::Histogram& seconds, std::string service,
             std::string method);
  void Handled(absl::StatusCode code, std::chrono::steady_clock::duration took);

 private:
  static constexpr int kCodes = 17;
  prometheus::Family<prometheus::Counter>& handled_;
  prometheus::Histogram& seconds_;
  const std::string service_;
  const std::string method_;
  std::atomic<prometheus::Counter*> by_code_[kCodes] = {};
};

// The process's metrics under the names that dashboards know. Thread-safe.
class Metrics {
 public:
  Metrics();
  // Serves /metrics on `address` ("0.0.0.0:9464", port 0 = any); returns the port.
  absl::StatusOr<int> Expose(const std::string& address);
  std::shared_ptr<prometheus::Registry> registry() { return registry_; }

  // Owned by this object; stable for its life.
  RpcMetrics* ForMethod(const std::string& service, const std::string& method);
  // A gauge or counter of a fixed name; label sets are fixed too, never user text.
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help, const prometheus::Labels& labels = {});
  prometheus::Counter& Counter(const std::string& name, const std::string& help, const prometheus::Labels& labels = {});
  prometheus::Histogram& Histogram(const std::string& name, const std::string& help, const prometheus::Labels& labels = {});

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>* handled_;
  prometheus::Family<prometheus::Histogram>* seconds_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<RpcMetrics>> methods_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace assay::runtime
