#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/recorder.h"
#include "bench/rig.h"
#include "bench/sql.h"

namespace assay::bench {

// pgbench with the statements of one submission as a transaction of its own: prepared, and with everything that a client
// sends sent as parameters.
class PgBench {
 public:
  // `recorded` is of interview `slot`, and its tenant's audit chain stood at `audit_sequence`.
  static absl::StatusOr<PgBench> Create(Rig& rig, Sql& sql, const std::vector<RecordedStatement>& recorded, int64_t slot,
                                        int64_t audit_sequence);

  struct Report {
    double per_second = 0;
    double latency_ms = 0;
  };
  // Submits for interviews from `first` on, for some seconds.
  absl::StatusOr<Report> Run(int clients, int64_t first, double seconds) const;

 private:
  explicit PgBench(Rig& rig) : rig_(rig) {}

  Rig& rig_;
  std::string script_;
  // Constant parameters, as variables of pgbench.
  std::vector<std::string> definitions_;
};

}  // namespace assay::bench
