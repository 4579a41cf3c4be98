#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_set>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/rpc/executor.h"
#include "services/runtime/rpc/request_context.h"
#include "services/runtime/telemetry/metrics.h"

namespace assay::runtime {

// Turns a bearer token into who is calling. Thread-safe; called on transport threads, so it may not block.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // UNAUTHENTICATED, always with the same message.
  virtual absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(std::string_view token, Instant now) = 0;
};

// A stream that must end when the server drains.
class Drainable {
 public:
  virtual ~Drainable() = default;
  virtual void Drain() = 0;
};

// What every call passes through on its way to a handler, in this order: size, deadline, identity, scope, parsing,
// validation, admission, handler, error mapping, metrics and log. Shared by all services of a process.
class Pipeline {
 public:
  Pipeline(Authenticator& authenticator, Executor& executor, Metrics& metrics, const Clock& clock)
      : authenticator_(authenticator), executor_(executor), metrics_(metrics), clock_(clock) {}

  Authenticator& authenticator() { return authenticator_; }
  Executor& executor() { return executor_; }
  Metrics& metrics() { return metrics_; }
  const Clock& clock() const { return clock_; }

  void AddStream(Drainable* stream);
  void RemoveStream(Drainable* stream);
  // Ends every open stream with UNAVAILABLE; later streams end at once.
  void DrainStreams();

 private:
  Authenticator& authenticator_;
  Executor& executor_;
  Metrics& metrics_;
  const Clock& clock_;
  std::mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<Drainable*> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace assay::runtime
