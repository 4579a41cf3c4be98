#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <thread>

#include "bench/echo_server.h"
#include "bench/measure.h"
#include "bench/process.h"
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
  int rounds = 5;
  double seconds = 2;
  double scale = 1;

  bool Wants(const std::string& what) const { return only.empty() || std::find(only.begin(), only.end(), what) != only.end(); }
};

struct Section {
  const char* name;
  absl::StatusOr<std::vector<Result>> (*measure)(const Bench&);
};
// In the order in which they are measured: what fills the database comes last.
constexpr Section kSections[] = {{"freshness", MeasureFreshness}, {"submits", MeasureSubmits}, {"imports", MeasureImports},
                                 {"reads", MeasureReads},         {"kits", MeasureKits},       {"search", MeasureSearch}};

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
    results.push_back({"idle_rss_" + service, running.process.ResidentMegabytes(), "MB", kMegabytesAllowed, AtMost(1)});
    results.push_back({"start_" + service, running.seconds_to_serve, "s", kStartSecondsAllowed, AtMost(1)});
  }
  return absl::OkStatus();
}

absl::Status Run(const Options& options, const std::string& self) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Rig> rig, Rig::Create(options.rig));
  const Bench bench{*rig, self, options.rounds, options.seconds, options.scale};
  std::vector<Result> results;
  RETURN_IF_ERROR(StartServices(*rig, options, results));
  for (const Section& section : kSections) {
    if (!options.Wants(section.name)) continue;
    const auto begin = std::chrono::steady_clock::now();
    const ProcessorTime before = ProcessorTime::Now();
    ASSIGN_OR_RETURN(const std::vector<Result> measured, section.measure(bench));
    const ProcessorTime after = ProcessorTime::Now();
    results.insert(results.end(), measured.begin(), measured.end());
    // Written as it comes: a later measurement that fails takes nothing away.
    RETURN_IF_ERROR(WriteJson(results, options.out));
    fmt::print("{}: {:.0f} s; the host gave {:.0f} % of the processors' time to others\n", section.name,
               std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
               100 * (after.stolen - before.stolen) / std::max(1.0, after.total - before.total));
    std::fflush(stdout);
  }
  PrintTable(results);
  return WriteJson(results, options.out);
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
  run->add_option("--out", options.out, "Where the results go, as JSON")->take_last();
  std::vector<std::string> sections = {"idle"};
  for (const Section& section : kSections) sections.push_back(section.name);
  run->add_option("--only", options.only, fmt::format("{}", fmt::join(sections, ", ")))->delimiter(',')->check(CLI::IsMember(sections));
  run->add_option("--scale", options.scale, "Of the generated banks: 1 = 100,000 questions, 1,000,000 to search")
      ->check(CLI::Range(0.001, 1.0))
      ->capture_default_str();
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
