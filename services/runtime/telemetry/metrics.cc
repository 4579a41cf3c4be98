#include "services/runtime/telemetry/metrics.h"

#include <fmt/format.h>

#include "absl/status/statusor.h"
#include "services/runtime/base/error.h"

namespace assay::runtime {
namespace {

// The same buckets for rpcs and queries, so that their graphs line up.
const prometheus::Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,   0.5,   1,      2.5,   5,    10};

// gRPC's own spelling of the codes in metrics.
const char* CodeName(absl::StatusCode code) {
  static constexpr const char* kNames[] = {"OK",           "Canceled",      "Unknown",           "InvalidArgument",
                                           "DeadlineExceeded", "NotFound",  "AlreadyExists",     "PermissionDenied",
                                           "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange",
                                           "Unimplemented", "Internal",     "Unavailable",       "DataLoss",
                                           "Unauthenticated"};
  const auto index = static_cast<size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "Unknown";
}

}  // namespace

RpcMetrics::RpcMetrics(prometheus::Family<prometheus::Counter>& handled, prometheus::Histogram& seconds, std::string service,
                       std::string method)
    : handled_(handled), seconds_(seconds), service_(std::move(service)), method_(std::move(method)) {}

void RpcMetrics::Handled(absl::StatusCode code, std::chrono::steady_clock::duration took) {
  auto& slot = by_code_[static_cast<size_t>(code) % kCodes];
  prometheus::Counter* counter = slot.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &handled_.Add({{"grpc_service", service_}, {"grpc_method", method_}, {"grpc_code", CodeName(code)}});
    slot.store(counter, std::memory_order_release);
  }
  counter->Increment();
  seconds_.Observe(std::chrono::duration<double>(took).count());
}

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {
  handled_ = &prometheus::BuildCounter()
                  .Name("grpc_server_handled_total")
                  .Help("Calls completed, by method and code")
                  .Register(*registry_);
  seconds_ = &prometheus::BuildHistogram()
                  .Name("grpc_server_handling_seconds")
                  .Help("Time from receipt to answer, in seconds")
                  .Register(*registry_);
}

RpcMetrics* Metrics::ForMethod(const std::string& service, const std::string& method) {
  auto& seconds = seconds_->Add({{"grpc_service", service}, {"grpc_method", method}}, kSeconds);
  std::lock_guard lock(mutex_);
  methods_.push_back(std::make_unique<RpcMetrics>(*handled_, seconds, service, method));
  return methods_.back().get();
}

prometheus::Gauge& Metrics::Gauge(const std::string& name, const std::string& help, const prometheus::Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Counter& Metrics::Counter(const std::string& name, const std::string& help, const prometheus::Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Histogram& Metrics::Histogram(const std::string& name, const std::string& help,
                                          const prometheus::Labels& labels) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_).Add(labels, kSeconds);
}

absl::StatusOr<int> Metrics::Expose(const std::string& address) {
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(address, 1);
    exposer_->RegisterCollectable(registry_);
    return exposer_->GetListeningPorts().front();
  } catch (const std::exception& e) {
    return absl::UnavailableError(fmt::format("cannot serve metrics on {}: {}", address, e.what()));
  }
}

}  // namespace assay::runtime
