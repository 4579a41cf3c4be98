#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/results.h"
#include "bench/rig.h"

namespace assay::bench {

// What every measurement is given.
struct Bench {
  Rig& rig;
  std::string self;   // this program
  int rounds = 5;     // medians are taken over them
  double seconds = 2;  // of one side of a round
  double scale = 1;   // of the generated banks

  // Of the generated bank, and of the large one that is searched.
  int questions() const { return static_cast<int>(100'000 * scale); }
  int many_questions() const { return static_cast<int>(1'000'000 * scale); }
};

// Reads of cached questions against the echo server.
absl::StatusOr<std::vector<Result>> MeasureReads(const Bench& bench);
// Durable submissions against pgbench.
absl::StatusOr<std::vector<Result>> MeasureSubmits(const Bench& bench);
// How soon another replica answers with what was published here.
absl::StatusOr<std::vector<Result>> MeasureFreshness(const Bench& bench);
// Kits: choosing in process, and the whole call against pgbench.
absl::StatusOr<std::vector<Result>> MeasureKits(const Bench& bench);
// Search and filtered lists against the same SQL in pgbench, and late pages against the first.
absl::StatusOr<std::vector<Result>> MeasureSearch(const Bench& bench);
// Imports against COPY into the same tables.
absl::StatusOr<std::vector<Result>> MeasureImports(const Bench& bench);

}  // namespace assay::bench
