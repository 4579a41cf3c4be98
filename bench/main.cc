#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <thread>

#include "bench/echo_server.h"
#include "bench/results.h"
#include "bench/rig.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::bench {
namespace {

constexpr double kMegabytesAllowed = 40;
constexpr double kStartSecondsAllowed = 1;
// After which a service that serves nobody is idle.
constexpr std::chrono::seconds kSettle{3};
constexpr const char* kServices[] = {"bank", "scoring", "reporting"};

struct Options {
  RigOptions rig;
  std::string out = "results.json";
  std::vector<std::string> only;
  int rounds = 7;
  double seconds = 3;

  bool Wants(const std::string& what) const { return only.empty() || std::find(only.begin(), only.end(), what) != only.end(); }
};

// Starts the services that the chosen measurements need and looks at each before it has done anything.
absl::Status StartServices(Rig& rig, const Options& options, std::vector<Result>& results) {
  for (const std::string service : kServices) {
    const bool needed = options.Wants("idle") || service == "bank" || (service == "scoring" && options.Wants("submits"));
    if (!needed) continue;
    RETURN_IF_ERROR(rig.Start(service).status());
  }
  if (!options.Wants("idle")) return absl::OkStatus();
  std::this_thread::sleep_for(kSettle);
  for (const std::string service : kServices) {
    const Running& running = rig.service(service);
    results.push_back({"idle_rss_" + service, running.process.ResidentMegabytes(), "MB", kMegabytesAllowed});
    results.push_back({"start_" + service, running.seconds_to_serve, "s", kStartSecondsAllowed});
  }
  return absl::OkStatus();
}

absl::Status Run(const Options& options, const std::string& self) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Rig> rig, Rig::Create(options.rig));
  std::vector<Result> idle, results;
  RETURN_IF_ERROR(StartServices(*rig, options, idle));
  if (options.Wants("reads")) {
    ASSIGN_OR_RETURN(const auto reads, MeasureReads(*rig, self, options.rounds, options.seconds));
    results.insert(results.end(), reads.begin(), reads.end());
  }
  if (options.Wants("submits")) {
    ASSIGN_OR_RETURN(const auto submits, MeasureSubmits(*rig, options.rounds, options.seconds));
    results.insert(results.end(), submits.begin(), submits.end());
  }
  results.insert(results.end(), idle.begin(), idle.end());
  PrintTable(results);
  if (!WriteJson(results, options.out)) return absl::InternalError("cannot write " + options.out);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Measures Assay against the raw limits of its transport and its database", "assay_bench");
  app.require_subcommand(1);
  int port = 0;
  size_t bytes = 0;
  CLI::App* echo = app.add_subcommand("echo", "Serve the fixed message that reads are held against");
  echo->add_option("--port", port)->required();
  echo->add_option("--bytes", bytes)->required();

  Options options;
  CLI::App* run = app.add_subcommand("run", "Measure; PostgreSQL runs already");
  run->add_option("--bin", options.rig.bin, "Directory of our binaries")->required();
  run->add_option("--run-dir", options.rig.run_dir, "Directory of the instance")->required();
  run->add_option("--pg-host", options.rig.pg_host, "Directory of PostgreSQL's socket")->required();
  run->add_option("--pg-port", options.rig.pg_port)->required();
  run->add_option("--pgbench", options.rig.pgbench, "The program")->required();
  run->add_option("--pack", options.rig.pack, "Pack to import")->required();
  run->add_option("--out", options.out, "Where the results go, as JSON");
  run->add_option("--only", options.only, "reads, submits, idle")->check(CLI::IsMember({"reads", "submits", "idle"}));
  run->add_option("--rounds", options.rounds)->check(CLI::Range(1, 100))->capture_default_str();
  run->add_option("--seconds", options.seconds, "Of one side of a round")->check(CLI::Range(0.1, 60.0))->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  if (echo->parsed()) return ServeEcho(port, bytes);
  spdlog::set_level(spdlog::level::warn);
  const absl::Status status = Run(options, std::filesystem::read_symlink("/proc/self/exe"));
  if (status.ok()) return 0;
  fmt::print(stderr, "{}\n", runtime::ToStd(status.message()));
  return 1;
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) { return assay::bench::Main(argc, argv); }
