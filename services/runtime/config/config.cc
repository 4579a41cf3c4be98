#include "services/runtime/config/config.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "services/runtime/base/text.h"
#include "services/runtime/config/private_file.h"

namespace assay::runtime {
namespace {

// One setting, so that flags, environment, printing and documentation cannot differ.
struct Setting {
  const char* name;
  std::variant<std::string*, int*, bool*> value;
  const char* help;
  bool is_dsn = false;
  // Setting that names the file it was read from: a secret as a whole, of which nothing is printed.
  const std::string* file = nullptr;
};

std::vector<Setting> SettingsOf(Config& config) {
  return {
      {"listen", &config.listen, "Address to serve on; port 0 = any free one"},
      {"metrics-listen", &config.metrics_listen, "Address of /metrics; empty = none"},
      {"port-file", &config.port_file, "File that the bound ports are written to"},
      {"database", &config.database, "libpq conninfo of the service's login", true, &config.database_file},
      {"database-file", &config.database_file, "File to read database from, such as a mounted secret"},
      {"migrate-database", &config.migrate_database, "libpq conninfo of the schema's owner, for migrate", true,
       &config.migrate_database_file},
      {"migrate-database-file", &config.migrate_database_file, "File to read migrate-database from"},
      {"role", &config.role, "Role taken on for the tenants' rows; empty = the login itself"},
      {"feed-role", &config.feed_role, "Role taken on to read the outbox of every tenant"},
      {"pool-size", &config.pool_size, "Connections to the database, and threads that use them"},
      {"feed-pool-size", &config.feed_pool_size, "Connections that follow the outbox"},
      {"executor-waiting", &config.executor_waiting, "Calls that may wait for a thread before the service sheds"},
      {"secret-file", &config.secret_file, "File of 32 or more secret bytes, the same for every replica"},
      {"local", &config.local, "Development: make missing secrets and trust a local signing key"},
      {"keys-dir", &config.keys_dir, "Directory of the local signing key"},
      {"issuers-file", &config.issuers_file, "Who may sign tokens (YAML or JSON)"},
      {"service-token-file", &config.service_token_file, "Token that the service calls others with"},
      {"tls-cert", &config.tls_certificate, "Server certificate chain (PEM); empty = plaintext"},
      {"tls-key", &config.tls_key, "Its private key (PEM)"},
      {"tls-client-ca", &config.tls_client_ca, "Authorities of client certificates; set = clients need one"},
      {"peer-ca", &config.peer_ca, "Authorities of the services that are called; empty = plaintext"},
      {"reflection", &config.reflection, "Serve gRPC reflection"},
      {"log-level", &config.log_level, "debug, info, warn or error"},
      {"drain-seconds", &config.drain_seconds, "Time that calls have to end after SIGTERM"},
      {"fail-detect-seconds", &config.fail_detect_seconds, "Time for balancers to notice before connections are refused"},
  };
}

std::string EnvironmentName(const std::string& prefix, std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return c == '-' ? '_' : std::toupper(c); });
  return prefix + "_" + name;
}

void Bind(CLI::App& app, Config& config, const ConfigSpec& spec) {
  for (const Setting& setting : SettingsOf(config)) {
    const std::string flag = fmt::format("--{}", setting.name);
    const std::string environment = EnvironmentName(spec.env_prefix, setting.name);
    if (auto* const* truth = std::get_if<bool*>(&setting.value)) {
      app.add_flag(flag, **truth, setting.help)->envname(environment)->take_last();
    } else if (auto* const* number = std::get_if<int*>(&setting.value)) {
      app.add_option(flag, **number, setting.help)->envname(environment)->take_last()->capture_default_str();
    } else {
      app.add_option(flag, *std::get<std::string*>(setting.value), setting.help)->envname(environment)->take_last()->capture_default_str();
    }
  }
  for (const ExtraSetting& extra : spec.extra) {
    std::string& value = config.extra[extra.name];
    value = extra.fallback;
    app.add_option("--" + extra.name, value, extra.help)
        ->envname(EnvironmentName(spec.env_prefix, extra.name))
        ->take_last()
        ->capture_default_str();
  }
}

bool IsAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos && std::stoi(port) <= 65535;
}

bool IsReadable(const std::string& path) { return std::ifstream(path).good(); }

// Takes a conninfo from its file, where one is given instead of it. What is wrong, or nothing.
std::string ReadDsn(const char* setting, const std::string& path, std::string& dsn) {
  if (path.empty()) return {};
  if (!dsn.empty()) return fmt::format("{0}, {0}-file: give one of them", setting);
  const absl::StatusOr<std::string> content = ReadPrivateFile(path);
  if (!content.ok()) return fmt::format("{}-file: {}", setting, ToStd(content.status().message()));
  const size_t end = content->find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return fmt::format("{}-file: {} is empty", setting, path);
  dsn = content->substr(0, end + 1);
  return {};
}

}  // namespace

const std::string& Config::Extra(const std::string& name) const {
  static const std::string kNone;
  const auto found = extra.find(name);
  return found == extra.end() ? kNone : found->second;
}

std::vector<std::string> Config::Validate() const {
  std::vector<std::string> wrong;
  const auto need = [&](bool holds, std::string text) {
    if (!holds) wrong.push_back(std::move(text));
  };
  const auto between = [&](const char* name, int value, int min, int max) {
    need(value >= min && value <= max, fmt::format("{}: must be {} to {}, was {}", name, min, max, value));
  };
  need(IsAddress(listen), fmt::format("listen: must be host:port, was \"{}\"", listen));
  need(metrics_listen.empty() || IsAddress(metrics_listen), fmt::format("metrics-listen: must be host:port, was \"{}\"", metrics_listen));
  need(!database.empty(), "database: is required (or database-file)");
  between("pool-size", pool_size, 1, 200);
  between("feed-pool-size", feed_pool_size, 1, 20);
  between("executor-waiting", executor_waiting, 0, 100'000);
  between("drain-seconds", drain_seconds, 0, 3600);
  between("fail-detect-seconds", fail_detect_seconds, 0, 300);
  need(!secret_file.empty(), "secret-file: is required");
  need(local || secret_file.empty() || IsReadable(secret_file), fmt::format("secret-file: cannot read {}", secret_file));
  need(!local || !keys_dir.empty(), "keys-dir: is required with local");
  need(local || !issuers_file.empty(), "issuers-file: is required (or local, for development)");
  need(issuers_file.empty() || IsReadable(issuers_file), fmt::format("issuers-file: cannot read {}", issuers_file));
  need(tls_certificate.empty() == tls_key.empty(), "tls-cert, tls-key: one needs the other");
  need(tls_client_ca.empty() || !tls_certificate.empty(), "tls-client-ca: needs tls-cert and tls-key");
  for (const auto& [name, path] : {std::pair("tls-cert", &tls_certificate), std::pair("tls-key", &tls_key),
                                   std::pair("tls-client-ca", &tls_client_ca), std::pair("peer-ca", &peer_ca)}) {
    need(path->empty() || IsReadable(*path), fmt::format("{}: cannot read {}", name, *path));
  }
  need(log_level == "debug" || log_level == "info" || log_level == "warn" || log_level == "error",
       fmt::format("log-level: must be debug, info, warn or error, was \"{}\"", log_level));
  return wrong;
}

std::variant<CommandLine, int> ParseCommandLine(int argc, const char* const* argv, const ConfigSpec& spec) {
  CommandLine line;
  line.config.service = spec.service;
  line.config.listen = spec.listen;
  CLI::App app(fmt::format("Assay {} service", spec.service), "assay-" + spec.service);
  Bind(app, line.config, spec);
  app.require_subcommand(1);
  app.fallthrough();
  CLI::App* serve = app.add_subcommand("serve", "Serve until SIGTERM")->fallthrough();
  CLI::App* migrate = app.add_subcommand("migrate", "Bring the database schema up to date")->fallthrough();
  CLI::App* config = app.add_subcommand("config", "Print the effective settings, secrets masked")->fallthrough();
  std::string to = "head";
  migrate->add_option("--to", to, "Version to stop at: a number, or head")
      ->capture_default_str()
      ->check([](const std::string& text) -> std::string {
        const bool number = !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
        return text == "head" || (number && std::stoi(text) > 0) ? "" : "must be head or a version number";
      });
  migrate->add_flag("--dry-run", line.dry_run, "Print what would be applied");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (serve->parsed()) line.action = CommandLine::Action::kServe;
  if (migrate->parsed()) line.action = CommandLine::Action::kMigrate;
  if (config->parsed()) line.action = CommandLine::Action::kConfig;
  if (to != "head") line.migrate_to = std::stoi(to);
  for (const std::string& wrong : {ReadDsn("database", line.config.database_file, line.config.database),
                                   ReadDsn("migrate-database", line.config.migrate_database_file, line.config.migrate_database)}) {
    if (wrong.empty()) continue;
    fmt::print(stderr, "{}\n", wrong);
    return 2;
  }
  return line;
}

std::vector<std::pair<std::string, std::string>> Describe(const Config& config) {
  Config copy = config;
  std::vector<std::pair<std::string, std::string>> described;
  for (const Setting& setting : SettingsOf(copy)) {
    std::string text;
    if (auto* const* truth = std::get_if<bool*>(&setting.value)) {
      text = **truth ? "true" : "false";
    } else if (auto* const* number = std::get_if<int*>(&setting.value)) {
      text = std::to_string(**number);
    } else {
      text = *std::get<std::string*>(setting.value);
    }
    if (setting.file != nullptr && !setting.file->empty()) text = "***";
    described.emplace_back(setting.name, setting.is_dsn ? MaskDsn(text) : text);
  }
  for (const auto& [name, value] : config.extra) described.emplace_back(name, MaskDsn(value));
  return described;
}

std::string MaskDsn(const std::string& dsn) {
  static const std::regex kPair(R"((password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+))", std::regex::icase);
  static const std::regex kUri(R"((://[^:/@\s]*:)[^@\s]*@)");
  return std::regex_replace(std::regex_replace(dsn, kPair, "$1***"), kUri, "$1***@");
}

}  // namespace assay::runtime
