#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"

namespace assay::runtime {

// Settings of a service: flags, each with a fallback in the environment (--pool-size, ASSAY_BANK_POOL_SIZE).
struct Config {
  std::string service;  // "bank"

  // Addresses; port 0 = any free one, written to port_file.
  std::string listen = "127.0.0.1:0";
  std::string metrics_listen = "127.0.0.1:0";
  std::string port_file;

  // libpq conninfo of the service's own login and of the schema's owner (for `migrate`).
  std::string database;
  std::string migrate_database;
  // Files to read the two from, where they are mounted secrets. What is read stands in the setting above, which must not be
  // given as well; nothing of it is printed.
  std::string database_file;
  std::string migrate_database_file;
  // Roles that the login takes on: for the tenants' rows, and for the outbox of all tenants.
  std::string role = "assay_app";
  std::string feed_role = "assay_feed";
  int pool_size = 8;
  int feed_pool_size = 2;
  // Calls that may wait for a thread before the service sheds.
  int executor_waiting = 64;

  // 32 bytes or more that page tokens, cursors and data keys hang on; the same for every replica.
  std::string secret_file;
  // Development: makes secret_file and a signing key in keys_dir where they are missing, and trusts that key.
  bool local = false;
  std::string keys_dir;
  std::string issuers_file;
  // Token that the service calls others with; empty with `local`, where it mints its own.
  std::string service_token_file;

  std::string tls_certificate;
  std::string tls_key;
  // Authorities of client certificates; set = clients must bring one.
  std::string tls_client_ca;
  // Authorities of the services that this one calls; empty = plaintext.
  std::string peer_ca;

  bool reflection = false;
  std::string log_level = "info";
  int drain_seconds = 25;
  // Time between NOT_SERVING and refusing connections, for balancers to notice.
  int fail_detect_seconds = 5;

  // Settings of this service alone, by flag name without dashes ("bank-address").
  std::map<std::string, std::string> extra;

  const std::string& Extra(const std::string& name) const;
  // Everything that is wrong, for `serve`.
  std::vector<std::string> Validate() const;
};

// A setting that one service has besides the common ones.
struct ExtraSetting {
  std::string name;  // "bank-address"
  std::string help;
  std::string fallback;
};

struct ConfigSpec {
  std::string service;     // "bank"
  std::string env_prefix;  // "ASSAY_BANK"
  std::string listen = "127.0.0.1:0";
  std::vector<ExtraSetting> extra;
};

// What a service binary was asked to do.
struct CommandLine {
  enum class Action { kServe, kMigrate, kConfig };
  Action action = Action::kServe;
  Config config;
  // Of migrate: the version to stop at, none = the last one.
  std::optional<int> migrate_to;
  bool dry_run = false;
};

// Parses flags and environment. An int is an exit code: help was printed, or what is wrong with the usage.
std::variant<CommandLine, int> ParseCommandLine(int argc, const char* const* argv, const ConfigSpec& spec);

// Every setting by flag name, with secrets masked.
std::vector<std::pair<std::string, std::string>> Describe(const Config& config);

// A conninfo or URI without its password.
std::string MaskDsn(const std::string& dsn);

}  // namespace assay::runtime
