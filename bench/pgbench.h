#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/rig.h"
#include "bench/script.h"

namespace assay::bench {

// What pgbench runs, each transaction one of the scripts, as the service's own role.
struct PgBenchJob {
  std::string service;  // whose database
  std::vector<const Script*> scripts;
  std::vector<std::string> definitions;  // "variable=value", besides the scripts' own
};

struct PgBenchReport {
  double per_second = 0;
  double mean_ms = 0;
  // Asked for by `latencies`; it makes pgbench write a line per transaction.
  double median_ms = 0;
  double p99_ms = 0;
};

absl::StatusOr<PgBenchReport> RunPgBench(const Rig& rig, const PgBenchJob& job, int clients, double seconds, bool latencies = false);

}  // namespace assay::bench
