#include "bench/pgbench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

// Microseconds of every transaction, sorted; the third field of a line of the logs, which go.
std::vector<int64_t> TakeLatencies(const std::string& directory, const std::string& prefix) {
  std::vector<int64_t> all;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with(prefix)) files.push_back(entry.path());
  }
  for (const auto& path : files) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      std::istringstream fields(line);
      int64_t client = 0, transaction = 0, took = 0;
      if (fields >> client >> transaction >> took) all.push_back(took);
    }
    std::filesystem::remove(path);
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

absl::StatusOr<PgBenchReport> RunPgBench(const Rig& rig, const PgBenchJob& job, int clients, double seconds, bool latencies) {
  constexpr char kPrefix[] = "pgbench-latency";
  std::vector<std::string> arguments = {rig.options().pgbench,
                                        "--no-vacuum",
                                        "--protocol=prepared",
                                        fmt::format("--client={}", clients),
                                        fmt::format("--jobs={}", std::min(clients, 2)),
                                        fmt::format("--time={}", static_cast<int>(std::ceil(seconds)))};
  if (latencies) arguments.insert(arguments.end(), {"--log", fmt::format("--log-prefix={}/{}", rig.options().run_dir, kPrefix)});
  for (const std::string& definition : job.definitions) arguments.push_back("--define=" + definition);
  for (const Script* script : job.scripts) {
    arguments.push_back("--file=" + script->path());
    for (const std::string& definition : script->definitions()) arguments.push_back("--define=" + definition);
  }
  arguments.push_back("assay_" + job.service);
  // To run it again by hand: xargs -d '\n' -a pgbench.args env PGHOST=… PGPORT=… PGUSER=assay_login PGOPTIONS=…
  std::ofstream again(rig.options().run_dir + "/pgbench.args");
  for (const std::string& argument : arguments) again << argument << "\n";
  again.close();
  ASSIGN_OR_RETURN(const std::string printed, RunProgram(arguments, rig.Log("pgbench"),
                                                         {{"PGHOST", rig.options().pg_host},
                                                          {"PGPORT", rig.options().pg_port},
                                                          {"PGUSER", "assay_login"},
                                                          {"PGOPTIONS", "-c role=assay_app -c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0 -c enable_seqscan=off"}}));
  std::smatch tps, latency;
  if (printed.find("number of failed transactions: 0 ") == std::string::npos ||
      !std::regex_search(printed, tps, std::regex("tps = ([0-9.]+) \\(without")) ||
      !std::regex_search(printed, latency, std::regex("latency average = ([0-9.]+) ms"))) {
    return absl::InternalError("pgbench failed: " + printed);
  }
  PgBenchReport report{std::stod(tps[1]), std::stod(latency[1])};
  if (latencies) {
    const std::vector<int64_t> all = TakeLatencies(rig.options().run_dir, kPrefix);
    if (all.empty()) return absl::InternalError("pgbench logged no transaction");
    report.median_ms = static_cast<double>(all[all.size() / 2]) / 1000;
    report.p99_ms = static_cast<double>(all[all.size() * 99 / 100]) / 1000;
  }
  return report;
}

}  // namespace assay::bench
