#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/impl/service_type.h>

#include "absl/status/statusor.h"
#include "services/runtime/auth/token_source.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/config/config.h"
#include "services/runtime/crypto/sealer.h"
#include "services/runtime/db/migrate.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/rpc/pipeline.h"
#include "services/runtime/telemetry/metrics.h"

namespace assay::runtime {

// Something that runs beside the calls: a projector, a relay, a coalescer.
class Worker {
 public:
  virtual ~Worker() = default;
  virtual void Start() = 0;
  // Ends its threads; called after the last call has ended, once.
  virtual void Stop() = 0;
};

// A worker made of two functions.
class FunctionWorker final : public Worker {
 public:
  FunctionWorker(std::function<void()> start, std::function<void()> stop) : start_(std::move(start)), stop_(std::move(stop)) {}
  void Start() override { start_(); }
  void Stop() override { stop_(); }

 private:
  std::function<void()> start_;
  std::function<void()> stop_;
};

// What the runtime gives a service to build itself from. All of it outlives the service.
struct AppParts {
  const Config& config;
  const Clock& clock;
  Metrics& metrics;
  Pipeline& pipeline;
  // Of config.role; migrated and reachable when the service is made.
  Pool& pool;
  // Of config.feed_role.
  Pool& feed_pool;
  const Sealer& sealer;
  // Tokens to call other services with (`tenant: *`, the definition's service_scopes).
  TokenSource& tokens;
};

// What a service is made of. Services go first, then workers, then the parts, the youngest first.
struct AppService {
  AppService() = default;
  AppService(AppService&&) = default;
  AppService& operator=(AppService&&) = default;
  ~AppService() {
    services.clear();
    workers.clear();
    while (!parts.empty()) parts.pop_back();
  }

  // Whatever the handlers refer to: stores, caches, clients.
  std::vector<std::shared_ptr<void>> parts;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::unique_ptr<grpc::Service>> services;
  // Asked by the readiness loop besides database, schema and keys; may be empty. Must answer within half a second.
  std::function<absl::Status()> ready;

  // Makes a part that lives as long as the service.
  template <typename T, typename... Arguments>
  T& Make(Arguments&&... arguments) {
    return Keep(std::make_shared<T>(std::forward<Arguments>(arguments)...));
  }
  template <typename T>
  T& Keep(std::shared_ptr<T> part) {
    T& reference = *part;
    parts.push_back(std::move(part));
    return reference;
  }
};

struct ServiceDefinition {
  std::string name;         // "bank": binary assay-bank, environment ASSAY_BANK_*
  std::string health_name;  // "assay.bank.v1"
  std::string listen = "127.0.0.1:0";
  std::vector<ExtraSetting> settings;
  std::vector<Migration> migrations;
  // Scopes of its own tokens for other services.
  std::vector<std::string> service_scopes;
  std::function<absl::StatusOr<AppService>(AppParts&)> make;
};

// main() of a service: subcommands serve, migrate and config. Exit codes: 0 done, 1 it failed, 2 usage or settings.
int RunService(int argc, const char* const* argv, const ServiceDefinition& definition);

}  // namespace assay::runtime
