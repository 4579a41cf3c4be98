#include "services/runtime/app/app.h"

#include <malloc.h>

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "absl/synchronization/mutex.h"
#include "services/runtime/app/identity.h"
#include "services/runtime/app/readiness.h"
#include "services/runtime/app/server.h"
#include "services/runtime/app/signals.h"
#include "services/runtime/auth/authenticator.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"
#include "services/runtime/config/private_file.h"
#include "services/runtime/rpc/executor.h"
#include "services/runtime/telemetry/log.h"

namespace assay::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kFailed = 1;
constexpr int kUsage = 2;
// Beyond the drain, for the last transactions and workers.
constexpr seconds kLastGrace{10};
constexpr milliseconds kDatabaseRetry{500};
// The schema changes seldom: looked at in every so many rounds of the readiness loop.
constexpr int kTrimEvery = 10;
constexpr int kSchemaEvery = 10;

std::string EnvPrefix(const std::string& name) {
  std::string prefix = "ASSAY_";
  for (const char c : name) prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return prefix;
}

std::string MigrateCommand(const ServiceDefinition& definition) { return fmt::format("assay-{} migrate", definition.name); }

int Head(const ServiceDefinition& definition) { return definition.migrations.empty() ? 0 : definition.migrations.back().version; }

std::unique_ptr<Pool> OpenPool(const Config& config, const std::string& dsn, const std::string& role, int size, Metrics& metrics, bool one_plan = false) {
  PoolOptions options;
  options.dsn = dsn;
  options.role = role;
  options.size = size;
  options.one_plan = one_plan;
  options.max_waiting = size + config.executor_waiting;
  options.application_name = "assay-" + config.service;
  return Pool::Create(std::move(options), metrics);
}

int RunMigrate(const CommandLine& line, const ServiceDefinition& definition) {
  const std::string& dsn = line.config.migrate_database.empty() ? line.config.database : line.config.migrate_database;
  if (dsn.empty()) {
    fmt::print(stderr, "migrate-database: is required\n");
    return kUsage;
  }
  if (line.dry_run) {
    Metrics metrics;
    const std::unique_ptr<Pool> pool = OpenPool(line.config, dsn, "", 1, metrics);
    const absl::StatusOr<int> version = SchemaVersion(*pool);
    if (!version.ok()) {
      fmt::print(stderr, "{}\n", ToStd(version.status().message()));
      return kFailed;
    }
    fmt::print("at version {}\n", *version);
    for (const Migration& migration : definition.migrations) {
      const bool wanted = migration.version > *version && migration.version <= line.migrate_to.value_or(Head(definition));
      if (wanted) fmt::print("would apply {:04} {}\n", migration.version, migration.name);
    }
    return 0;
  }
  const absl::StatusOr<int> reached = Migrate(dsn, definition.migrations, line.migrate_to);
  if (!reached.ok()) {
    fmt::print(stderr, "{}\n", ToStd(reached.status().message()));
    return kFailed;
  }
  fmt::print("at version {}\n", *reached);
  return 0;
}

// A serving process: its members are made in order of dependence and go in the reverse order.
class Serving {
 public:
  Serving(const Config& config, const ServiceDefinition& definition, StopSignal& stop)
      : config_(config), definition_(definition), stop_(stop) {}

  absl::Status Run() {
    RETURN_IF_ERROR(Prepare());
    if (!AwaitDatabase()) return absl::OkStatus();
    AppParts parts{config_, clock_, metrics_, *pipeline_, *pool_, *feed_pool_, *identity_.sealer, *identity_.tokens};
    ASSIGN_OR_RETURN(service_, definition_.make(parts));
    RETURN_IF_ERROR(Listen());
    for (const auto& worker : service_.workers) worker->Start();
    readiness_ = std::make_unique<ReadinessLoop>([this] { return Check(); }, [this](bool ready) { server_->SetReady(ready); });
    readiness_->Start();
    stop_.Wait();
    Stop();
    return absl::OkStatus();
  }

 private:
  absl::Status Prepare() {
    if (!config_.metrics_listen.empty()) {
      ASSIGN_OR_RETURN(metrics_port_, metrics_.Expose(config_.metrics_listen));
    }
    ASSIGN_OR_RETURN(identity_, LoadIdentity(config_, definition_.service_scopes, clock_));
    identity_.keys->Start();
    pool_ = OpenPool(config_, config_.database, config_.role, config_.pool_size, metrics_);
    feed_pool_ = OpenPool(config_, config_.database, config_.feed_role, config_.feed_pool_size, metrics_, true);
    authenticator_ = std::make_unique<JwtAuthenticator>(*identity_.keys);
    executor_ = std::make_unique<Executor>(config_.pool_size, config_.executor_waiting);
    pipeline_ = std::make_unique<Pipeline>(*authenticator_, *executor_, metrics_, clock_);
    return absl::OkStatus();
  }

  // The service reads its database while it is made. False when asked to stop meanwhile.
  bool AwaitDatabase() {
    std::string said;
    while (true) {
      const absl::Status status = CheckSchema(*pool_, Head(definition_), MigrateCommand(definition_));
      if (status.ok()) return true;
      if (const std::string text(status.message()); text != said) {
        spdlog::warn("waiting for the database: {}", text);
        said = text;
      }
      if (stop_.WaitFor(kDatabaseRetry)) return false;
    }
  }

  absl::Status Listen() {
    std::vector<grpc::Service*> services;
    for (const auto& service : service_.services) services.push_back(service.get());
    ServerOptions options;
    options.listen = config_.listen;
    options.health_name = definition_.health_name;
    options.reflection = config_.reflection;
    options.tls_certificate = config_.tls_certificate;
    options.tls_key = config_.tls_key;
    options.tls_client_ca = config_.tls_client_ca;
    ASSIGN_OR_RETURN(server_, Server::Start(options, services));
    spdlog::info("listening on port {}, metrics on port {}", server_->port(), metrics_port_);
    if (config_.port_file.empty()) return absl::OkStatus();
    return ReplaceFile(config_.port_file, fmt::format("grpc={}\nmetrics={}\n", server_->port(), metrics_port_), 0644);
  }

  absl::Status Check() {
    // What a burst needed (a rendered report) goes back to the system once it is over. Of use where the allocator is that of glibc.
    if (checks_ % kTrimEvery == kTrimEvery - 1) malloc_trim(0);
    RETURN_IF_ERROR(pool_->Ping());
    if (checks_++ % kSchemaEvery == 0) schema_ = CheckSchema(*pool_, Head(definition_), MigrateCommand(definition_));
    RETURN_IF_ERROR(schema_);
    if (!identity_.keys->ready()) return absl::UnavailableError("no issuer's keys are known");
    return service_.ready ? service_.ready() : absl::OkStatus();
  }

  void Stop() {
    const seconds drain(config_.drain_seconds);
    const seconds detect(config_.fail_detect_seconds);
    EndProcessAfter(detect + drain + kLastGrace);
    spdlog::info("stopping: not ready for {} s, then up to {} s to drain", detect.count(), drain.count());
    readiness_->Stop();
    server_->SetReady(false);
    std::this_thread::sleep_for(detect);
    pipeline_->DrainStreams();
    server_->Shutdown(steady_clock::now() + drain);
    for (auto worker = service_.workers.rbegin(); worker != service_.workers.rend(); ++worker) (*worker)->Stop();
    executor_->Stop();
    identity_.keys->Stop();
    feed_pool_->Close();
    pool_->Close();
    spdlog::info("stopped");
  }

  const Config& config_;
  const ServiceDefinition& definition_;
  StopSignal& stop_;
  const SystemClock clock_;
  Metrics metrics_;
  int metrics_port_ = 0;
  Identity identity_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<Pool> feed_pool_;
  std::unique_ptr<JwtAuthenticator> authenticator_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Pipeline> pipeline_;
  AppService service_;
  std::unique_ptr<Server> server_;
  int checks_ = 0;
  absl::Status schema_;
  std::unique_ptr<ReadinessLoop> readiness_;
};

int RunServe(const Config& config, const ServiceDefinition& definition, StopSignal& stop) {
  if (const std::vector<std::string> wrong = config.Validate(); !wrong.empty()) {
    for (const std::string& text : wrong) fmt::print(stderr, "{}\n", text);
    return kUsage;
  }
  StartLogging(definition.name, config.log_level);
  std::string settings;
  for (const auto& [name, value] : Describe(config)) settings += fmt::format(" {}={}", name, value);
  spdlog::info("starting with{}", settings);
  try {
    if (const absl::Status status = Serving(config, definition, stop).Run(); !status.ok()) {
      spdlog::critical("cannot serve: {}", ToStd(status.message()));
      return kFailed;
    }
  } catch (const std::exception& e) {
    spdlog::critical("cannot serve: {}", e.what());
    return kFailed;
  }
  return 0;
}

}  // namespace

int RunService(int argc, const char* const* argv, const ServiceDefinition& definition) {
  ConfigSpec spec{definition.name, EnvPrefix(definition.name), definition.listen, definition.settings};
  const std::variant<CommandLine, int> parsed = ParseCommandLine(argc, argv, spec);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const CommandLine& line = std::get<CommandLine>(parsed);
  switch (line.action) {
    case CommandLine::Action::kConfig:
      for (const auto& [name, value] : Describe(line.config)) fmt::print("{}: {}\n", name, value);
      for (const std::string& text : line.config.Validate()) fmt::print(stderr, "{}\n", text);
      return 0;
    case CommandLine::Action::kMigrate:
      return RunMigrate(line, definition);
    case CommandLine::Action::kServe: {
      BlockSignals();
      // Every thread of a pool would otherwise grow an arena of its own and keep it: a service with little to do stays small. Of use
      // where the allocator is that of glibc.
      mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency())));
      // Looked for by default where the library was built as Debian builds it: each lock of gRPC then asks a graph of them, a few per cent
      // of a call's time, and what looks like a cycle ends the process. That is for a debugger.
      absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
      // How often an idle connection to another service is looked at. A server that stops waits for its clients to hang up,
      // and one that looks only every five seconds, as is the default, holds every stop for as long.
      setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "250", 0);
      StopSignal stop;
      return RunServe(line.config, definition, stop);
    }
  }
  return kUsage;
}

}  // namespace assay::runtime
