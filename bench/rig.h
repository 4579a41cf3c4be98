#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/process.h"
#include "services/runtime/auth/local_key.h"
#include "services/runtime/rpc/client.h"

namespace assay::bench {

struct RigOptions {
  std::string bin;      // directory of our binaries
  std::string run_dir;  // keys, logs and scripts; PostgreSQL runs in it already
  std::string pg_host;  // directory of its socket
  std::string pg_port;
  std::string pgbench;  // the program
  std::string pack;     // directory of the pack that is imported
};

// A service of ours that runs.
struct Running {
  Process process;
  int port = 0;
  // From exec until health answered SERVING.
  double seconds_to_serve = 0;
  std::string target() const { return "127.0.0.1:" + std::to_string(port); }
};

// The services on a private PostgreSQL, with tokens for them.
class Rig {
 public:
  static absl::StatusOr<std::unique_ptr<Rig>> Create(RigOptions options);

  const RigOptions& options() const { return options_; }
  // Migrates its database and starts `assay-<service>`; waits until it is healthy. A replica goes by a name of its own
  // ("bank-2").
  absl::StatusOr<Running*> Start(const std::string& service, const std::string& name = "");
  void Stop(const std::string& name) { services_.erase(name); }
  // The running service.
  Running& service(const std::string& name) { return services_.at(name); }
  // Starts another program that serves gRPC health on the port it is given.
  absl::StatusOr<Running> StartProgram(const std::vector<std::string>& arguments, int port, const std::string& name,
                                       const std::string& health_name) const;

  // A token of the local key, good for an hour.
  absl::StatusOr<std::string> Token(const std::string& tenant, const std::string& subject,
                                    const std::vector<std::string>& scopes) const;
  absl::StatusOr<std::unique_ptr<runtime::Client>> Connect(const std::string& service);
  // libpq conninfo of a service's database.
  std::string Dsn(const std::string& service, const std::string& user) const;
  std::string KeysDir() const { return options_.run_dir + "/keys"; }
  std::string SecretFile(const std::string& service) const { return KeysDir() + "/" + service + ".secret"; }
  std::string Log(const std::string& name) const { return options_.run_dir + "/" + name + ".log"; }

  // Imports the pack for a tenant, through the bank.
  absl::Status ImportPack(const std::string& token);

 private:
  explicit Rig(RigOptions options) : options_(std::move(options)) {}

  const RigOptions options_;
  std::shared_ptr<const runtime::LocalKey> key_;
  std::map<std::string, Running> services_;
};

// Tenant `index` of the load.
std::string TenantOf(int index);

}  // namespace assay::bench
